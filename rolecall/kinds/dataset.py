"""Datasets: a schema in the environment's catalog, with its volumes."""

from __future__ import annotations

import re

from pydantic import Field

from rolecall.ids.ids import ObjectId
from rolecall.ids.name_types import CatalogName, Name
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import Child, Data, KindSpec, Naming, Owner, Quota, Resource, Scope, Surroundings


class Dataset(ProjectObject):
    """A schema of a project in the environment's catalog: its tables and volumes hold the data."""

    volumes: list[CatalogName] = Field(default_factory=list)
    """volumes for files"""
    sensitive: bool = False
    """it feeds sensitive models: only the roles that it names reach it"""
    roles: list[Name] = Field(default_factory=list)
    """the only roles that reach it, where it is sensitive"""


def schema_name(project: str, key: str) -> str:
    """Return a schema's name in its catalog: the project in front, so that projects do not meet."""
    return f"{re.sub(r'[^a-z0-9_]', '_', project.lower())}_{key}"


def _name(_: object, identity: ObjectId, around: Surroundings) -> str:
    return f"{around.catalog}.{schema_name(identity.own_project, identity.key)}"


DATASET = KindSpec[Dataset](
    name=Kind.DATASET,
    noun="schema",
    docs="https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html",
    section="datasets",
    summary="schemas with tables and volumes in each environment's catalog",
    key=CatalogName,
    model=Dataset,
    attributes=("name",),
    scope=Scope.CATALOG,
    quota=Quota(10_000, Scope.METASTORE),
    naming=Naming(_name),
    access=Access(GRANTS, "schema", "schema"),
    verbs={
        Verb.VIEW: "SELECT READ_VOLUME",
        Verb.EDIT: "MODIFY WRITE_VOLUME CREATE_TABLE",
        Verb.MANAGE: "CREATE_VOLUME MANAGE",
    },
    without_verb={
        "ALL_PRIVILEGES": "it grows with every privilege that Databricks adds",
        "APPLY_TAG": "whoever changes tags changes which rules protect the data",
    },
    owner=Owner("field", "owner", "holds every privilege on it and on everything in it, and may grant them"),
    api=Api(find="/api/2.1/unity-catalog/schemas/{name}", id="full_name"),
    resource=Resource("databricks:index/schema:Schema", full_name=("catalogName", "name")),
    children=(
        Child(
            "volume",
            "databricks:index/volume:Volume",
            Api(find="/api/2.1/unity-catalog/volumes/{name}", id="full_name"),
            ("catalogName", "schemaName", "name"),
            Data("files", ("catalogName", "schemaName", "volumeType", "name")),
        ),
        Child("tag", "databricks:index/entityTagAssignment:EntityTagAssignment"),
    ),
    data=Data("tables, volumes and models", ("catalogName", "name")),
)
