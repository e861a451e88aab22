"""Read the jobs of a Databricks Asset Bundle as they are.

What a bundle may say: https://docs.databricks.com/en/dev-tools/bundles/settings.html
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from rolecall.contract.bundle_references import Values, resolve
from rolecall.contract.problems import one_of
from rolecall.contract.repository import matching, read_text
from rolecall.contract.source import Document, Path, Places, read_yaml
from rolecall.errors import Place, Problem
from rolecall.kinds.job import merge

# What a bundle's job may say that is not a setting of the job.
_NOT_SETTINGS = ("lifecycle",)


@dataclass
class BundleJob:
    """A job of a bundle: its settings, what differs for the contract's environments, and where all of it stands."""

    settings: dict[str, Any]
    overrides: dict[str, dict[str, Any]]
    places: Places


@dataclass
class BundleFiles:
    """A bundle: its files laid over each other, as the bundle's own command does."""

    file: str
    value: dict[str, Any]
    places: Places
    problems: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def jobs(self) -> dict[str, Any]:
        """The jobs as written, by name."""
        found = _mapping(_mapping(self.value, "resources"), "jobs")
        return {name: job for name, job in found.items() if isinstance(job, dict)}


def read_bundle(path: FilePath, shown: str, repository: FilePath) -> BundleFiles:
    """Read a bundle's file and those that it includes.

    Args:
        path: the bundle's file.
        shown: its name, as the user should see it.
        repository: the folder that all its files have to be in.
    """
    document = _read(path, shown)
    value = document.value if isinstance(document.value, dict) else {}
    bundle = BundleFiles(shown, value, document.places, document.problems, [shown])
    patterns = value.get("include")
    for index, pattern in enumerate(patterns if isinstance(patterns, list) else []):
        place = document.places.of("include", index)
        for included in matching(repository, path.parent, str(pattern), place, bundle.problems):
            if included == path:
                continue
            name = os.path.normpath(FilePath(shown).parent / os.path.relpath(included, path.parent))
            bundle.files.append(name)
            part = _read(included, name)
            bundle.problems += part.problems
            if isinstance(part.value, dict):
                for where, one in part.places.by_path.items():
                    bundle.places.by_path.setdefault(where, one)
                bundle.value = merge(bundle.value, part.value)
    return bundle


def take_job(bundle: BundleFiles, name: str, environments: Iterable[str], problems: list[Problem]) -> BundleJob | None:
    """Return a job of a bundle with the differences of its targets that are named like environments.

    Args:
        bundle: the bundle's files.
        name: the job's name in the bundle.
        environments: the contract's environments that have the job.
        problems: what is wrong with the job is appended to it.
    """
    if name not in bundle.jobs:
        what = f"{bundle.file} has no job {name!r}"
        problems.append(Problem("unknown-bundle-job", Place(bundle.file, 1), what, one_of(name, bundle.jobs)))
        return None
    start: Path = ("resources", "jobs", name)
    written = {key: value for key, value in bundle.jobs[name].items() if key not in _NOT_SETTINGS}
    if "permissions" in written:
        what = f"the bundle's job {name!r} has permissions of its own"
        how = "Remove `permissions:` there and write a binding: one object has one writer, and the contract is it."
        problems.append(Problem("declared-twice", bundle.places.of(*start, "permissions"), what, how))
        del written["permissions"]
    # Who runs it is the contract's to say: a bundle's run_as names a person, or one identity for all environments.
    written.pop("run_as", None)
    places = Places(
        {path[len(start) :]: at for path, at in bundle.places.by_path.items() if path[: len(start)] == start}
    )
    names = list(environments)
    base_values = _values(bundle, None, names)
    settings = resolve(written, base_values, places, problems)
    overrides: dict[str, dict[str, Any]] = {}
    for environment in names:
        target = _mapping(_mapping(bundle.value, "targets"), environment)
        changes = _mapping(_mapping(_mapping(target, "resources"), "jobs"), name)
        ignored: list[Problem] = []
        varied = resolve(merge(written, changes), _values(bundle, environment, [environment]), places, ignored)
        if varied != settings:
            overrides[environment] = varied
    return BundleJob(settings, overrides, places)


def _values(bundle: BundleFiles, target: str | None, fallbacks: Iterable[str]) -> Values:
    """Return what references stand for in a target, or in none; variables without a default take a target's value."""
    targets = _mapping(bundle.value, "targets")
    chosen = _mapping(targets, target or "")
    variables: dict[str, Any] = {}
    for name, declared in _mapping(bundle.value, "variables").items():
        if isinstance(declared, dict) and declared.get("default") is not None:
            variables[name] = declared["default"]
    for environment in [*fallbacks] if target is None else [target]:
        for name, value in _mapping(_mapping(targets, environment), "variables").items():
            plain = value.get("default") if isinstance(value, dict) else value
            if target is not None or name not in variables:
                variables[name] = plain
    workspace = {**_mapping(bundle.value, "workspace"), **_mapping(chosen, "workspace")}
    root = workspace.get("root_path")
    files = workspace.get("file_path") or (f"{root}/files" if root else None)
    return Values(
        variables=variables,
        bundle={"name": _mapping(bundle.value, "bundle").get("name"), "target": target, "environment": target},
        workspace={"root_path": root, "file_path": files},
        folder=str(FilePath(bundle.file).parent),
    )


def _read(path: FilePath, shown: str) -> Document:
    try:
        return read_yaml(read_text(path), shown)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        what = f"{shown} cannot be read: {reason}"
        problem = Problem("file-not-found", None, what, "Check the path; it is relative to the file that names it.")
        return Document(None, Places(), [problem])


def _mapping(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
