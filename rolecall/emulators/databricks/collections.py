"""Objects of a workspace that act as an identity: apps, dashboards, queries, alerts, scripts.

Each row of the table is one collection as the API describes it: https://docs.databricks.com/api/workspace. The fields
are those of the vendor's SDK; a field that is not known here is refused, never taken silently.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, exists, invalid, missing
from rolecall.emulators.databricks.models import SERVICE_PRINCIPAL, Account
from rolecall.emulators.databricks.workspace_routes import WorkspaceRoutes

DASHBOARDS = "/api/2.0/lakeview/dashboards"


@dataclass(frozen=True)
class Collection:
    """A collection of objects.

    Attributes:
        path: its path.
        items: the key of a page's items.
        identity: the field with an object's id; the name where the service tells objects apart by it.
        fields: the fields that a client may write.
        wrapped: the key of the body that holds the object; empty where the body is the object.
        by: the field that says who made it, and, where there is one, as whom it runs.
        paged: it is listed in pages.
        named: the field with its name.
        within: the field and parameter with the name of what it lies in; empty where the list answers all.
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


COLLECTIONS = (
    Collection(
        "/api/2.0/apps", "apps", "name", ("name", "description", "resources", "user_api_scopes"), by=("creator",)
    ),
    Collection(
        DASHBOARDS,
        "dashboards",
        "dashboard_id",
        ("display_name", "parent_path", "serialized_dashboard", "warehouse_id"),
        named="display_name",
    ),
    Collection(
        "/api/2.0/sql/queries",
        "results",
        "id",
        (
            "apply_auto_limit",
            "catalog",
            "description",
            "display_name",
            "parameters",
            "parent_path",
            "query_text",
            "run_as_mode",
            "schema",
            "tags",
            "warehouse_id",
        ),
        wrapped="query",
        by=("owner_user_name",),
        named="display_name",
    ),
    Collection(
        "/api/2.0/alerts",
        "alerts",
        "id",
        (
            "custom_description",
            "custom_summary",
            "display_name",
            "evaluation",
            "parent_path",
            "query_text",
            "run_as",
            "schedule",
            "warehouse_id",
        ),
        by=("owner_user_name", "run_as_user_name"),
        named="display_name",
    ),
    Collection(
        "/api/2.0/sql/alerts",
        "results",
        "id",
        (
            "condition",
            "custom_body",
            "custom_subject",
            "display_name",
            "notify_on_ok",
            "parent_path",
            "query_id",
            "seconds_to_retrigger",
        ),
        wrapped="alert",
        by=("owner_user_name",),
        named="display_name",
    ),
    Collection(
        "/api/2.0/genie/spaces",
        "spaces",
        "space_id",
        ("title", "description", "warehouse_id", "serialized_space", "parent_path"),
        named="title",
    ),
    Collection(
        "/api/2.0/vector-search/endpoints",
        "endpoints",
        "name",
        ("name", "endpoint_type", "budget_policy_id"),
        by=("creator",),
    ),
    Collection(
        "/api/2.0/vector-search/indexes",
        "vector_indexes",
        "name",
        (
            "name",
            "endpoint_name",
            "primary_key",
            "index_type",
            "delta_sync_index_spec",
            "direct_access_index_spec",
        ),
        by=("creator",),
        within="endpoint_name",
    ),
    Collection(
        "/api/2.0/database/instances",
        "database_instances",
        "name",
        ("name", "capacity", "enable_pg_native_login", "node_count", "retention_window_in_days", "stopped"),
        by=("creator",),
    ),
    Collection(
        "/api/2.0/database/synced_tables",
        "synced_tables",
        "name",
        ("name", "database_instance_name", "logical_database_name", "spec"),
    ),
    Collection(
        "/api/2.0/clean-rooms",
        "clean_rooms",
        "name",
        ("name", "comment", "remote_detailed_info"),
        by=("owner",),
    ),
    Collection(
        "/api/2.1/knowledge-assistants",
        "knowledge_assistants",
        "id",
        ("display_name", "description", "instructions"),
        by=("creator",),
        named="display_name",
    ),
    Collection(
        "/api/2.1/supervisor-agents",
        "supervisor_agents",
        "id",
        ("display_name", "description", "instructions"),
        by=("creator",),
        named="display_name",
    ),
    Collection(
        "/api/2.0/global-init-scripts",
        "scripts",
        "script_id",
        ("enabled", "name", "position", "script"),
        by=("created_by",),
        paged=False,
    ),
)


class Collections(WorkspaceRoutes):
    """The routes for one workspace.

    Args:
        account: returns the account as it is now.
        workspace: the workspace's name.
        page: how many objects a page has.
    """

    def __init__(self, account: Callable[[], Account], workspace: str, page: int) -> None:
        super().__init__(account, workspace)
        self._page = page

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found: list[Endpoint] = []
        for one in COLLECTIONS:
            found += [
                Endpoint("GET", one.path, self._bound(self.list_all, one)),
                Endpoint("POST", one.path, self._bound(self.create, one)),
                Endpoint("GET", f"{one.path}/{{id}}", self._bound(self.get, one), knows=("include_serialized_space",)),
                Endpoint("DELETE", f"{one.path}/{{id}}", self._bound(self.delete, one)),
            ]
        published = f"{DASHBOARDS}/{{id}}/published"
        assets = "/api/2.0/clean-rooms/{id}/assets"
        return [
            *found,
            Endpoint("GET", published, self.published),
            Endpoint("POST", published, self.publish),
            Endpoint("GET", assets, self.assets),
            Endpoint("POST", assets, self.add_asset),
            Endpoint("GET", "/api/2.0/database/instances/{id}/synced_tables", self.synced_tables),
            Endpoint("GET", "/api/2.0/database/instances/{id}/roles", self.database_roles),
            Endpoint("POST", "/api/2.0/database/instances/{id}/roles", self.create_database_role),
        ]

    def _bound(self, method: Callable[[Call, Collection], Json], one: Collection) -> Callable[[Call], Json]:
        return lambda call: method(call, one)

    def list_all(self, call: Call, one: Collection) -> Json:
        """Answer a page."""
        within = call.query.get(one.within) if one.within else None
        if one.within and not within:
            raise invalid(f"{one.within} is required.")
        held = [each for each in self._held(one).values() if within in (None, each.get(one.within))]
        found = [_listed(one, each) for each in held]
        if not one.paged:
            return {one.items: found}
        start = int(call.query.get("page_token") or 0)
        answer: Json = {one.items: found[start : start + self._page]}
        if start + self._page < len(found):
            answer["next_page_token"] = str(start + self._page)
        return answer

    def create(self, call: Call, one: Collection) -> Json:
        """Make an object; by default it runs as its creator."""
        caller: Caller = call.caller
        body = call.body.get(one.wrapped) or {} if one.wrapped else call.body
        unknown = sorted(set(body) - set(one.fields))
        if unknown:
            message = f"The emulator does not implement {', '.join(unknown)} of {one.path}."
            raise Refused(501, {"error_code": "NOT_IMPLEMENTED", "message": message})
        if not body.get(one.named):
            raise invalid(f"{one.named} is required.")
        held = self._held(one)
        identity = str(body["name"]) if one.identity == "name" else _identity(one)
        if identity in held:
            raise exists(f"{identity} already exists.")
        made: Json = {**body, one.identity: identity, **dict.fromkeys(one.by, caller.name)}
        run_as = body.get("run_as") or {}
        if chosen := run_as.get("service_principal_name") or run_as.get("user_name"):
            if self._account.named(str(chosen)) is None:
                raise invalid(f"Principal {chosen} does not exist.")
            if not caller.is_workspace_admin:
                raise denied(f"{caller.name} may not set run_as.")
            made["run_as_user_name"] = chosen
        if one.path == "/api/2.0/apps":
            # Each app gets a service principal of its own: https://docs.databricks.com/en/dev-tools/databricks-apps/auth
            own = self._account.add(SERVICE_PRINCIPAL, f"app-{identity}")
            made |= {"id": _identity(one), "service_principal_client_id": own.application_id}
            made |= {"service_principal_id": int(own.id), "service_principal_name": own.display_name}
        held[identity] = made
        return made

    def get(self, call: Call, one: Collection) -> Json:
        """Answer one object."""
        found = self._held(one).get(call.parameters["id"])
        if found is None:
            raise missing(f"{call.parameters['id']} does not exist.")
        return found

    def publish(self, call: Call) -> Json:
        """Publish a dashboard: https://docs.databricks.com/api/workspace/lakeview/publish."""
        dashboard = self._dashboard(call)
        unknown = sorted(set(call.body) - {"embed_credentials", "warehouse_id"})
        if unknown:
            message = f"The emulator does not implement {', '.join(unknown)} of {DASHBOARDS}."
            raise Refused(501, {"error_code": "NOT_IMPLEMENTED", "message": message})
        shown = {"display_name": dashboard["display_name"], "embed_credentials": True, **call.body}
        self._workspace.collections.setdefault(f"{DASHBOARDS}/published", {})[call.parameters["id"]] = shown
        return shown

    def published(self, call: Call) -> Json:
        """Answer how a dashboard is published."""
        found = self._workspace.collections.get(f"{DASHBOARDS}/published", {}).get(call.parameters["id"])
        if found is None:
            raise missing(f"Unable to find published dashboard {call.parameters['id']}.")
        return found

    def assets(self, call: Call) -> Json:
        """Answer what a clean room shares: https://docs.databricks.com/api/workspace/cleanroomassets/list."""
        return {"assets": self._clean_room(call).get("assets", [])}

    def add_asset(self, call: Call) -> Json:
        """Share something in a clean room."""
        asset = {**call.body, "added_at": 0}
        if not asset.get("name") or not asset.get("asset_type"):
            raise invalid("name and asset_type are required.")
        self._clean_room(call).setdefault("assets", []).append(asset)
        return asset

    def synced_tables(self, call: Call) -> Json:
        """Answer the tables of an instance: https://docs.databricks.com/api/workspace/database/listsyncedtables."""
        own = self._workspace.collections.get("/api/2.0/database/synced_tables", {}).values()
        return {"synced_tables": [one for one in own if one.get("database_instance_name") == call.parameters["id"]]}

    def database_roles(self, call: Call) -> Json:
        """Answer the roles of an instance: https://docs.databricks.com/api/workspace/database/listdatabaseinstanceroles."""
        return {"database_instance_roles": self._database(call).get("roles", [])}

    def create_database_role(self, call: Call) -> Json:
        """Let a principal of the account sign in to an instance."""
        role = dict(call.body)
        if self._account.named(str(role.get("name"))) is None:
            raise missing(f"Principal {role.get('name')} does not exist.")
        self._database(call).setdefault("roles", []).append(role)
        return role

    def _database(self, call: Call) -> Json:
        return self.get(call, next(one for one in COLLECTIONS if one.path == "/api/2.0/database/instances"))

    def _clean_room(self, call: Call) -> Json:
        return self.get(call, next(one for one in COLLECTIONS if one.path == "/api/2.0/clean-rooms"))

    def _dashboard(self, call: Call) -> Json:
        return self.get(call, next(one for one in COLLECTIONS if one.path == DASHBOARDS))

    def delete(self, call: Call, one: Collection) -> Json:
        """Remove an object."""
        self.get(call, one)
        del self._held(one)[call.parameters["id"]]
        return {}

    def _held(self, one: Collection) -> dict[str, Json]:
        return self._workspace.collections.setdefault(one.path, {})


def _identity(one: Collection) -> str:
    return secrets.token_hex(16) if one.path.endswith("dashboards") else str(uuid.uuid4())


def _listed(one: Collection, item: Json) -> Json:
    """Return an object as the list has it: of an index not its source."""
    if one.path in ("/api/2.0/clean-rooms", "/api/2.0/database/instances"):
        return {key: item[key] for key in item if key not in ("assets", "roles")}
    if one.path == "/api/2.0/genie/spaces":
        return {key: item[key] for key in item if key != "serialized_space"}
    if one.path == "/api/2.0/vector-search/indexes":
        return {key: item[key] for key in item if not key.endswith("_spec")}
    return item
