"""Put the jobs of bundles where the contract names them."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path as FilePath
from typing import Any

from rolecall.contract.bundle import BundleFiles, BundleJob, read_bundle, take_job
from rolecall.contract.repository import inside, outside
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.kinds.job import OWN_KEYS, merge


def take_bundles(
    tree: dict[str, Any], places: Places, problems: list[Problem], repository: FilePath
) -> dict[str, frozenset[str]]:
    """Replace every `include: PATH#JOB` of a job, and every bundle of a project, by the settings that it names.

    Args:
        tree: the contract as plain values; changed in place.
        places: where values stand; paths are taken from the folder of the file that names them, and the places of
            the bundles' own values are added.
        problems: what is wrong with the bundles is appended to it.
        repository: the folder that bundles have to be in.

    Returns:
        the projects that take jobs of each file of a bundle.
    """
    reader = _Reader(places, problems, repository)
    environments = [*_mapping(tree.get("environments"))]
    for name, project in _mapping(tree.get("projects")).items():
        if not isinstance(project, dict):
            continue
        at: Path = ("projects", name)
        bundles = project.get("bundles")
        for index, entry in enumerate(bundles if isinstance(bundles, list) else []):
            if isinstance(entry, dict) and isinstance(entry.get("path"), str):
                reader.take_all(project, entry, (*at, "bundles", index), environments)
        for key, job in _mapping(project.get("jobs")).items():
            if isinstance(job, dict) and isinstance(job.get("include"), str):
                reader.take_one(project["jobs"], key, job, (*at, "jobs", key), environments)
    return {file: frozenset(names) for file, names in reader.users.items()}


class _Reader:
    def __init__(self, places: Places, problems: list[Problem], repository: FilePath) -> None:
        self._places = places
        self._problems = problems
        self._repository = repository
        self.users: defaultdict[str, set[str]] = defaultdict(set)
        self._bundles: dict[FilePath, BundleFiles] = {}

    def take_all(self, project: dict[str, Any], entry: dict[str, Any], at: Path, environments: list[str]) -> None:
        """Add all jobs of a bundle to a project."""
        bundle = self._read(entry["path"], (*at, "path"))
        jobs = project.setdefault("jobs", {})
        if bundle is None or not isinstance(jobs, dict):
            return
        defaults: dict[str, Any] = {
            key: entry[key] for key in ("in", "run_as", "policy", "counterparts") if key in entry
        }
        for name in bundle.jobs:
            if name in jobs:
                what = f"job {name!r} is in the bundle {bundle.file} and in the contract"
                how = "Remove one, or include the bundle's jobs one by one with `include: PATH#JOB`."
                self._problems.append(Problem("declared-twice", self._places.of(*at[:2], "jobs", name), what, how))
                continue
            taken = take_job(bundle, name, _named(entry.get("in"), environments), self._problems)
            if taken is not None:
                jobs[name] = self._lay(taken, defaults, (*at[:2], "jobs", name))

    def take_one(self, jobs: dict[str, Any], key: str, job: dict[str, Any], at: Path, environments: list[str]) -> None:
        """Replace one job of a contract by the bundle's, with what the contract says laid over it."""
        path, separator, name = job["include"].partition("#")
        if not separator:
            what = f"include {job['include']!r} names no job"
            problem = Problem("wrong-value", self._places.of(*at, "include"), what, "Write PATH#JOB.")
            self._problems.append(problem)
            return
        bundle = self._read(path, (*at, "include"))
        if bundle is None:
            return
        taken = take_job(bundle, name, _named(job.get("in"), environments), self._problems)
        if taken is not None:
            jobs[key] = self._lay(taken, job, at)

    def _lay(self, taken: BundleJob, over: dict[str, Any], at: Path) -> dict[str, Any]:
        """Return a bundle's job as a job of the contract, and add where its settings stand."""
        for path, place in taken.places.by_path.items():
            self._places.by_path.setdefault((*at, *path), place)
            for environment in taken.overrides:
                self._places.by_path.setdefault((*at, "overrides", environment, *path), place)
        own = {key: value for key, value in over.items() if key in OWN_KEYS}
        changes = {key: value for key, value in over.items() if key not in OWN_KEYS}
        overrides = merge(taken.overrides, own.pop("overrides", None) or {})
        return {**merge(taken.settings, changes), **own, **({"overrides": overrides} if overrides else {})}

    def _read(self, named: str, at: Path) -> BundleFiles | None:
        place = self._places.of(*at)
        folder = FilePath(place.file).parent if place else FilePath()
        path = FilePath(os.path.normpath(folder / named))
        if path not in self._bundles:
            if inside(self._repository, path) is None:
                self._problems.append(outside(named, self._places.of(*at)))
                return None
            if not path.is_file():
                what = f"there is no file {str(path)!r}"
                how = f"Paths of bundles are relative to the file that names them, here to {folder}."
                self._problems.append(Problem("file-not-found", self._places.of(*at), what, how))
                return None
            bundle = read_bundle(path, str(path), self._repository)
            self._problems += bundle.problems
            self._bundles[path] = bundle
        for file in self._bundles[path].files:
            self.users[file].add(str(at[1]))
        return self._bundles[path]


def _named(written: Any, environments: list[str]) -> list[str]:
    """Return the environments that `in` names; what is no list of names, the model itself refuses."""
    return [one for one in written if isinstance(one, str)] if isinstance(written, list) and written else environments


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
