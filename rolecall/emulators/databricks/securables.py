"""Objects of a metastore, who owns them, and what their owners and others may do.

https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/index.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rolecall.emulators.application import Call, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.models import Metastore
from rolecall.emulators.databricks.workspace_routes import WorkspaceRoutes

CATALOG, SCHEMA, VOLUME, TABLE, FUNCTION = "catalog", "schema", "volume", "table", "function"
# Functions that are no models.
ROUTINE = "routine"
# Every principal of the account is in it.
EVERYBODY = "account users"
SYSTEM = "system"
SHOWN = {
    CATALOG: "Catalog",
    SCHEMA: "Schema",
    VOLUME: "Volume",
    TABLE: "Table",
    FUNCTION: "Registered Model",
    ROUTINE: "Function",
}
# Items of a page whose size the service chooses.
PAGE = 100
# Which privileges can be given on what: a parent takes those of its children too.
_DATA = {"SELECT", "MODIFY", "READ_VOLUME", "WRITE_VOLUME", "EXECUTE", "REFRESH"}
_CREATE = {"CREATE_TABLE", "CREATE_VOLUME", "CREATE_FUNCTION", "CREATE_MODEL", "CREATE_MATERIALIZED_VIEW"}
_EVERY = {"ALL_PRIVILEGES", "APPLY_TAG", "MANAGE"}
_FILES = {"ALL_PRIVILEGES", "MANAGE", "READ_FILES", "WRITE_FILES"}
PRIVILEGES = {
    CATALOG: _EVERY | _DATA | _CREATE | {"USE_CATALOG", "USE_SCHEMA", "CREATE_SCHEMA", "BROWSE"},
    SCHEMA: _EVERY | _DATA | _CREATE | {"USE_SCHEMA"},
    VOLUME: _EVERY | {"READ_VOLUME", "WRITE_VOLUME"},
    TABLE: _EVERY | {"SELECT", "MODIFY", "REFRESH"},
    FUNCTION: _EVERY | {"EXECUTE"},
    "external_location": _FILES | {
        "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME", "CREATE_MANAGED_STORAGE", "CREATE_FOREIGN_SECURABLE",
        "EXTERNAL_USE_LOCATION", "BROWSE",
    },
    "storage_credential": _FILES | {"CREATE_EXTERNAL_LOCATION", "CREATE_EXTERNAL_TABLE"},
    "credential": {"ALL_PRIVILEGES", "MANAGE", "ACCESS", "CREATE_CONNECTION"},
    "connection": {"ALL_PRIVILEGES", "MANAGE", "USE_CONNECTION", "CREATE_FOREIGN_CATALOG"},
    "metastore": {
        "CREATE_CATALOG", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_STORAGE_CREDENTIAL", "CREATE_SHARE",
        "CREATE_RECIPIENT", "MANAGE_ALLOWLIST", "SET_SHARE_PERMISSION", "USE_MARKETPLACE_ASSETS", "CREATE_CLEAN_ROOM",
        "CREATE_PROVIDER", "CREATE_SERVICE_CREDENTIAL", "CREATE_EXTERNAL_METADATA", "USE_CONNECTION", "USE_PROVIDER",
        "USE_RECIPIENT", "USE_SHARE", "CREATE_MATERIALIZED_VIEW",
    },
}  # fmt: skip


class Securables(WorkspaceRoutes):
    """What all routes of Unity Catalog start from: the metastore of one workspace."""

    @property
    def metastore(self) -> Metastore:
        """The metastore that is assigned to the workspace."""
        found = self._account.metastores.get(self._workspace.metastore)
        if found is None:
            raise missing("No metastore assigned for the current workspace.")
        return found

    def known(self, body: Json, fields: tuple[str, ...]) -> None:
        """Refuse fields that the emulator does not implement."""
        if unknown := sorted(set(body) - set(fields)):
            message = f"The emulator does not implement {', '.join(unknown)}."
            raise Refused(501, {"error_code": "NOT_IMPLEMENTED", "message": message})

    def of_type(self, kind: str) -> dict[str, Json]:
        """Return all securables of a type, by full name."""
        return self.metastore.securables.setdefault(kind, {})

    def find(self, kind: str, full_name: str) -> Json:
        """Return a securable; names are compared without case."""
        found = self.of_type(kind).get(full_name.lower())
        if found is None:
            raise missing(f"{SHOWN[kind]} '{full_name}' does not exist.")
        return found

    def add(self, kind: str, full_name: str, caller: Caller, content: Json) -> Json:
        """Keep a new securable; the creator owns it."""
        full_name = full_name.lower()
        if full_name in self.of_type(kind):
            raise invalid(f"{SHOWN[kind]} '{full_name}' already exists")
        made = {**content, "full_name": full_name, "owner": caller.name, "metastore_id": self.metastore.id}
        self.of_type(kind)[full_name] = made
        return made

    def remove(self, kind: str, full_name: str) -> None:
        """Forget a securable with what is held on it."""
        full_name = full_name.lower()
        del self.of_type(kind)[full_name]
        self.metastore.privileges.pop(f"{kind}/{full_name}", None)
        self.metastore.tags.pop(f"{kind}/{full_name}", None)

    def rename(self, kind: str, full_name: str, new_name: str) -> Json:
        """Rename a securable, with what lies in it; privileges, tags, policies and bindings go with it."""
        old, own = full_name.lower(), new_name.lower()
        new = ".".join([*old.split(".")[:-1], own])
        if new in self.of_type(kind):
            raise invalid(f"{SHOWN[kind]} '{new}' already exists")
        place = old.count(".")
        parents = {CATALOG: "catalog_name", SCHEMA: "schema_name"}
        for sort, name in [(kind, old), *(self.children(old) if kind in (CATALOG, SCHEMA) else [])]:
            renamed = ".".join([*new.split("."), *name.split(".")[place + 1 :]])
            held = self.of_type(sort).pop(name)
            held["full_name"] = renamed
            held[parents[kind] if name != old else "name"] = own
            self.of_type(sort)[renamed] = held
            parts: tuple[dict[str, Any], ...] = (
                self.metastore.privileges,
                self.metastore.tags,
                self.metastore.policies,
                self.metastore.bindings,
            )
            for part in parts:
                if f"{sort}/{name}" in part:
                    part[f"{sort}/{renamed}"] = part.pop(f"{sort}/{name}")
        return self.of_type(kind)[new]

    def require_owner(self, name: str) -> None:
        """Refuse an unknown owner; every identity of the account may own something."""
        if name != EVERYBODY and self._account.named(name) is None:
            raise missing(f"Could not find principal with name {name}")

    def require_bound(self, kind: str, full_name: str) -> None:
        """Refuse what is isolated from this workspace."""
        if not self.is_bound(kind, full_name):
            raise denied(f"{SHOWN[kind]} '{full_name.lower()}' is not accessible in current workspace")

    def is_bound(self, kind: str, full_name: str) -> bool:
        """Return whether something can be used from this workspace.

        https://docs.databricks.com/en/catalogs/binding.html
        """
        top = (
            full_name.lower().split(".")[0] if kind in (CATALOG, SCHEMA, VOLUME, TABLE, FUNCTION) else full_name.lower()
        )
        outer = CATALOG if kind in (SCHEMA, VOLUME, TABLE, FUNCTION) else kind
        found = self.of_type(outer).get(top) or {}
        if not str(found.get("isolation_mode", "")).endswith("ISOLATED"):
            return True
        return self._workspace.id in {
            int(one["workspace_id"]) for one in self.metastore.bindings.get(f"{outer}/{top}", [])
        }

    def paged(self, call: Call, key: str, items: list[Json]) -> Json:
        """Return a page: all where the call names no size, and the service's own size for 0."""
        text = call.query.get("max_results")
        start = int(call.query.get("page_token") or 0)
        if text is not None and int(text) < 0:
            raise invalid("max_results must not be negative.")
        size = len(items) if text is None and not start else int(text or 0) or PAGE
        answer: Json = {key: items[start : start + size]}
        if start + size < len(items):
            answer["next_page_token"] = str(start + size)
        return answer

    def children(self, full_name: str) -> list[tuple[str, str]]:
        """Return what lies in a catalog or schema, directly or deeper."""
        start = f"{full_name.lower()}."
        return [
            (kind, name) for kind, each in self.metastore.securables.items() for name in each if name.startswith(start)
        ]

    def is_admin(self, caller: Caller) -> bool:
        """Return whether a caller administers the metastore: the account's administrators and its owner do."""
        if caller.principal.id in self._account.admins:
            return True
        owner = self.metastore.owner
        groups = {self._account.name_of(one) for one in self._account.groups_of(caller.principal.id)}
        return bool(owner) and owner in {caller.name, EVERYBODY, *groups}

    def may_create(self, caller: Caller, privilege: str) -> bool:
        """Return whether a caller may make something at the top of the metastore."""
        return self.is_admin(caller) or privilege in self._given(caller, "metastore", self.metastore.id)

    def controls(self, caller: Caller, kind: str, full_name: str) -> bool:
        """Return whether a caller owns or manages a securable, or what it lies in."""
        if self.is_admin(caller):
            return True
        groups = {self._account.name_of(one) for one in self._account.groups_of(caller.principal.id)}
        for outer, name in self._path(kind, full_name):
            owner = str((self.of_type(outer).get(name) or {}).get("owner", ""))
            if owner in {caller.name, EVERYBODY, *groups} or "MANAGE" in self._given(caller, outer, name):
                return True
        return False

    def holds(self, caller: Caller, kind: str, full_name: str, privilege: str) -> bool:
        """Return whether a caller holds a privilege on a securable, given on it or on what it lies in."""
        if self.is_admin(caller):
            return True
        held = {one for outer, name in self._path(kind, full_name) for one in self._given(caller, outer, name)}
        owner = str((self.of_type(kind).get(full_name.lower()) or {}).get("owner", ""))
        return owner == caller.name or privilege in held or "ALL_PRIVILEGES" in held

    def require_use(self, caller: Caller, full_name: str) -> None:
        """Refuse a caller who may not use the catalog and schema that something lies in."""
        parts = full_name.lower().split(".")
        if not self.holds(caller, CATALOG, parts[0], "USE_CATALOG"):
            raise denied(f"User does not have USE CATALOG on Catalog '{parts[0]}'.")
        schema = ".".join(parts[:2])
        if len(parts) > 2 and not self.holds(caller, SCHEMA, schema, "USE_SCHEMA"):
            raise denied(f"User does not have USE SCHEMA on Schema '{schema}'.")

    def require_control(self, caller: Caller, kind: str, full_name: str) -> None:
        """Refuse a caller who neither owns nor manages a securable."""
        if not self.controls(caller, kind, full_name):
            raise denied(f"User is not an owner of {SHOWN[kind]} '{full_name}'.")

    def require_visible(self, caller: Caller, kind: str, full_name: str) -> None:
        """Refuse a caller who holds nothing on a securable."""
        held = {one for outer, name in self._path(kind, full_name) for one in self._given(caller, outer, name)}
        if kind not in (CATALOG, SCHEMA):
            # The use of what lies around something shows nothing of the thing itself.
            held -= {"USE_CATALOG", "USE_SCHEMA"}
        if not held and not self.controls(caller, kind, full_name):
            raise denied(f"User does not have any privileges on {SHOWN[kind]} '{full_name}'.")

    def _path(self, kind: str, full_name: str) -> Iterator[tuple[str, str]]:
        """Yield a securable and what it lies in."""
        parts = full_name.lower().split(".")
        yield kind, ".".join(parts)
        if len(parts) == 3:
            yield SCHEMA, ".".join(parts[:2])
        if len(parts) > 1:
            yield CATALOG, parts[0]

    def _given(self, caller: Caller, kind: str, full_name: str) -> set[str]:
        holders = {caller.principal.id, *self._account.groups_of(caller.principal.id), EVERYBODY}
        held = self.metastore.privileges.get(f"{kind}/{full_name.lower()}", {})
        return {privilege for holder, privileges in held.items() if holder in holders for privilege in privileges}

    def caller(self, call: Call) -> Caller:
        """Return who calls."""
        assert isinstance(call.caller, Caller)
        return call.caller
