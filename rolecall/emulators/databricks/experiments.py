"""MLflow experiments: https://docs.databricks.com/api/workspace/experiments"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import EXPERIMENT
from rolecall.emulators.routes import route

ACTIVE, DELETED = "active", "deleted"
DEFAULT_PAGE = 20


class Experiments(GovernedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.0/mlflow/experiments/create")
    def create(self, call: Call) -> Json:
        """Make an experiment at a path of the workspace; the creator manages it."""
        caller: Caller = call.caller
        name = self._name(call.body.get("name"), caller)
        identity = str(self._account.next_id())
        now = self._clock.milliseconds()
        self._workspace.experiments[identity] = {
            "experiment_id": identity,
            "name": name,
            "artifact_location": call.body.get("artifact_location") or f"dbfs:/databricks/mlflow-tracking/{identity}",
            "lifecycle_stage": ACTIVE,
            "creation_time": now,
            "last_update_time": now,
            "tags": call.body.get("tags") or [],
        }
        self._permissions.created(EXPERIMENT, identity, caller)
        return {"experiment_id": identity}

    @route("POST", "/api/2.0/mlflow/experiments/update")
    def update(self, call: Call) -> Json:
        """Rename an experiment."""
        experiment = self._find(str(call.body.get("experiment_id")), call.caller, "CAN_MANAGE", "Manage")
        if new := call.body.get("new_name"):
            experiment["name"] = self._name(new, call.caller) if new != experiment["name"] else new
            experiment["last_update_time"] = self._clock.milliseconds()
        return {}

    @route("POST", "/api/2.0/mlflow/experiments/delete")
    def delete(self, call: Call) -> Json:
        """Put an experiment into the trash: its id still answers, its name is free."""
        identity = str(call.body.get("experiment_id"))
        self._find(identity, call.caller, "CAN_MANAGE", "Manage")["lifecycle_stage"] = DELETED
        self._permissions.deleted(EXPERIMENT, identity)
        return {}

    @route("GET", "/api/2.0/mlflow/experiments/get")
    def get(self, call: Call) -> Json:
        """Answer an experiment."""
        return {"experiment": self._find(call.query.get("experiment_id", ""), call.caller, "CAN_READ", "Read")}

    @route("GET", "/api/2.0/mlflow/experiments/get-by-name")
    def get_by_name(self, call: Call) -> Json:
        """Answer the experiment at a path."""
        name = call.query.get("experiment_name", "")
        for identity, experiment in self._active():
            if experiment["name"] == name:
                self._permissions.require(call.caller, EXPERIMENT, identity, "CAN_READ", "Read")
                return {"experiment": experiment}
        raise missing(f"Node {name} does not exist.")

    @route("GET", "/api/2.0/mlflow/experiments/list")
    def list_all(self, call: Call) -> Json:
        """Answer a page of experiments."""
        seen = [
            one
            for identity, one in self._active()
            if self._permissions.holds(call.caller, EXPERIMENT, identity, "CAN_READ")
        ]
        start, size = int(call.query.get("page_token") or 0), int(call.query.get("max_results") or DEFAULT_PAGE)
        answer: Json = {"experiments": seen[start : start + size]}
        if start + size < len(seen):
            answer["next_page_token"] = str(start + size)
        return answer

    def _active(self) -> list[tuple[str, Json]]:
        return [(key, one) for key, one in self._workspace.experiments.items() if one["lifecycle_stage"] == ACTIVE]

    def _find(self, identity: str, caller: Caller, level: str, words: str) -> Json:
        return self._held(EXPERIMENT, identity, caller, level, words)

    def _name(self, wanted: object, caller: Caller) -> str:
        """Return a path at which an experiment may be made."""
        name = str(wanted or "")
        if not name.startswith("/"):
            raise invalid(f"Got an invalid experiment name '{name}'. An experiment name must be an absolute path.")
        if name.startswith("/Users/") and not caller.is_workspace_admin and name.split("/")[2] != caller.name:
            raise denied(f"{caller.name} does not have Edit permissions on {name.rpartition('/')[0]}.")
        parts = name.split("/")[1:]
        if len(parts) < 2 or (parts[0], len(parts)) not in (("Users", 3), ("Shared", 2)):
            # Folders of one's own are not emulated: those that every workspace has are there.
            raise missing(f"Parent directory {name.rpartition('/')[0] or '/'} does not exist.")
        if any(one["name"] == name for _, one in self._active()):
            body = {"error_code": "RESOURCE_ALREADY_EXISTS", "message": f"Node named '{parts[-1]}' already exists"}
            raise Refused(400, body)
        return name
