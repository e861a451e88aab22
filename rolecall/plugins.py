"""Plug-ins: objects that installed distributions publish under an entry-point group.

https://packaging.python.org/en/latest/specifications/entry-points/

`entry_points.txt` beside this module lists Rolecall's own; `pyproject.toml` publishes the same file. They are read from
it, so that only other distributions are searched.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Generic, TypeVar, cast

from rolecall.errors import UsageError

SYSTEMS, EMULATORS, WORKERS = "rolecall.systems", "rolecall.emulators", "rolecall.workers"
OWN = "rolecall"
FILE = "entry_points.txt"
# Folders of metadata: NAME-VERSION.dist-info (PEP 376), NAME.egg-info or NAME-VERSION-py3.11.egg-info.
_METADATA = re.compile(r"(?P<name>[^-]+)(?:-.*)?\.(?:dist|egg)-info")

Value = TypeVar("Value")


class Lazy(Generic[Value]):
    """An attribute of a module that is imported on the first call.

    Args:
        module: the module.
        attribute: the attribute.
    """

    def __init__(self, module: str, attribute: str) -> None:
        self._module, self._attribute = module, attribute

    def __call__(self) -> Value:
        """Return the attribute."""
        return cast("Value", getattr(import_module(self._module), self._attribute))


@dataclass(frozen=True, order=True)
class EntryPoint:
    """A line of a distribution's entry points.

    Attributes:
        group: the group.
        name: the name within the group.
        value: `module:attribute`.
        distribution: the distribution's normalized name.
    """

    group: str
    name: str
    value: str
    distribution: str

    def load(self, kind: type[Value]) -> Value:
        """Import the object.

        Args:
            kind: the class that it must be an instance of.

        Raises:
            UsageError: the import fails, or the object is of another class.
        """
        module, _, attribute = self.value.partition(":")
        how = f"Fix or uninstall the distribution {self.distribution!r}."
        try:
            loaded = getattr(import_module(module.strip()), attribute.partition("[")[0].strip())
        except Exception as error:
            what = f"entry point `{self.name}` of {self.group} ({self.value}) cannot be loaded: {error!r}"
            raise UsageError(what, how) from error
        if not isinstance(loaded, kind):
            what = f"entry point `{self.name}` of {self.group} ({self.value}) is a {type(loaded).__name__}"
            raise UsageError(what, f"It must be a {kind.__name__}. {how}")
        return loaded


def entry_points(group: str) -> list[EntryPoint]:
    """Return the entry points of a group: Rolecall's own, then those of other distributions on `sys.path`, by name.

    Raises:
        UsageError: two distributions publish one name; neither may replace the other.
    """
    found: dict[str, EntryPoint] = {}
    for point in (*_own(), *_installed(tuple(sys.path))):
        if point.group != group:
            continue
        first = found.setdefault(point.name, point)
        if first != point:
            what = f"{point.distribution!r} and {first.distribution!r} both publish `{point.name}` in {group}"
            raise UsageError(what, "Uninstall one of them, or rename one's entry point.")
    return list(found.values())


@lru_cache(maxsize=1)
def _own() -> tuple[EntryPoint, ...]:
    text = Path(__file__).with_name(FILE).read_text(encoding="utf-8")
    return tuple(_parsed(text, OWN))


@lru_cache(maxsize=8)
def _installed(folders: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Return the entry points of other distributions in some folders; of two of one name, the first is used."""
    found: list[EntryPoint] = []
    distributions = {OWN}
    for folder in folders:
        try:
            # `sys.path` has an empty entry for the current folder. Each command begins with this: a Path for each name
            # would take ten times as long.
            names = sorted(name for name in os.listdir(folder or ".") if name.endswith("-info"))  # noqa: PTH208 - above
        except OSError:
            continue
        for name in names:
            match = _METADATA.fullmatch(name)
            distribution = re.sub(r"[-_.]+", "-", match["name"]).lower() if match else ""
            if not distribution or distribution in distributions:
                continue
            distributions.add(distribution)
            try:
                with open(os.path.join(folder or ".", name, FILE), encoding="utf-8") as file:  # noqa: PTH123 - above
                    text = file.read()
            except (OSError, ValueError):
                continue
            if f"[{OWN}." in text:
                found += _parsed(text, distribution)
    return tuple(sorted(found))


def _parsed(text: str, distribution: str) -> Iterator[EntryPoint]:
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield EntryPoint(group, name.strip(), value.strip(), distribution)
