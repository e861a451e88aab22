"""Saved SQL queries."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rolecall.ids.name_types import Name
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.references import replace_references
from rolecall.kinds.spec import (
    HOLDS_CODE,
    Facts,
    Naming,
    Resource,
    Steering,
    bracketed,
)
from rolecall.kinds.workspace_object import CREATOR, WorkspaceKind

# Levels of queries, dashboards and alerts: https://docs.databricks.com/en/security/auth/access-control/
LEVELS = {Verb.VIEW: "CAN_READ", Verb.RUN: "CAN_RUN", Verb.EDIT: "CAN_EDIT", Verb.MANAGE: "CAN_MANAGE"}


class Query(Adjustable):
    """A saved SQL query; it runs with the rights of its caller."""

    text: Annotated[str, Field(min_length=1)]
    """its SQL; `${resources.datasets.KEY.name}` is a schema with its catalog"""
    warehouse: Name
    """the project's warehouse that it runs on"""


def _properties(query: Query, facts: Facts) -> dict[str, object]:
    declared: dict[str, object] = {
        "displayName": facts.name,
        "queryText": replace_references(query.text, facts.reference),
        "warehouseId": facts.reference("warehouses", query.warehouse, "id"),
        # https://docs.databricks.com/api/workspace/queries/create: never with the rights of its owner, the deployer.
        "runAsMode": "VIEWER",
        "description": query.description,
    }
    if facts.catalog:
        declared["catalog"] = facts.catalog
    return declared


QUERY = WorkspaceKind[Query](
    Kind.QUERY,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#query-acls",
    "saved SQL queries",
    Query,
    section="queries",
    id_field="query_id",
    runs_jobs=True,
    steers_jobs=Steering(Verb.EDIT, HOLDS_CODE),
    refers=refers_by({"warehouse": "warehouses"}, content="text"),
    naming=Naming(bracketed, NameSyntax("https://docs.databricks.com/api/workspace/queries/create")),
    # The provider reads CAN_READ as CAN_VIEW (permissions/permission_definitions.go, sql_query_id).
    access=Access(PERMISSIONS, "queries", "sqlQueryId", declared_as={"CAN_READ": "CAN_VIEW"}),
    verbs=LEVELS,
    without_verb={},
    owner=CREATOR,
    api=Api("/api/2.0/sql/queries", "results", name="display_name", query={"page_size": 100}),
    resource=Resource("databricks:index/query:Query", {"displayName": "display_name"}, properties=_properties),
    data=None,
)
