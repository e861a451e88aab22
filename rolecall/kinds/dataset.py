"""Datasets: a schema in the environment's catalog, with its volumes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from rolecall.ids.ids import ObjectId
from rolecall.ids.name_types import CatalogName, Name
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ALL_PRIVILEGES, APPLY_TAG, GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.metastore_object import refuses_other_roles
from rolecall.kinds.spec import (
    HOLDS_CODE,
    Child,
    Data,
    Facts,
    KindSpec,
    Naming,
    Owner,
    Part,
    Quota,
    Ref,
    Resource,
    Scope,
    Steering,
    Surroundings,
)


class Dataset(ProjectObject):
    """A schema of a project in the environment's catalog: its tables and volumes hold the data."""

    volumes: list[CatalogName] = Field(default_factory=list)
    """volumes for files"""
    sensitive: bool = False
    """it feeds sensitive models: only the roles that it names reach it"""
    roles: list[Name] = Field(default_factory=list)
    """the only roles that reach it, where it is sensitive"""


SCHEMA = "databricks:index/schema:Schema"
VOLUME = Child(
    "volume",
    "databricks:index/volume:Volume",
    Api(find="/api/2.1/unity-catalog/volumes/{name}", id="full_name"),
    ("catalogName", "schemaName", "name"),
    Data("files", ("catalogName", "schemaName", "volumeType", "name")),
)
TAG = Child("tag", "databricks:index/entityTagAssignment:EntityTagAssignment")


def schema_name(project: str, key: str) -> str:
    """Return a schema's name in its catalog: the project in front, so that projects do not meet."""
    return f"{re.sub(r'[^a-z0-9_]', '_', project.lower())}_{key}"


def _name(_: object, identity: ObjectId, around: Surroundings) -> str:
    return f"{around.catalog}.{schema_name(identity.own_project, identity.key)}"


def schema_properties(catalog: str, project: str, key: str, comment: str) -> dict[str, object]:
    """Return the properties of a schema of a project."""
    return {
        "catalogName": catalog,
        "name": schema_name(project, key),
        "comment": comment,
        "properties": {"managed-by": "rolecall", "project": project},
    }


def _properties(dataset: Dataset, facts: Facts) -> dict[str, object]:
    comment = dataset.description or f"Dataset {facts.id.key} of {facts.project}"
    return schema_properties(facts.catalog, facts.project, facts.id.key, comment)


def _parts(dataset: Dataset, facts: Facts) -> Iterator[Part]:
    schema = {"catalogName": facts.catalog, "schemaName": Ref(facts.id, "schema")}
    for volume in sorted(dataset.volumes):
        yield Part(VOLUME.token, volume, {**schema, "name": volume, "volumeType": "MANAGED"})
    # The last one marks data that only the roles may reach which the contract names.
    tags = {**dataset.tags, **({"sensitive": "true"} if dataset.sensitive else {})}
    for key, value in sorted(tags.items()):
        tag = {"entityType": "schemas", "entityName": Ref(facts.id), "tagKey": key, "tagValue": value}
        yield Part(TAG.token, key, tag)


DATASET = KindSpec[Dataset](
    Kind.DATASET,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html",
    "schemas with tables and volumes in each environment's catalog",
    Dataset,
    noun="schema",
    key=CatalogName,
    attributes=("name",),
    steers_jobs=Steering(Verb.EDIT, HOLDS_CODE, by_code=True),
    refuses=refuses_other_roles,
    scope=Scope.CATALOG,
    # https://docs.databricks.com/en/resources/limits.html (Unity Catalog)
    quota=Quota(10_000, Scope.METASTORE),
    naming=Naming(_name),
    access=Access(GRANTS, "schema", "schema"),
    verbs={
        Verb.VIEW: "SELECT READ_VOLUME",
        Verb.EDIT: "MODIFY WRITE_VOLUME CREATE_TABLE",
        Verb.MANAGE: "CREATE_VOLUME MANAGE",
    },
    without_verb=ALL_PRIVILEGES | APPLY_TAG,
    owner=Owner("field", "owner", "holds every privilege on it and on everything in it, and may grant them"),
    api=Api(find="/api/2.1/unity-catalog/schemas/{name}", id="full_name"),
    resource=Resource(SCHEMA, full_name=("catalogName", "name"), properties=_properties, parts=_parts),
    children=(VOLUME, TAG),
    data=Data("tables, volumes and models", ("catalogName", "name")),
)
