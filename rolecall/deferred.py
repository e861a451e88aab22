"""Deferred imports."""

from __future__ import annotations

import importlib.util
import sys


def import_when_used(name: str) -> None:
    """Defer the import of a module until one of its attributes is read.

    For modules that a library imports and Rolecall does not use. The first read must happen in one thread only
    (https://docs.python.org/3.11/library/importlib.html#importlib.util.LazyLoader).

    Args:
        name: the module's name; nothing is done where it is imported already, or not installed.
    """
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
