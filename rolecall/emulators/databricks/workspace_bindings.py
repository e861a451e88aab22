"""Workspaces from which an isolated securable is usable: https://docs.databricks.com/api/workspace/workspacebindings."""

from __future__ import annotations

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import missing
from rolecall.emulators.databricks.securables import CATALOG, Securables
from rolecall.emulators.routes import route


class WorkspaceBindings(Securables):
    """The routes for one workspace, in both versions of the API."""

    @route("GET", "/api/2.1/unity-catalog/bindings/{type}/{name}")
    def get_bindings(self, call: Call) -> Json:
        """Answer from which workspaces an isolated securable can be used."""
        kind, name = call.parameters["type"].lower(), call.parameters["name"].lower()
        self.find(kind, name)
        return self.paged(call, "bindings", self.metastore.bindings.get(f"{kind}/{name}", []))

    @route("PATCH", "/api/2.1/unity-catalog/bindings/{type}/{name}")
    def update_bindings(self, call: Call) -> Json:
        """Add and remove bindings."""
        kind, name = call.parameters["type"].lower(), call.parameters["name"].lower()
        self.require_control(self.caller(call), kind, name)
        held = self.metastore.bindings.setdefault(f"{kind}/{name}", [])
        gone = {int(one["workspace_id"]) for one in call.body.get("remove") or []}
        held[:] = [one for one in held if int(one["workspace_id"]) not in gone]
        known = {one.id for one in self._account.workspaces.values()}
        for one in call.body.get("add") or []:
            if int(one["workspace_id"]) not in known:
                raise missing(f"Workspace {one['workspace_id']} does not exist.")
            held[:] = [old for old in held if int(old["workspace_id"]) != int(one["workspace_id"])]
            read_only = one.get("binding_type", "BINDING_TYPE_READ_WRITE")
            held.append({"workspace_id": int(one["workspace_id"]), "binding_type": read_only})
        return {"bindings": held}

    @route("GET", "/api/2.1/unity-catalog/workspace-bindings/catalogs/{name}")
    def old_bindings(self, call: Call) -> Json:
        """Answer from which workspaces a catalog can be used, as the first version of the API has it."""
        name = call.parameters["name"].lower()
        self.find(CATALOG, name)
        held = self.metastore.bindings.get(f"{CATALOG}/{name}", [])
        return {"workspaces": [one["workspace_id"] for one in held]}

    @route("PATCH", "/api/2.1/unity-catalog/workspace-bindings/catalogs/{name}")
    def update_old_bindings(self, call: Call) -> Json:
        """Add and remove bindings, as the first version of the API has it."""
        name = call.parameters["name"].lower()
        self.require_control(self.caller(call), CATALOG, name)
        held = self.metastore.bindings.setdefault(f"{CATALOG}/{name}", [])
        gone = {int(one) for one in call.body.get("unassign_workspaces") or []}
        held[:] = [one for one in held if int(one["workspace_id"]) not in gone]
        for one in call.body.get("assign_workspaces") or []:
            held.append({"workspace_id": int(one), "binding_type": "BINDING_TYPE_READ_WRITE"})
        return self.old_bindings(call)
