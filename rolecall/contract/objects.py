"""All objects of a contract's projects in an environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rolecall.contract.contract import Contract
from rolecall.contract.naming import project_tags
from rolecall.contract.project import Project
from rolecall.ids.ids import ObjectId
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase
from rolecall.kinds.registry import BY_NAME


@dataclass(frozen=True)
class Declared:
    """An object of a project.

    Attributes:
        kind: what it is.
        project: its project.
        key: its name in the project.
        value: its declaration in the contract.
    """

    kind: Kind
    project: str
    key: str
    value: ProjectObject | JobBase

    @property
    def name(self) -> str:
        """Its name in grants."""
        return f"{self.project}/{self.key}"

    def id_in(self, environment: str) -> ObjectId:
        """Return its id in an environment."""
        return ObjectId(environment, self.kind, self.project, self.key)

    @property
    def resource(self) -> str:
        """Its name among Pulumi's resources."""
        return f"{self.project}-{self.key}"


def objects_of(contract: Contract, environment: str, kind: Kind, project: str | None = None) -> Iterator[Declared]:
    """Yield the objects of a kind that an environment has, of one project or of all."""
    if project is not None:
        projects = {project: contract.projects[project]} if project in contract.projects else {}
    else:
        projects = contract.projects
    objects = BY_NAME[kind].objects
    for name, one in projects.items():
        for key, value in objects(one).items():
            if value.is_in(environment):
                yield Declared(kind, name, key, value)


def workspace_id(contract: Contract, environment: str) -> ObjectId:
    """Return the workspace of an environment."""
    return ObjectId(environment, Kind.WORKSPACE, None, contract.environments[environment].workspace)


def catalog_id(contract: Contract, environment: str) -> ObjectId | None:
    """Return the catalog of an environment; None where it has none."""
    catalog = contract.environments[environment].catalog
    return ObjectId(environment, Kind.CATALOG, None, catalog) if catalog is not None else None


def section(project: Project, kind: Kind) -> Mapping[str, ProjectObject | JobBase]:
    """Return what a project declares of a kind, by name."""
    return BY_NAME[kind].objects(project)


def tags_of(contract: Contract, declared: Declared, environment: str) -> dict[str, str]:
    """Return an object's tags with those of its project."""
    project = project_tags(contract, declared.project, environment)
    return BY_NAME[declared.kind].tags(declared.value, declared.id_in(environment), project)
