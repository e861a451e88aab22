"""Deferred imports."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    """A module whose code runs when an attribute is read that it does not have yet.

    The standard library's LazyLoader would run it at the second `import`, which reads `__spec__`.
    """

    def __getattr__(self, name: str) -> Any:
        self.__class__ = ModuleType  # type: ignore[assignment]  # what importlib.util.LazyLoader does, too
        loader = self.__spec__.loader if self.__spec__ else None
        assert loader is not None
        loader.exec_module(self)
        return getattr(self, name)


def import_when_used(name: str) -> None:
    """Defer the import of a module until one of its attributes is read.

    For modules that a library imports and Rolecall does not use. The first read must happen in one thread only.

    Args:
        name: the module's name; nothing is done where it is imported already, or not installed.
    """
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    module.__class__ = _Deferred
    sys.modules[name] = module
