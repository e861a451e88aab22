"""Catalogs, schemas and volumes: https://docs.databricks.com/api/workspace/catalogs, …/schemas and …/volumes"""

from __future__ import annotations

import re
import uuid

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.databricks.errors import denied, invalid
from rolecall.emulators.databricks.securable_routes import ROOT, SecurableRoutes
from rolecall.emulators.databricks.securables import CATALOG, FUNCTION, SCHEMA, SHOWN, SYSTEM, TABLE, VOLUME

CONNECTION = "connection"
NAME = re.compile(r"[^./ \x00-\x1f\x7f]{1,255}")
# https://docs.databricks.com/en/data-governance/unity-catalog/resource-quotas.html
CHANGEABLE = {
    CATALOG: ("comment", "properties", "enable_predictive_optimization"),
    SCHEMA: ("comment", "properties", "enable_predictive_optimization"),
    VOLUME: ("comment",),
    TABLE: ("comment", "properties"),
}
QUOTAS = {CATALOG: 1_000, SCHEMA: 10_000, VOLUME: 10_000}


class UnityCatalog(SecurableRoutes):
    """The routes for one workspace."""

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        root = ROOT
        found: list[Endpoint] = []
        for kind, plural in ((CATALOG, "catalogs"), (SCHEMA, "schemas"), (VOLUME, "volumes")):
            found += self.endpoints_of(plural, kind)
        found.append(Endpoint("GET", f"{root}/tables/{{name}}", self.bound(self.get, TABLE)))
        found.append(Endpoint("GET", f"{root}/tables", self.bound(self.list_all, TABLE)))
        return found

    def create(self, call: Call, kind: str) -> Json:
        """Make a securable."""
        caller, body = self.caller(call), call.body
        name = str(body.get("name") or "")
        if not NAME.fullmatch(name):
            raise invalid(f"Invalid name: {name!r}.")
        parents = [str(body.get(key) or "") for key in ("catalog_name", "schema_name")]
        outer = {CATALOG: [], SCHEMA: parents[:1], VOLUME: parents}[kind]
        self._may_create(call, kind, outer)
        if len(self.of_type(kind)) >= QUOTAS[kind]:
            raise invalid(f"Cannot create {SHOWN[kind]}: the quota of {QUOTAS[kind]} is reached.")
        content: Json = {key: value for key, value in body.items() if key != "name"}
        now = self._clock.milliseconds()
        content |= {"name": name.lower(), "created_at": now, "created_by": caller.name, "updated_at": now}
        if kind == CATALOG:
            sort = "FOREIGN_CATALOG" if self._connection(call) else "MANAGED_CATALOG"
            content |= {"catalog_type": sort, "isolation_mode": "OPEN", "securable_type": "CATALOG"}
        elif kind == SCHEMA:
            content |= {"schema_id": str(uuid.uuid4()), "catalog_type": "MANAGED_CATALOG"}
        else:
            if body.get("volume_type") not in ("MANAGED", "EXTERNAL"):
                raise invalid("CreateVolume Missing required field: volume_type")
            content |= {"volume_id": str(uuid.uuid4())}
            content.setdefault("storage_location", f"s3://emulated/{uuid.uuid4()}")
        made = self.add(kind, ".".join([*outer, name]), caller, content)
        if kind == CATALOG:
            for inner in ("default", "information_schema"):
                own = {"name": inner, "catalog_name": name.lower(), "schema_id": str(uuid.uuid4())}
                self.add(SCHEMA, f"{name}.{inner}", caller, own)
        return made

    def list_all(self, call: Call, kind: str) -> Json:
        """Answer those that the caller may see, of one catalog or schema."""
        caller = self.caller(call)
        start = ".".join(call.query[key].lower() for key in ("catalog_name", "schema_name") if key in call.query)
        seen = [
            one
            for name, one in self.of_type(kind).items()
            if (not start or name.rpartition(".")[0] == start) and self.controls(caller, kind, name)
        ]
        call.query.get("include_browse"), call.query.get("omit_columns"), call.query.get("omit_properties")
        return self.paged(call, f"{kind}s", seen)

    def get(self, call: Call, kind: str) -> Json:
        """Answer one."""
        found = self.find(kind, call.parameters["name"])
        self.require_bound(kind, call.parameters["name"])
        call.query.get("include_browse")
        self.require_visible(self.caller(call), kind, call.parameters["name"])
        return found

    def update(self, call: Call, kind: str) -> Json:
        """Change comment, owner or properties."""
        name = call.parameters["name"]
        found = self.find(kind, name)
        self.require_control(self.caller(call), kind, name)
        if owner := call.body.get("owner"):
            self.require_owner(str(owner))
            found["owner"] = owner
        if "isolation_mode" in call.body:
            self._isolate(found, kind, str(call.body["isolation_mode"]))
        for key in CHANGEABLE[kind]:
            if key in call.body:
                found[key] = call.body[key]
        call.body.get("options")
        if wanted := str(call.body.get("new_name") or ""):
            if not NAME.fullmatch(wanted):
                raise invalid(f"Invalid name: {wanted!r}.")
            found = self.rename(kind, name, wanted)
        found["updated_at"] = self._clock.milliseconds()
        return found

    def _isolate(self, found: Json, kind: str, mode: str) -> None:
        """Set from where a catalog can be used; one that is isolated is bound to this workspace at first."""
        if kind != CATALOG or mode not in ("OPEN", "ISOLATED"):
            raise invalid(f"Invalid isolation mode: {mode}.")
        if mode == "ISOLATED" and found.get("isolation_mode") != "ISOLATED":
            held = self.metastore.bindings.setdefault(f"{CATALOG}/{found['full_name']}", [])
            if not held:
                held.append({"workspace_id": self._workspace.id, "binding_type": "BINDING_TYPE_READ_WRITE"})
        found["isolation_mode"] = mode

    def delete(self, call: Call, kind: str) -> Json:
        """Remove one; what has something in it only by force."""
        name = call.parameters["name"].lower()
        self.find(kind, name)
        self.require_control(self.caller(call), kind, name)
        inner = self.children(name) if kind != VOLUME else []
        own = (f"{name}.default", f"{name}.information_schema")
        held = [(sort, one) for sort, one in inner if sort != SCHEMA or one not in own]
        if held and call.query.get("force") != "true":
            raise invalid(_not_empty(kind, name, held))
        for sort, one in inner:
            self.remove(sort, one)
        self.remove(kind, name)
        return {}

    def _connection(self, call: Call) -> str:
        """Return the connection that a new catalog mirrors; its maker needs CREATE FOREIGN CATALOG on it.

        https://docs.databricks.com/en/query-federation/index.html
        """
        name, caller = str(call.body.get("connection_name") or ""), self.caller(call)
        if name:
            self.find(CONNECTION, name)
            if not self.controls(caller, CONNECTION, name) and not self.holds(
                caller, CONNECTION, name, "CREATE_FOREIGN_CATALOG"
            ):
                raise denied(f"User does not have CREATE FOREIGN CATALOG on Connection '{name}'.")
        return name

    def _may_create(self, call: Call, kind: str, outer: list[str]) -> None:
        caller = self.caller(call)
        if kind == CATALOG:
            if not self.may_create(caller, "CREATE_CATALOG"):
                raise denied("User does not have CREATE CATALOG on Metastore.")
            return
        parent, privilege = (CATALOG, "CREATE_SCHEMA") if kind == SCHEMA else (SCHEMA, "CREATE_VOLUME")
        full_name = ".".join(outer)
        self.find(parent, full_name)
        if outer[0].lower() == SYSTEM:
            raise denied(f"{SHOWN[parent]} '{full_name}' is managed by Databricks.")
        self.require_use(caller, f"{full_name}.x")
        if not self.controls(caller, parent, full_name) and not self.holds(caller, parent, full_name, privilege):
            raise denied(f"User does not have {privilege.replace('_', ' ')} on {SHOWN[parent]} '{full_name}'.")


def _not_empty(kind: str, name: str, held: list[tuple[str, str]]) -> str:
    """Say what is in the way: https://github.com/databricks/terraform-provider-databricks/issues/3659

    Registered models are counted as functions: https://github.com/databricks/terraform-provider-databricks/issues/4046
    """
    if kind == CATALOG:
        return f"Catalog '{name}' is not empty. The catalog has {sum(sort == SCHEMA for sort, _ in held)} schema(s)"
    tables, functions, volumes = (sum(sort == one for sort, _ in held) for one in (TABLE, FUNCTION, VOLUME))
    counted = f"{tables} tables(s), {functions} functions(s), {volumes} volumes(s)"
    return f"Schema '{name}' is not empty. The schema has {counted}"
