"""Checks on names that people take for one another, or for a name that a system keeps for itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rolecall.contract.contract import Contract
from rolecall.contract.naming import RESERVED_GROUPS, object_name, taken_for
from rolecall.contract.objects import section
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.look_alikes import skeletons
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SECTIONS

LOOK_ALIKE, RESERVED_NAME, AMBIGUOUS = "names-look-alike", "reserved-name", "ambiguous-name"
_RESERVED = frozenset(skeleton for name in RESERVED_GROUPS for skeleton in skeletons(name))


def check_look_alikes(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield a problem for each name that is confusable with a sibling or with a reserved name."""
    yield from _reserved("group", contract.groups, ("groups",), places)
    yield from _ambiguous(contract.groups, places)
    for name, project in contract.projects.items():
        at: Path = ("projects", name, "service_principals")
        yield from _reserved("service principal", project.service_principals, at, places)
    for path, names in sections_of(contract):
        yield from _siblings(names, path, places)
    yield from _jobs(contract, places)


def sections_of(contract: Contract) -> Iterator[tuple[Path, Iterable[str]]]:
    """Yield everything in which a name stands for one thing: the path, and the names."""
    yield ("groups",), contract.groups
    yield ("workspaces",), contract.workspaces
    yield ("environments",), contract.environments
    yield ("roles",), contract.roles
    yield ("issuers",), contract.issuers
    yield ("projects",), contract.projects
    for name, project in contract.projects.items():
        for kind in SECTIONS:
            yield ("projects", name, SECTIONS[kind]), section(project, kind)


def _reserved(noun: str, names: Iterable[str], path: Path, places: Places) -> Iterator[Problem]:
    for name in names:
        if _RESERVED.intersection(skeletons(" ".join(name.split()))):
            what = f"{name!r} is, or looks like, the name of a group of Databricks' own; the contract cannot declare it"
            yield Problem(RESERVED_NAME, places.of(*path, name), what, f"Name the {noun} otherwise.")


def _ambiguous(groups: Iterable[str], places: Places) -> Iterator[Problem]:
    for name in groups:
        other = taken_for(name)
        if other is not None and name.casefold() not in RESERVED_GROUPS:
            what = f"group {name!r} is called like {other}: lists of holders would name that one"
            how = "Give it a key that is the name of a group; an external group is found by its id anyway."
            yield Problem(AMBIGUOUS, places.of("groups", name), what, how)


def _siblings(names: Iterable[str], path: Path, places: Places) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in names:
        for skeleton in skeletons(name):
            first = seen.setdefault(skeleton, name)
            # Another check reports differences in case only.
            if first != name and first.casefold() != name.casefold():
                what = f"{path[-1]} {name!r} and {first!r} ({places.of(*path, first)}) look alike"
                yield Problem(LOOK_ALIKE, places.of(*path, name), what, "Rename one of them.")
                break


def _jobs(contract: Contract, places: Places) -> Iterator[Problem]:
    """Jobs are distinguished by their names in the workspace, which the project's author chooses."""
    seen: dict[tuple[str, str], tuple[str, Path]] = {}
    reported: set[Path] = set()
    for project, declared in contract.projects.items():
        for key, job in declared.jobs.items():
            path: Path = ("projects", project, "jobs", key)
            for environment in contract.environments_of(job):
                workspace = contract.environments[environment].workspace
                shown = object_name(contract, Kind.JOB, project, key, environment)
                for skeleton in skeletons(" ".join(shown.split())):
                    first, at = seen.setdefault((workspace, skeleton), (shown, path))
                    siblings = at[1] == project and set(skeletons(str(at[3]))) & set(skeletons(key))
                    if first != shown and at != path and not siblings and path not in reported:
                        reported.add(path)
                        what = f"job {shown!r} looks like {first!r} of {at[1]}/{at[3]} ({places.of(*at)})"
                        how = "Give one of them another `name:`."
                        yield Problem(LOOK_ALIKE, places.of(*path), what, how)
