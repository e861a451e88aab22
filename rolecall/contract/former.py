"""Where an object of a contract stood before, by its own former places and those of its project and environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.contract.contract import Contract
from rolecall.contract.objects import section
from rolecall.ids.renamed import FormerPlace
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SECTIONS


@dataclass(frozen=True)
class Standing:
    """Where an object stands, or stood: its environment, project and key."""

    environment: str
    project: str
    key: str


def former_standings(contract: Contract, environment: str, project: str, kind: Kind, key: str) -> list[Standing]:
    """Return where an object of an environment may have stood before, the latest first.

    Args:
        contract: the contract.
        environment: the environment that has it.
        project: its project.
        kind: what it is.
        key: its key in the project.
    """
    places = former_places(contract, project, kind, key)
    environments = [environment, *contract.environments[environment].renamed_from]
    now = Standing(environment, project, key)
    found = [Standing(one, *place) for one in environments for place in [(project, key), *places]]
    return [one for one in dict.fromkeys(found) if one != now]


def former_places(contract: Contract, project: str, kind: Kind, key: str) -> list[tuple[str, str]]:
    """Return the projects and keys that an object had before, the latest first."""
    written = section(contract.projects[project], kind)[key].renamed_from
    own = [(project, key)]
    for place in written:
        there = contract.projects.get(place.project or project)
        # What is still declared is not what this was; the contract's checks refuse that.
        if there is None or place.key not in section(there, kind):
            own.append((place.project or project, place.key))
    found = [(name, old) for place, old in own for name in (place, *_former_projects(contract, place))]
    return [one for one in dict.fromkeys(found) if one != (project, key)]


def written_places(contract: Contract) -> Iterator[tuple[str, Kind, str, int, FormerPlace]]:
    """Yield every former place that an object names: project, kind, key, position in the list, and the place."""
    for project, declared in contract.projects.items():
        for kind in SECTIONS:
            for key, value in section(declared, kind).items():
                for position, place in enumerate(value.renamed_from):
                    yield project, kind, key, position, place


def _former_projects(contract: Contract, project: str) -> list[str]:
    declared = contract.projects.get(project)
    return list(declared.renamed_from) if declared is not None else []


def any_renamed(contract: Contract) -> bool:
    """Return whether a project, an environment or an object of a contract names a former one."""
    projects = any(one.renamed_from for one in contract.projects.values())
    environments = any(one.renamed_from for one in contract.environments.values())
    return projects or environments or any(True for _ in written_places(contract))
