"""All objects of a contract's projects in an environment: the one place that knows in which section a kind stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rolecall.contract.contract import Contract
from rolecall.contract.job import JobBase
from rolecall.contract.naming import job_tags, project_tags
from rolecall.contract.project import Project
from rolecall.contract.project_object import ProjectObject
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind

# The section of a project that declares the objects of a kind.
SECTIONS: Mapping[Kind, str] = {
    Kind.SERVICE_PRINCIPAL: "service_principals",
    Kind.CLUSTER_POLICY: "cluster_policies",
    Kind.INSTANCE_POOL: "instance_pools",
    Kind.WAREHOUSE: "warehouses",
    Kind.DATASET: "datasets",
    Kind.EXPERIMENT: "experiments",
    Kind.MODEL: "models",
    Kind.SECRET_SCOPE: "secret_scopes",
    Kind.JOB: "jobs",
}
# Kinds of which an environment has one object, whatever its projects are.
OF_ENVIRONMENT = (Kind.WORKSPACE, Kind.CATALOG, Kind.LINEAGE, Kind.AUDIT)


@dataclass(frozen=True)
class Declared:
    """An object of a project.

    Attributes:
        kind: what it is.
        project: its project.
        key: its name in the project.
        value: what the contract says of it.
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
    names = contract.projects if project is None else {project} & contract.projects.keys()
    for name in names:
        for key, value in section(contract.projects[name], kind).items():
            if value.is_in(environment):
                yield Declared(kind, name, key, value)


def section(project: Project, kind: Kind) -> Mapping[str, ProjectObject | JobBase]:
    """Return what a project declares of a kind, by name."""
    found: Mapping[str, ProjectObject | JobBase] = getattr(project, SECTIONS[kind])
    return found


def tags_of(contract: Contract, declared: Declared, environment: str) -> dict[str, str]:
    """Return an object's tags with those of its project."""
    if declared.kind is Kind.JOB:
        return job_tags(contract, declared.project, declared.key, environment)
    assert isinstance(declared.value, ProjectObject)
    return {**declared.value.tags, **project_tags(contract, declared.project, environment)}
