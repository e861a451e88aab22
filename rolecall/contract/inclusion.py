"""Put the jobs of bundles where the contract names them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from rolecall.contract.bundles.deployer import Deployment
from rolecall.contract.bundles.files import read_bundle
from rolecall.contract.bundles.jobs import BundleJob, BundleJobs
from rolecall.contract.repository import inside, outside
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.kinds.job import OWN_KEYS, TARGETS, merge


@dataclass(frozen=True)
class TakenBundles:
    """What a contract takes of bundles.

    Attributes:
        users: the projects that take jobs of each file of a bundle.
        warnings: warnings about the bundles.
        jobs: the names of the jobs that are taken, by the bundle's main file.
    """

    users: Mapping[str, frozenset[str]]
    warnings: tuple[str, ...]
    jobs: Mapping[str, tuple[str, ...]]


def take_bundles(tree: dict[str, Any], places: Places, problems: list[Problem], repository: FilePath) -> TakenBundles:
    """Replace every `include: PATH#JOB` of a job, and every bundle of a project, by the settings that it names.

    Args:
        tree: the contract as plain values; changed in place.
        places: where values stand; paths are taken from the folder of the file that names them, and the places of
            the bundles' own values are added.
        problems: what is wrong with the bundles is appended to it.
        repository: the folder that bundles have to be in.
    """
    reader = _Reader(places, problems, repository, _deployment(tree))
    environments = [*_mapping(tree.get("environments"))]
    for name, project in _mapping(tree.get("projects")).items():
        if not isinstance(project, dict):
            continue
        at: Path = ("projects", name)
        for key, job in _mapping(project.get("jobs")).items():
            if isinstance(job, dict) and TARGETS in job:
                what = f"job {key!r} has no key {TARGETS!r}"
                how = "Write `overrides: {ENVIRONMENT: …}` for what differs in an environment."
                problems.append(Problem("unknown-key", places.of(*at, "jobs", key, TARGETS), what, how))
                del job[TARGETS]
        bundles = project.get("bundles")
        for index, entry in enumerate(bundles if isinstance(bundles, list) else []):
            if isinstance(entry, dict) and isinstance(entry.get("path"), str):
                reader.take_all(project, entry, (*at, "bundles", index), environments)
        for key, job in _mapping(project.get("jobs")).items():
            if isinstance(job, dict) and isinstance(job.get("include"), str):
                reader.take_one(project["jobs"], key, job, (*at, "jobs", key), environments)
    users = {file: frozenset(names) for file, names in reader.users.items()}
    return TakenBundles(users, tuple(reader.warnings(environments)), reader.jobs())


class _Reader:
    def __init__(self, places: Places, problems: list[Problem], repository: FilePath, deployment: Deployment) -> None:
        self._places = places
        self._problems = problems
        self._repository = repository
        self._deployment = deployment
        self.users: defaultdict[str, set[str]] = defaultdict(set)
        self._bundles: dict[FilePath, BundleJobs] = {}
        self._taken: dict[tuple[str, str], Path] = {}

    def take_all(self, project: dict[str, Any], entry: dict[str, Any], at: Path, environments: list[str]) -> None:
        """Add all jobs of a bundle to a project."""
        bundle = self._read(entry["path"], (*at, "path"))
        jobs = project.setdefault("jobs", {})
        if bundle is None or not isinstance(jobs, dict):
            return
        defaults: dict[str, Any] = {
            key: entry[key] for key in ("in", "run_as", "policy", "counterparts") if key in entry
        }
        asked = _named(entry.get("in"), environments)
        failed = bundle.check(asked, self._problems)
        if not bundle.names(asked) and not failed and not bundle.bundle.problems:
            what = f"{bundle.bundle.file} has no jobs in {', '.join(asked)}"
            how = "Write them under `resources.jobs` of the bundle or of a target, or remove this entry."
            self._problems.append(Problem("unknown-bundle-job", self._places.of(*at), what, how))
        for name in bundle.names(asked):
            path: Path = (*at[:2], "jobs", name)
            if name in jobs:
                what = f"job {name!r} is in the bundle {bundle.bundle.file} and in the contract"
                how = "Remove one, or include the bundle's jobs one by one with `include: PATH#JOB`."
                self._problems.append(Problem("declared-twice", self._places.of(*path), what, how))
                continue
            taken = bundle.take(name, asked, self._problems)
            if taken is not None:
                self._once(bundle, name, at, path)
                jobs[name] = self._lay(taken, defaults, path, environments)

    def take_one(self, jobs: dict[str, Any], key: str, job: dict[str, Any], at: Path, environments: list[str]) -> None:
        """Replace a job of a contract by the bundle's, with the contract's settings merged over it."""
        path, separator, name = job["include"].partition("#")
        if not separator:
            what = f"include {job['include']!r} names no job"
            problem = Problem("wrong-value", self._places.of(*at, "include"), what, "Write PATH#JOB.")
            self._problems.append(problem)
            return
        bundle = self._read(path, (*at, "include"))
        if bundle is None:
            return
        taken = bundle.take(name, _named(job.get("in"), environments), self._problems)
        if taken is not None:
            self._once(bundle, name, (*at, "include"), at)
            jobs[key] = self._lay(taken, job, at, environments)

    def jobs(self) -> dict[str, tuple[str, ...]]:
        """Return the names of all jobs that are taken, by file."""
        files = dict.fromkeys(file for file, _ in self._taken)
        return {file: tuple(name for one, name in self._taken if one == file) for file in files}

    def warnings(self, environments: list[str]) -> Iterator[str]:
        """Yield the warnings about each bundle."""
        for bundle in self._bundles.values():
            file = bundle.bundle.file
            if not any(named == file for named, _ in self._taken):
                continue
            yield f"{file}: Rolecall deploys its jobs now; take them out of what `databricks bundle deploy` deploys."
            if left := bundle.not_taken(environments):
                yield f"{file}: not taken, and left to the bundle: {', '.join(left)}."
            if homes := bundle.in_home(environments):
                yield (
                    f"{file}: it names no workspace.root_path, so its files are expected where the deployer's own "
                    f"`databricks bundle deploy` puts them: {', '.join(homes)}."
                )
            if without := bundle.without_target(environments):
                yield f"{file}: it has no target for {', '.join(without)}; what stands outside its targets is taken."

    def _once(self, bundle: BundleJobs, name: str, said: Path, taken: Path) -> None:
        """See that no job of a bundle is taken twice: it would run twice."""
        first = self._taken.setdefault((bundle.bundle.file, name), taken)
        if first != taken:
            what = f"job {name!r} of {bundle.bundle.file} is taken as {_shown(first)} already"
            how = "Take each job of a bundle once, or both would run."
            self._problems.append(Problem("declared-twice", self._places.of(*said), what, how))

    def _lay(self, taken: BundleJob, over: dict[str, Any], at: Path, environments: list[str]) -> dict[str, Any]:
        """Return a bundle's job as a job of the contract, and add where its settings stand."""
        own = {key: value for key, value in over.items() if key in OWN_KEYS}
        changes = {key: value for key, value in over.items() if key not in OWN_KEYS}
        (first, settings), *others = taken.settings.items()
        self._add(taken.places[first], at)
        found = {**merge(settings, changes), **own}
        if differing := {name: one for name, one in others if one != settings}:
            found[TARGETS] = {name: merge(one, changes) for name, one in differing.items()}
            for name in differing:
                self._add(taken.places[name], (*at, TARGETS, name))
        if len(taken.settings) < len(_named(over.get("in"), environments)):
            found["in"] = [*taken.settings]
        return found

    def _add(self, places: Places, at: Path) -> None:
        if (place := places.by_path.get(())) is not None:
            # The sections around it, which the contract itself may not have: paths of errors lead through them.
            for length in range(3, len(at)):
                self._places.by_path.setdefault(at[:length], place)
        for path, place in places.by_path.items():
            self._places.by_path.setdefault((*at, *path), place)

    def _read(self, named: str, at: Path) -> BundleJobs | None:
        place = self._places.of(*at)
        folder = FilePath(place.file).parent if place else FilePath()
        path = FilePath(os.path.normpath(folder / named))
        if path not in self._bundles:
            if inside(self._repository, path) is None:
                self._problems.append(outside(named, self._places.of(*at)))
                return None
            if not path.is_file():
                what = f"{str(path)!r} is a folder" if path.is_dir() else f"there is no file {str(path)!r}"
                how = (
                    f"Name the bundle's file in it, as {os.path.join(named, 'databricks.yml')}."
                    if path.is_dir()
                    else f"Paths of bundles are relative to the file that names them, here to {folder}."
                )
                self._problems.append(Problem("file-not-found", self._places.of(*at), what, how))
                return None
            bundle = read_bundle(path, str(path), self._repository)
            self._problems += bundle.problems
            self._bundles[path] = BundleJobs(bundle, self._deployment)
        for file in self._bundles[path].bundle.files:
            self.users[file].add(str(at[1]))
        return self._bundles[path]


def _shown(path: Path) -> str:
    """Return a job's name in messages."""
    return f"{path[1]}/{path[3]}"


def _deployment(tree: Mapping[str, Any]) -> Deployment:
    workspaces = _mapping(tree.get("workspaces"))
    hosts: dict[str, str] = {}
    for name, stage in _mapping(tree.get("environments")).items():
        host = _mapping(workspaces.get(str(_mapping(stage).get("workspace")))).get("host")
        if isinstance(host, str):
            hosts[name] = host
    return Deployment(str(_mapping(tree.get("databricks")).get("deployer") or ""), hosts)


def _named(written: Any, environments: list[str]) -> list[str]:
    """Return the environments that `in` names; what is no list of names, the model itself refuses."""
    return [one for one in written if isinstance(one, str)] if isinstance(written, list) and written else environments


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
