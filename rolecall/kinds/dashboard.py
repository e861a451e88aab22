"""AI/BI dashboards."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field

from rolecall.ids.name_types import Name
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api, Json
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.query import LEVELS
from rolecall.kinds.references import replace_references
from rolecall.kinds.spec import (
    Execution,
    Facts,
    Naming,
    Resource,
    Steering,
    bracketed,
)
from rolecall.kinds.workspace_object import CREATOR, WorkspaceKind


class Dashboard(Adjustable):
    """An AI/BI dashboard; its readers need the rights to its data, unless credentials are embedded."""

    definition: Annotated[dict[str, Any], Field(min_length=1)]
    """its content: the JSON of a `.lvdash.json` file; `${resources.datasets.KEY.name}` is a schema with its catalog"""
    warehouse: Name
    """the project's warehouse that its queries run on"""
    embed_credentials: bool = False
    """whether it shows everybody what its publisher, the deployer, may read"""


def _as_caller(dashboard: Dashboard, environment: str) -> bool:
    return not dashboard.for_environment(environment).embed_credentials


def _properties(dashboard: Dashboard, facts: Facts) -> dict[str, object]:
    return {
        "displayName": facts.name,
        "parentPath": f"/Workspace/Users/{facts.deployer}",
        "serializedDashboard": json.dumps(replace_references(dashboard.definition, facts.reference), sort_keys=True),
        "warehouseId": facts.reference("warehouses", dashboard.warehouse, "id"),
        # The provider's default is true.
        "embedCredentials": dashboard.embed_credentials,
    }


def _differs(dashboard: Dashboard, published: Json) -> tuple[str, str] | None:
    """Compare how it is published, which the provider does not read back (dashboards/resource_dashboard.go, Read).

    https://docs.databricks.com/api/workspace/lakeview/getpublished
    """
    live = bool(published.get("embed_credentials"))
    if live == dashboard.embed_credentials:
        return None
    words = {
        True: "shows all readers what its publisher may read",
        False: "shows each reader what that reader may read",
    }
    settings = f"'{{\"embed_credentials\": {str(not live).lower()}}}'"
    command = f"databricks api post /api/2.0/lakeview/dashboards/ID/published --json {settings}"
    return f"it {words[live]} (embed_credentials: {live}), and the contract says otherwise", command


DASHBOARD = WorkspaceKind[Dashboard](
    Kind.DASHBOARD,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#dashboard-acls",
    "AI/BI dashboards",
    Dashboard,
    id_field="dashboard_id",
    runs_jobs=True,
    # https://docs.databricks.com/en/jobs/dashboard.html: the job's principal refreshes it.
    steers_jobs=Steering(Verb.EDIT, "holds queries that run as"),
    refers=refers_by({"warehouse": "warehouses"}, content="definition"),
    naming=Naming(bracketed, NameSyntax("https://docs.databricks.com/api/workspace/lakeview/create")),
    access=Access(PERMISSIONS, "dashboards", "dashboardId"),
    verbs=LEVELS,
    without_verb={},
    owner=CREATOR,
    executes=Execution(
        lambda _dashboard, _identity: None,
        Verb.EDIT,
        as_caller=_as_caller,
        otherwise="would show everybody what the deployer may read",
        instead="Remove `embed_credentials`: its readers need the rights to its data then.",
    ),
    api=Api(
        "/api/2.0/lakeview/dashboards",
        "dashboards",
        get="/api/2.0/lakeview/dashboards/{id}/published",
        name="display_name",
        id="dashboard_id",
        query={"page_size": 100},
        names_creator=False,
    ),
    differs=_differs,
    shows=lambda dashboard, environment: dashboard.for_environment(environment).definition,
    resource=Resource("databricks:index/dashboard:Dashboard", {"displayName": "display_name"}, properties=_properties),
    data=None,
)
