"""References from a job to other objects of its project: `${resources.warehouses.reports.id}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Written as in bundles: https://docs.databricks.com/en/dev-tools/bundles/variables.html#substitutions
PATTERN = re.compile(r"\$\{resources\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_.-]+?)\.(id|name|alias|url)\}")


def reference_to(section: str, key: str, attribute: str = "id") -> str:
    """Return the text of a reference to an object."""
    return f"${{resources.{section}.{key}.{attribute}}}"


# Where a value stands in a document.
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Substitution:
    """A substitution: its place in a job's settings, and the object that it refers to."""

    path: Path
    section: str
    name: str
    attribute: str
    alone: bool


def references_in(value: Any) -> tuple[Substitution, ...]:
    """Return all references in a job's settings."""
    found: list[Substitution] = []
    _collect(value, [], found)
    return tuple(found)


def _collect(value: Any, path: list[str | int], found: list[Substitution]) -> None:
    """Append the references in a value; `path` leads to it, and is as it was at the end."""
    if isinstance(value, str):
        if "${resources." in value:
            alone = PATTERN.fullmatch(value) is not None
            for section, name, attribute in PATTERN.findall(value):
                found.append(Substitution(tuple(path), section, name, attribute, alone))
    elif isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, (dict, list)) or (isinstance(item, str) and "${resources." in item):
                path.append(key)
                _collect(item, path, found)
                path.pop()


def replace_references(value: Any, resolve: Callable[[str, str, str], Any]) -> Any:
    """Return settings in which every reference is replaced.

    Args:
        value: a job's settings.
        resolve: returns what stands for section, name and attribute; a text that is nothing but one reference becomes
            whatever it returns, which may be an output of Pulumi. Ids stand alone, the contract's checks see to that.
    """
    if isinstance(value, dict):
        return {key: replace_references(item, resolve) for key, item in value.items()}
    if isinstance(value, list):
        return [replace_references(item, resolve) for item in value]
    if not isinstance(value, str):
        return value
    if whole := PATTERN.fullmatch(value):
        return resolve(*whole.groups())
    return PATTERN.sub(lambda match: str(resolve(*match.groups())), value)
