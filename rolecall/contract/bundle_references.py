"""Replace what a bundle's references stand for, and make relative paths those of the workspace."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from rolecall.contract.source import Path, Places
from rolecall.errors import Problem

_REFERENCE = re.compile(r"\$\{([a-z_]+(?:\.[A-Za-z0-9_-]+)+)\}")
# Workspaces keep notebooks without their suffix:
# https://docs.databricks.com/en/dev-tools/bundles/faqs.html#are-job-tasks-paths-relative
_NOTEBOOK_SUFFIXES = (".py", ".ipynb", ".sql", ".scala", ".r", ".R")


@dataclass(frozen=True)
class Values:
    """What references stand for; None is what the bundle leaves to its deployment."""

    variables: Mapping[str, Any]
    bundle: Mapping[str, Any]
    workspace: Mapping[str, Any]
    folder: str


def resolve(value: Any, values: Values, places: Places, problems: list[Problem], path: Path = ()) -> Any:
    """Return a tree with every reference replaced.

    Args:
        value: tree of plain values, as the bundle has it.
        values: what references stand for.
        places: where the values stand.
        problems: references that stand for nothing are appended to it.
        path: path of `value` itself.
    """
    if isinstance(value, dict):
        return {key: resolve(item, values, places, problems, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, values, places, problems, (*path, index)) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        found = _lookup(whole.group(1), values)
        if found is None:
            problems.append(_unresolved(whole.group(1), path, places))
        return found

    def replace(match: re.Match[str]) -> str:
        found = _lookup(match.group(1), values)
        if found is None:
            problems.append(_unresolved(match.group(1), path, places))
        return str(found)

    text = _REFERENCE.sub(replace, value)
    return _absolute(text, values, places, problems, path) if text.startswith(("./", "../")) else text


def _lookup(reference: str, values: Values) -> Any:
    section, _, name = reference.partition(".")
    known = {"var": values.variables, "bundle": values.bundle, "workspace": values.workspace}.get(section)
    return known.get(name) if known is not None else None


def _unresolved(reference: str, path: Path, places: Places) -> Problem:
    section, _, name = reference.partition(".")
    if section == "var":
        how = (
            f"Give the variable {name!r} a default in the bundle, or a value in the target named like the environment."
        )
    elif section == "bundle":
        how = "It is the environment's name: name a target of the bundle like the environment."
    else:
        how = "Rolecall knows ${var.…}, ${bundle.name}, ${bundle.target} and ${workspace.file_path}; write it out."
    return Problem(
        "unresolved-bundle-reference", places.of(*path), f"the bundle's ${{{reference}}} stands for nothing here", how
    )


def _absolute(text: str, values: Values, places: Places, problems: list[Problem], path: Path) -> str:
    """Return a path relative to the bundle's file as one of the workspace."""
    root = values.workspace.get("file_path")
    if root is None:
        what = f"{text!r} is a path relative to the bundle"
        how = "Set workspace.file_path in the bundle to where its files are deployed, or use git_source."
        problems.append(Problem("relative-path", places.of(*path), what, how))
        return text
    place = places.of(*path)
    folder = PurePosixPath(place.file).parent if place else PurePosixPath(values.folder)
    inside = posixpath.relpath(posixpath.normpath(str(folder / text)), values.folder)
    absolute = f"{root}/{inside}"
    if path[-1:] == ("notebook_path",):
        absolute = absolute.removesuffix(
            PurePosixPath(absolute).suffix if absolute.endswith(_NOTEBOOK_SUFFIXES) else ""
        )
    return absolute
