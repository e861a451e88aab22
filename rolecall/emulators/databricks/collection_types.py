"""Collections of objects in a workspace, one row each: https://docs.databricks.com/api/workspace.

The fields are those of the vendor's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rolecall.emulators.databricks.permissions import (
    ALERT,
    APP,
    DASHBOARD,
    DATABASE_INSTANCE,
    QUERY,
    VECTOR_SEARCH_ENDPOINT,
    ObjectType,
)

DASHBOARDS = "/api/2.0/lakeview/dashboards"


@dataclass(frozen=True)
class Collection:
    """A collection of objects.

    Attributes:
        path: its path.
        items: the key of a page's items.
        identity: the field with an object's id; the name if that is the identifier.
        fields: the fields that a client may write.
        wrapped: the key of the object in the body; empty where the body is the object.
        by: the field with its creator, and the field with its run-as identity, if any.
        paged: it is listed in pages.
        named: the field with its name.
        within: the field and parameter with its parent's name; empty where the list returns all.
        kind: its objects' type in the permissions API; None if permissions are not enforced here.
        needs: the levels to see, to change and to remove an object.
        shown: fields that the service sets on a new object.
    """

    path: str
    items: str
    identity: str
    fields: tuple[str, ...]
    wrapped: str = ""
    by: tuple[str, ...] = ()
    paged: bool = True
    named: str = "name"
    within: str = ""
    kind: ObjectType | None = None
    needs: tuple[str, str, str] = ("CAN_MANAGE", "CAN_MANAGE", "CAN_MANAGE")
    shown: Mapping[str, Any] = field(default_factory=dict)


def _fields(names: str) -> tuple[str, ...]:
    return tuple(names.split())


COLLECTIONS = (
    Collection(
        "/api/2.0/apps",
        "apps",
        "name",
        _fields("name description resources user_api_scopes"),
        by=("creator",),
        kind=APP,
        needs=("CAN_USE", "CAN_MANAGE", "CAN_MANAGE"),
        shown={"compute_status": {"state": "STOPPED"}, "app_status": {"state": "UNAVAILABLE"}},
    ),
    Collection(
        DASHBOARDS,
        "dashboards",
        "dashboard_id",
        _fields("display_name parent_path serialized_dashboard warehouse_id"),
        named="display_name",
        kind=DASHBOARD,
        needs=("CAN_READ", "CAN_EDIT", "CAN_MANAGE"),
        shown={"lifecycle_state": "ACTIVE"},
    ),
    Collection(
        "/api/2.0/sql/queries",
        "results",
        "id",
        _fields(
            "apply_auto_limit catalog description display_name parameters parent_path query_text "
            "run_as_mode schema tags warehouse_id"
        ),
        wrapped="query",
        by=("owner_user_name",),
        named="display_name",
        kind=QUERY,
        needs=("CAN_READ", "CAN_EDIT", "CAN_MANAGE"),
        shown={"lifecycle_state": "ACTIVE"},
    ),
    Collection(
        "/api/2.0/alerts",
        "alerts",
        "id",
        _fields(
            "custom_description custom_summary display_name evaluation parent_path query_text run_as "
            "schedule warehouse_id"
        ),
        by=("owner_user_name",),
        named="display_name",
        kind=ALERT,
        needs=("CAN_READ", "CAN_EDIT", "CAN_MANAGE"),
        shown={"lifecycle_state": "ACTIVE"},
    ),
    Collection(
        "/api/2.0/sql/alerts",
        "results",
        "id",
        _fields(
            "condition custom_body custom_subject display_name notify_on_ok parent_path query_id seconds_to_retrigger"
        ),
        wrapped="alert",
        by=("owner_user_name",),
        named="display_name",
    ),
    Collection(
        "/api/2.0/genie/spaces",
        "spaces",
        "space_id",
        _fields("title description warehouse_id serialized_space parent_path"),
        named="title",
    ),
    Collection(
        "/api/2.0/vector-search/endpoints",
        "endpoints",
        "name",
        _fields("name endpoint_type budget_policy_id"),
        by=("creator",),
        kind=VECTOR_SEARCH_ENDPOINT,
        needs=("CAN_USE", "CAN_MANAGE", "CAN_MANAGE"),
        shown={"endpoint_status": {"state": "ONLINE"}, "num_indexes": 0},
    ),
    Collection(
        "/api/2.0/vector-search/indexes",
        "vector_indexes",
        "name",
        _fields("name endpoint_name primary_key index_type delta_sync_index_spec direct_access_index_spec"),
        by=("creator",),
        within="endpoint_name",
    ),
    Collection(
        "/api/2.0/database/instances",
        "database_instances",
        "name",
        _fields("name capacity enable_pg_native_login node_count retention_window_in_days stopped"),
        by=("creator",),
        kind=DATABASE_INSTANCE,
        needs=("CAN_USE", "CAN_MANAGE", "CAN_MANAGE"),
        shown={"state": "AVAILABLE"},
    ),
    Collection(
        "/api/2.0/database/synced_tables",
        "synced_tables",
        "name",
        _fields("name database_instance_name logical_database_name spec"),
    ),
    Collection(
        "/api/2.0/clean-rooms",
        "clean_rooms",
        "name",
        _fields("name comment remote_detailed_info"),
        by=("owner",),
    ),
    Collection(
        "/api/2.1/knowledge-assistants",
        "knowledge_assistants",
        "id",
        _fields("display_name description instructions"),
        by=("creator",),
        named="display_name",
    ),
    Collection(
        "/api/2.1/supervisor-agents",
        "supervisor_agents",
        "id",
        _fields("display_name description instructions"),
        by=("creator",),
        named="display_name",
    ),
    Collection(
        "/api/2.0/global-init-scripts",
        "scripts",
        "script_id",
        _fields("enabled name position script"),
        by=("created_by",),
        paged=False,
    ),
)
