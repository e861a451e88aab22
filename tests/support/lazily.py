"""Import a vendor's client when a test first uses it: each worker collects all tests and runs a part of them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any


class Lazily:
    """Stands for a module until one of its public names is used.

    pytest asks everything that a test module holds for marks of its own, whose names are private.

    Args:
        name: the module's name.

    Raises:
        ModuleNotFoundError: its package is not installed.
    """

    def __init__(self, name: str) -> None:
        package = name.partition(".")[0]
        if find_spec(package) is None:
            raise ModuleNotFoundError(package)
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return getattr(import_module(self._name), attribute)
