"""Objects of a workspace that act as an identity: apps, dashboards, queries, alerts, scripts.

An unknown field is refused.
"""

from __future__ import annotations

import copy
import secrets
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.collection_types import COLLECTIONS, DASHBOARDS, Collection
from rolecall.emulators.databricks.errors import exists, invalid, missing
from rolecall.emulators.databricks.models import SERVICE_PRINCIPAL, Account
from rolecall.emulators.databricks.permissions import ALERT, APP, DATABASE_INSTANCE, VECTOR_SEARCH_ENDPOINT, Permissions
from rolecall.emulators.databricks.run_as import run_as_name
from rolecall.emulators.databricks.workspace_routes import WorkspaceRoutes

# Parameters of requests that are no fields of the object.
CREATED_WITH = ("no_compute", "auto_resolve_display_name", "dataset_catalog", "dataset_schema")
NOT_OF_OBJECTS = frozenset({"update_mask", *CREATED_WITH})


class Collections(WorkspaceRoutes):
    """The routes for one workspace.

    Args:
        account: returns the account as it is now.
        workspace: the workspace's name.
        permissions: the workspace's permissions.
        page: how many objects a page has.
    """

    def __init__(self, account: Callable[[], Account], workspace: str, permissions: Permissions, page: int) -> None:
        super().__init__(account, workspace)
        self._permissions = permissions
        self._page = page

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found: list[Endpoint] = []
        for one in COLLECTIONS:
            found += [
                Endpoint("GET", one.path, self._bound(self.list_all, one)),
                Endpoint("POST", one.path, self._bound(self.create, one), knows=CREATED_WITH),
                Endpoint("GET", f"{one.path}/{{id}}", self._bound(self.get, one), knows=("include_serialized_space",)),
                Endpoint("PATCH", f"{one.path}/{{id}}", self._bound(self.update, one)),
                Endpoint("DELETE", f"{one.path}/{{id}}", self._bound(self.delete, one), knows=("purge", "force")),
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
        found = [_listed(one, each) for each in held if self._sees(call.caller, one, each)]
        if not one.paged:
            return {one.items: found}
        start, page = int(call.query.get("page_token") or 0), int(call.query.get("page_size") or self._page)
        answer: Json = {one.items: found[start : start + page]}
        if start + page < len(found):
            answer["next_page_token"] = str(start + page)
        return answer

    def create(self, call: Call, one: Collection) -> Json:
        """Make an object; by default it runs as its creator."""
        caller: Caller = call.caller
        body = self._fields(call, one)
        if not body.get(one.named):
            raise invalid(f"{one.named} is required.")
        held = self._held(one)
        identity = str(body["name"]) if one.identity == "name" else _identity(one)
        if identity in held:
            raise exists(f"{identity} already exists.")
        made: Json = {
            **copy.deepcopy({**one.shown}),
            **body,
            one.identity: identity,
            **dict.fromkeys(one.by, caller.name),
        }
        self._run_as(made, caller, one)
        if one.kind is VECTOR_SEARCH_ENDPOINT:
            made["id"] = str(uuid.uuid4())
        if one.path == DASHBOARDS:
            path = f"{body.get('parent_path') or '/Workspace'}/{body['display_name']}.lvdash.json"
            made |= {"etag": secrets.token_hex(4), "path": path}
        if one.path == "/api/2.0/apps":
            # Each app gets a service principal of its own: https://docs.databricks.com/en/dev-tools/databricks-apps/auth
            own = self._account.add(SERVICE_PRINCIPAL, f"app-{identity}")
            made |= {"id": _identity(one), "service_principal_client_id": own.application_id}
            made |= {"service_principal_id": int(own.id), "service_principal_name": own.display_name}
        held[identity] = made
        if one.kind is not None:
            self._permissions.created(one.kind, _permitted(one, made), caller)
        return _shown(one, made)

    def get(self, call: Call, one: Collection) -> Json:
        """Answer one object."""
        return _shown(one, self._find(call, one, one.needs[0]))

    def update(self, call: Call, one: Collection) -> Json:
        """Change the fields that the request names; without a mask, those that it holds."""
        found = self._find(call, one, one.needs[1])
        mask = str(call.query.get("update_mask") or call.body.get("update_mask") or "*")
        body = self._fields(call, one, found)
        names = [*body] if mask == "*" else [name.strip().partition(".")[0] for name in mask.split(",")]
        for name in names:
            if name in body:
                found[name] = body[name]
            elif name in one.fields:
                found.pop(name, None)
        self._run_as(found, call.caller, one)
        if one.path == DASHBOARDS:
            found["etag"] = secrets.token_hex(4)
        return _shown(one, found)

    def _find(self, call: Call, one: Collection, level: str) -> Json:
        found = self._held(one).get(call.parameters["id"])
        if found is None:
            raise missing(f"{call.parameters['id']} does not exist.")
        if one.kind is not None:
            self._permissions.require(call.caller, one.kind, _permitted(one, found), level, level)
        return found

    def _sees(self, caller: Caller, one: Collection, item: Json) -> bool:
        return one.kind is None or self._permissions.holds(caller, one.kind, _permitted(one, item), one.needs[0])

    def _fields(self, call: Call, one: Collection, shown: Mapping[str, Any] = MappingProxyType({})) -> Json:
        """Return the fields of an object in a request; refuse what is not known here.

        Fields that only the service sets, which clients send back as they were shown, are left out.
        """
        body = call.body.get(one.wrapped) or {} if one.wrapped else call.body
        only_shown = {*shown, *(f"effective_{name}" for name in one.fields)} - {*one.fields}
        found = {key: copy.deepcopy(value) for key, value in body.items() if key not in NOT_OF_OBJECTS | only_shown}
        if unknown := sorted(set(found) - set(one.fields) - {one.identity}):
            message = f"The emulator does not implement {', '.join(unknown)} of {one.path}."
            raise Refused(501, {"error_code": "NOT_IMPLEMENTED", "message": message})
        return found

    def _run_as(self, item: Json, caller: Caller, one: Collection) -> None:
        """Let an alert run as whom it names, by default as its creator."""
        if one.kind is ALERT:
            wanted = item.get("run_as")
            name = run_as_name(self._account, self._workspace, wanted, caller)
            field_name = "user_name" if "@" in name else "service_principal_name"
            if wanted or "effective_run_as" not in item:
                item["effective_run_as"] = {field_name: name}

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
        one = next(one for one in COLLECTIONS if one.kind is DATABASE_INSTANCE)
        return self._find(call, one, one.needs[0])

    def _clean_room(self, call: Call) -> Json:
        return self.get(call, next(one for one in COLLECTIONS if one.path == "/api/2.0/clean-rooms"))

    def _dashboard(self, call: Call) -> Json:
        return self.get(call, next(one for one in COLLECTIONS if one.path == DASHBOARDS))

    def delete(self, call: Call, one: Collection) -> Json:
        """Remove an object."""
        found = self._find(call, one, one.needs[2])
        if one.kind is DATABASE_INSTANCE and call.query.get("purge") != "true":
            raise invalid("purge must be true.")
        del self._held(one)[call.parameters["id"]]
        if one.kind is APP:
            # https://docs.databricks.com/en/dev-tools/databricks-apps/auth.html: the principal goes with its app.
            self._account.remove(str(found["service_principal_id"]))
        if one.kind is not None:
            self._permissions.deleted(one.kind, _permitted(one, found))
        return {}

    def _held(self, one: Collection) -> dict[str, Json]:
        return self._workspace.collections.setdefault(one.path, {})


def _permitted(one: Collection, item: Json) -> str:
    """Return the id by which an object's permissions are addressed."""
    return str(item["id"] if one.kind is VECTOR_SEARCH_ENDPOINT else item[one.identity])


def _shown(one: Collection, item: Json) -> Json:
    """Return an object as the service answers it."""
    if one.kind is not DATABASE_INSTANCE:
        return item
    names = ("capacity", "enable_pg_native_login", "node_count", "retention_window_in_days", "stopped")
    return {**item, **{f"effective_{name}": item[name] for name in names if name in item}}


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
