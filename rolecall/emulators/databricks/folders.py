"""Folders of the workspace: https://docs.databricks.com/api/workspace/workspace"""

from __future__ import annotations

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import FOLDER

# Folders that every workspace has.
ROOTS = ("/Users", "/Shared")


class Folders(GovernedRoutes):
    """The routes for one workspace; notebooks and files are not emulated."""

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        path = "/api/2.0/workspace"
        return [
            Endpoint("POST", f"{path}/mkdirs", self.create),
            Endpoint("GET", f"{path}/get-status", self.get),
            Endpoint("GET", f"{path}/list", self.list_all),
            Endpoint("POST", f"{path}/delete", self.delete),
        ]

    def create(self, call: Call) -> Json:
        """Make a folder and those above it; one that is there stays as it is."""
        caller: Caller = call.caller
        path = self._path(call.body.get("path"))
        parts = path.split("/")[1:]
        home = parts[0] == "Users" and len(parts) > 1
        if not caller.is_workspace_admin and not (home and parts[1] == caller.name):
            raise denied(f"{caller.name} does not have Edit permissions on /{parts[0]}.")
        for depth in range(3 if home else 2, len(parts) + 1):
            above = "/" + "/".join(parts[:depth])
            if any(one["name"] == above and one["lifecycle_stage"] == "active" for one in self._experiments()):
                message = f"The path ({above}) already exists and is not a directory."
                raise Refused(400, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": message})
            if self._at(above) is None:
                identity = str(self._account.next_id())
                self._workspace.folders[identity] = {"path": above}
                self._permissions.created(FOLDER, identity, caller)
        return {}

    def get(self, call: Call) -> Json:
        """Answer what lies at a path."""
        path = self._path(call.query.get("path"))
        identity = self._existing(path)
        self._permissions.require(call.caller, FOLDER, identity, "CAN_READ", "Read")
        return self._shown(identity)

    def list_all(self, call: Call) -> Json:
        """Answer the folders directly below a path that the caller may see."""
        path = self._path(call.query.get("path")).rstrip("/")
        if path not in ("", *ROOTS) and self._at(path) is None and not path.startswith("/Users/"):
            raise missing(f"Path ({path}) doesn't exist.")
        below = [
            identity
            for identity, one in self._workspace.folders.items()
            if one["path"].rpartition("/")[0] == path
            and self._permissions.holds(call.caller, FOLDER, identity, "CAN_READ")
        ]
        return {"objects": [self._shown(identity) for identity in below]} if below else {}

    def delete(self, call: Call) -> Json:
        """Remove a folder; one with something in it only if that is asked for."""
        path = self._path(call.body.get("path"))
        identity = self._existing(path)
        self._permissions.require(call.caller, FOLDER, identity, "CAN_MANAGE", "Manage")
        inside = [key for key, one in self._workspace.folders.items() if one["path"].startswith(f"{path}/")]
        if inside and not call.body.get("recursive"):
            message = f"Folder ({path}) is not empty"
            raise Refused(400, {"error_code": "DIRECTORY_NOT_EMPTY", "message": message})
        for key in (identity, *inside):
            del self._workspace.folders[key]
            self._permissions.deleted(FOLDER, key)
        return {}

    def _experiments(self) -> list[Json]:
        return [*self._workspace.experiments.values()]

    def _at(self, path: str) -> str | None:
        return next((key for key, one in self._workspace.folders.items() if one["path"] == path), None)

    def _existing(self, path: str) -> str:
        identity = self._at(path)
        if identity is None:
            raise missing(f"Path ({path}) doesn't exist.")
        return identity

    def _shown(self, identity: str) -> Json:
        path = self._workspace.folders[identity]["path"]
        return {"object_type": "DIRECTORY", "path": path, "object_id": int(identity), "resource_id": identity}

    def _path(self, wanted: object) -> str:
        path = str(wanted or "")
        if not path.startswith("/"):
            raise invalid(f"Path ({path}) must be absolute.")
        return path.removeprefix("/Workspace").rstrip("/") or "/"
