"""SQL warehouses: compute that answers SQL."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import Facts, Naming, Owner, Quota, Resource, Scope, bracketed, custom_tags
from rolecall.kinds.workspace_object import WorkspaceKind

# https://docs.databricks.com/api/workspace/warehouses/create: cluster_size.
Size = Literal["2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large"]


class Warehouse(Adjustable):
    """A SQL warehouse."""

    size: Size = "2X-Small"
    """size of each of its clusters"""
    max_clusters: Annotated[int, Field(ge=1, le=40)] = 1
    """the most clusters that it runs side by side"""
    idle_minutes: Annotated[int, Field(ge=1, le=10_000)] = 15
    """idle minutes after which it stops"""
    serverless: bool = True
    """whether Databricks provides the machines"""


def _properties(warehouse: Warehouse, facts: Facts) -> dict[str, object]:
    return {
        "name": facts.name,
        "clusterSize": warehouse.size,
        "maxNumClusters": warehouse.max_clusters,
        "autoStopMins": warehouse.idle_minutes,
        "enableServerlessCompute": warehouse.serverless,
        "warehouseType": "PRO",
        "tags": {"customTags": custom_tags(facts.tags)},
        # It starts by itself with the first query; a deployment need not wait for machines.
        "noWait": True,
    }


WAREHOUSE = WorkspaceKind[Warehouse](
    Kind.WAREHOUSE,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#sql-warehouse-acls",
    "SQL warehouses",
    Warehouse,
    noun="SQL warehouse",
    id_field="warehouse_id",
    runs_jobs=True,
    tagged_in_cloud=True,
    # https://docs.databricks.com/en/resources/limits.html (SQL warehouses)
    quota=Quota(1_000, Scope.WORKSPACE),
    naming=Naming(bracketed, NameSyntax("https://docs.databricks.com/api/workspace/warehouses/create", length=100)),
    access=Access(PERMISSIONS, "sql/warehouses", "sqlEndpointId"),
    verbs={Verb.VIEW: "CAN_VIEW", Verb.RUN: "CAN_USE", Verb.MANAGE: "CAN_MANAGE", Verb.OWN: "IS_OWNER"},
    without_verb={"CAN_MONITOR": "it shows everybody's queries, which is neither running nor managing"},
    owner=Owner("level", "IS_OWNER", "may edit and delete it and change its permissions"),
    api=Api("/api/2.0/sql/warehouses", "warehouses", tags="tags.custom_tags"),
    resource=Resource("databricks:index/sqlEndpoint:SqlEndpoint", {"name": "name"}, properties=_properties),
    data=None,
)
