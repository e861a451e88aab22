"""Database instances (Lakebase): managed Postgres."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api, Json
from rolecall.kinds.spec import Data, Facts, Naming, Owner, Resource, dashed
from rolecall.kinds.workspace_object import NamedKind


class DatabaseInstance(Adjustable):
    """A database instance; people and principals sign in to it with their own tokens."""

    capacity: Literal["CU_1", "CU_2", "CU_4", "CU_8"] = "CU_1"
    """its compute"""
    nodes: Annotated[int, Field(ge=1, le=3)] = 1
    """how many nodes it has, of which one writes"""
    retention_days: Annotated[int, Field(ge=2, le=35)] = 7
    """days to which it can be restored"""


def _properties(instance: DatabaseInstance, facts: Facts) -> dict[str, object]:
    return {
        "name": facts.name,
        "capacity": instance.capacity,
        "nodeCount": instance.nodes,
        "retentionWindowInDays": instance.retention_days,
        # Postgres' own passwords outlive their owner's account: https://docs.databricks.com/en/oltp/instances/authentication.html
        "enablePgNativeLogin": False,
        # https://docs.databricks.com/api/workspace/database/deletedatabaseinstance: it deletes nothing without it.
        "purgeOnDelete": True,
    }


def _differs(instance: DatabaseInstance, live: Json) -> tuple[str, str] | None:
    """Compare the values in effect: the provider reads back what was declared (SyncFieldsDuringRead).

    https://docs.databricks.com/api/workspace/database/getdatabaseinstance
    """
    wanted = {
        "capacity": instance.capacity,
        "node_count": instance.nodes,
        "retention_window_in_days": instance.retention_days,
        "enable_pg_native_login": False,
    }
    found = {key: live.get(f"effective_{key}", live.get(key)) for key in wanted}
    changed = {key: value for key, value in found.items() if value is not None and value != wanted[key]}
    if not changed:
        return None
    shown = "; ".join(f"{key} is {value}, and {wanted[key]} in the contract" for key, value in sorted(changed.items()))
    command = f"databricks database update-database-instance {live.get('name')} {','.join(sorted(changed))}"
    return shown, command


DATABASE_INSTANCE = NamedKind[DatabaseInstance](
    Kind.DATABASE_INSTANCE,
    "https://docs.databricks.com/en/oltp/instances/manage-privileges.html",
    "database instances (Lakebase)",
    DatabaseInstance,
    naming=Naming(
        dashed,
        NameSyntax(
            "https://docs.databricks.com/api/workspace/database/createdatabaseinstance",
            r"A-Za-z0-9\-",
            "letters, digits and '-'",
            63,
        ),
    ),
    access=Access(PERMISSIONS, "database-instances", "databaseInstanceName", output="name"),
    verbs={Verb.RUN: "CAN_USE", Verb.MANAGE: "CAN_MANAGE"},
    without_verb={},
    owner=Owner("creator", "CAN_MANAGE", "may delete it, change its permissions, and is superuser of its databases"),
    api=Api(find="/api/2.0/database/instances/{name}", id="name"),
    differs=_differs,
    resource=Resource(
        "databricks:index/databaseInstance:DatabaseInstance", full_name=("name",), properties=_properties
    ),
    data=Data("databases", ("name",)),
)
