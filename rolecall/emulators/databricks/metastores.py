"""Metastores and their assignment to workspaces, from the workspace's side and from the account's; system schemas.

https://docs.databricks.com/api/workspace/metastores, …/systemschemas, https://docs.databricks.com/api/account/metastores
"""

from __future__ import annotations

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.databricks.account_routes import AccountRoutes
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.models import Metastore
from rolecall.emulators.databricks.securables import CATALOG, SCHEMA, SYSTEM, TABLE, Securables
from rolecall.emulators.routes import route

# Schemas of system tables that can be enabled, with the tables that are governed here.
SYSTEM_SCHEMAS = {
    "access": ("audit", "table_lineage", "column_lineage"),
    "compute": ("clusters",),
    "billing": ("usage",),
}
OWNER = "System user"


class WorkspaceMetastore(Securables):
    """The routes for one workspace."""

    @route("GET", "/api/2.1/unity-catalog/current-metastore-assignment")
    def current(self, call: Call) -> Json:
        """Answer which metastore is assigned."""
        return {
            "metastore_id": self.metastore.id,
            "workspace_id": self._workspace.id,
            "default_catalog_name": "hive_metastore",
        }

    @route("GET", "/api/2.1/unity-catalog/metastore_summary")
    def summary(self, call: Call) -> Json:
        """Answer the metastore."""
        own = {"owner": self.metastore.owner} if self.metastore.owner else {}
        place = {"region": "eu-central-1", "cloud": "aws", "privilege_model_version": "1.0"}
        sharing = {
            "delta_sharing_scope": self.metastore.sharing_scope,
            "delta_sharing_recipient_token_lifetime_in_seconds": self.metastore.recipient_token_seconds,
            "global_metastore_id": f"aws:eu-central-1:{self.metastore.id}",
        }
        return {"metastore_id": self.metastore.id, "name": self.metastore.name, **place, **sharing, **own}

    @route("GET", "/api/2.1/unity-catalog/metastores")
    def list_all(self, call: Call) -> Json:
        """Answer the metastores that can be seen from here: the assigned one."""
        self.caller(call)
        return self.paged(call, "metastores", [self.summary(call)])

    @route("GET", "/api/2.1/unity-catalog/metastores/{metastore}")
    def get(self, call: Call) -> Json:
        """Answer the metastore by its id."""
        if call.parameters["metastore"] != self.metastore.id:
            raise missing(f"Metastore '{call.parameters['metastore']}' does not exist.")
        return self.summary(call)

    @route("PATCH", "/api/2.1/unity-catalog/metastores/{metastore}")
    def update(self, call: Call) -> Json:
        """Change the metastore's owner, who is its administrator thereby, its name, and how it shares data."""
        if not self.is_admin(self.caller(call)):
            raise denied("Only account admins can change a metastore.")
        if call.parameters["metastore"] != self.metastore.id:
            raise missing(f"Metastore '{call.parameters['metastore']}' does not exist.")
        if owner := call.body.get("owner"):
            self.require_owner(str(owner))
            self.metastore.owner = str(owner)
        if name := call.body.get("new_name"):
            self.metastore.name = str(name)
        lifetime = call.body.get("delta_sharing_recipient_token_lifetime_in_seconds")
        if scope := call.body.get("delta_sharing_scope"):
            if scope not in ("INTERNAL", "INTERNAL_AND_EXTERNAL"):
                raise invalid(f"Invalid delta sharing scope: {scope}.")
            if lifetime is None:
                raise invalid("delta_sharing_scope needs delta_sharing_recipient_token_lifetime_in_seconds.")
            self.metastore.sharing_scope = str(scope)
        if lifetime is not None:
            self.metastore.recipient_token_seconds = int(lifetime)
        return self.summary(call)

    @route("GET", "/api/2.1/unity-catalog/metastores/{metastore}/systemschemas")
    def list_schemas(self, call: Call) -> Json:
        """Answer the system schemas."""
        enabled = self.metastore.system_schemas
        return {
            "schemas": [
                {"schema": name, "state": "ENABLE_COMPLETED" if name in enabled else "AVAILABLE"}
                for name in SYSTEM_SCHEMAS
            ]
        }

    @route("PUT", "/api/2.1/unity-catalog/metastores/{metastore}/systemschemas/{schema}")
    def enable(self, call: Call) -> Json:
        """Let the metastore have a system schema with its tables."""
        name = self._schema(call)
        if name in self.metastore.system_schemas:
            raise invalid(f"{name} schema already exists")
        self.metastore.system_schemas.append(name)
        own = {"owner": OWNER}
        self.of_type(CATALOG).setdefault(SYSTEM, {"name": SYSTEM, "full_name": SYSTEM, **own})
        self.of_type(SCHEMA)[f"{SYSTEM}.{name}"] = {"name": name, "full_name": f"{SYSTEM}.{name}", **own}
        for table in SYSTEM_SCHEMAS[name]:
            full_name = f"{SYSTEM}.{name}.{table}"
            self.of_type(TABLE)[full_name] = {"name": table, "full_name": full_name, **own}
        return {}

    @route("DELETE", "/api/2.1/unity-catalog/metastores/{metastore}/systemschemas/{schema}")
    def disable(self, call: Call) -> Json:
        """Take a system schema away, with all that was given on it."""
        name = self._schema(call)
        if name not in self.metastore.system_schemas:
            raise missing(f"{name} schema is not enabled")
        self.metastore.system_schemas.remove(name)
        for kind, one in [*self.children(f"{SYSTEM}.{name}"), (SCHEMA, f"{SYSTEM}.{name}")]:
            self.remove(kind, one)
        if not self.metastore.system_schemas:
            self.remove(CATALOG, SYSTEM)
        return {}

    def _schema(self, call: Call) -> str:
        if not self.is_admin(self.caller(call)):
            raise denied("Only account admins can change system schemas.")
        if call.parameters["metastore"] != self.metastore.id or call.parameters["schema"] not in SYSTEM_SCHEMAS:
            raise missing(f"System schema {call.parameters['schema']} does not exist.")
        return call.parameters["schema"]


class AccountMetastores(AccountRoutes):
    """The routes of the account."""

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        root = "/api/2.0/accounts/{account_id}"
        assigned = f"{root}/workspaces/{{workspace_id}}/metastores/{{metastore}}"
        return [
            Endpoint("GET", f"{root}/metastores", self.list_all),
            Endpoint("GET", f"{root}/metastores/{{metastore}}", lambda call: {"metastore_info": self._shown(call)}),
            Endpoint("GET", f"{root}/workspaces/{{workspace_id}}/metastore", self.get),
            Endpoint("POST", assigned, self.assign),
            Endpoint("PUT", assigned, self.assign),
            Endpoint("DELETE", assigned, self.unassign),
        ]

    def list_all(self, call: Call) -> Json:
        """Answer all metastores."""
        self._require_admin(call)
        found = self._account().metastores.values()
        return {"metastores": [{"metastore_id": one.id, "name": one.name} for one in found]}

    def get(self, call: Call) -> Json:
        """Answer which metastore a workspace has."""
        workspace = self._named_workspace(call)
        if not workspace.metastore:
            raise missing(f"No metastore assigned to workspace {workspace.id}.")
        return {"metastore_assignment": {"metastore_id": workspace.metastore, "workspace_id": workspace.id}}

    def assign(self, call: Call) -> Json:
        """Give a workspace a metastore."""
        workspace = self._named_workspace(call)
        found: Json = call.body.get("metastore_assignment") or {}
        wanted = self._metastore(call).id
        if found.get("metastore_id", wanted) != wanted:
            raise invalid("metastore_id of the body is another one than the path's.")
        workspace.metastore = wanted
        return {}

    def unassign(self, call: Call) -> Json:
        """Take a workspace's metastore away."""
        workspace = self._named_workspace(call)
        if workspace.metastore != self._metastore(call).id:
            raise missing(f"Metastore {call.parameters['metastore']} is not assigned to workspace {workspace.id}.")
        workspace.metastore = ""
        return {}

    def _shown(self, call: Call) -> Json:
        found = self._metastore(call)
        return {"metastore_id": found.id, "name": found.name}

    def _metastore(self, call: Call) -> Metastore:
        self._require_admin(call)
        found = self._account().metastores.get(call.parameters["metastore"])
        if found is None:
            raise missing(f"Metastore '{call.parameters['metastore']}' does not exist.")
        return found
