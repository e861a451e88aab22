"""Runs of MLflow experiments: https://docs.databricks.com/api/workspace/experiments/createrun"""

from __future__ import annotations

import uuid

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import invalid, missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import EXPERIMENT
from rolecall.emulators.databricks.run_filter import in_order, matching
from rolecall.emulators.routes import route

ACTIVE, DELETED = "active", "deleted"
RUNS = "mlflow-runs"
STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
# https://docs.databricks.com/api/workspace/experiments/logbatch: limits of a batch.
MOST_METRICS, MOST_PARAMETERS, MOST_TAGS, MOST_ITEMS = 1000, 100, 100, 1000
DEFAULT_PAGE, MAX_PAGE = 1000, 50_000


class Tracking(GovernedRoutes):
    """The routes for one workspace."""

    @route("GET", "/api/2.0/mlflow/runs/get")
    def get(self, call: Call) -> Json:
        """Answer a run."""
        return {"run": self._shown(self._run(call, "CAN_READ"))}

    @route("POST", "/api/2.0/mlflow/runs/delete")
    def delete(self, call: Call) -> Json:
        """Put a run into the trash."""
        return self._moved(call, DELETED)

    @route("POST", "/api/2.0/mlflow/runs/restore")
    def restore(self, call: Call) -> Json:
        """Take a run out of the trash."""
        return self._moved(call, ACTIVE)

    @route("POST", "/api/2.0/mlflow/runs/log-metric")
    def log_metric(self, call: Call) -> Json:
        """Keep a value of a metric."""
        return self._log(call, [call.body], [], [])

    @route("POST", "/api/2.0/mlflow/runs/log-parameter")
    def log_parameter(self, call: Call) -> Json:
        """Keep a parameter."""
        return self._log(call, [], [call.body], [])

    @route("POST", "/api/2.0/mlflow/runs/set-tag")
    def set_tag(self, call: Call) -> Json:
        """Keep a tag."""
        return self._log(call, [], [], [call.body])

    @route("POST", "/api/2.0/mlflow/runs/create")
    def create(self, call: Call) -> Json:
        """Begin a run in an experiment."""
        caller: Caller = call.caller
        identity = str(call.body.get("experiment_id"))
        experiment = self._held(EXPERIMENT, identity, caller, "CAN_EDIT", "Edit")
        run_id = uuid.uuid4().hex
        name = str(call.body.get("run_name") or f"run-{run_id[:8]}")
        tags = {str(one["key"]): str(one["value"]) for one in call.body.get("tags") or []}
        run: Json = {
            "run_id": run_id,
            "experiment_id": identity,
            "run_name": name,
            "user_id": str(call.body.get("user_id") or caller.name),
            "status": "RUNNING",
            "start_time": int(call.body.get("start_time") or self._clock.milliseconds()),
            "end_time": None,
            "artifact_uri": f"{experiment['artifact_location']}/{run_id}/artifacts",
            "lifecycle_stage": ACTIVE,
            "metrics": {},
            "params": {},
            "tags": {"mlflow.runName": name, "mlflow.user": caller.name, **tags},
        }
        self._workspace.collections.setdefault(RUNS, {})[run_id] = run
        return {"run": self._shown(run)}

    @route("POST", "/api/2.0/mlflow/runs/update")
    def update(self, call: Call) -> Json:
        """Change the state, the end or the name of a run."""
        run = self._run(call, "CAN_EDIT")
        status = call.body.get("status")
        if status is not None and status not in STATUSES:
            raise invalid(f"Invalid value {status} for parameter 'status' supplied.")
        run["status"] = status or run["status"]
        run["end_time"] = call.body.get("end_time") or run["end_time"]
        if name := call.body.get("run_name"):
            run["run_name"] = run["tags"]["mlflow.runName"] = str(name)
        return {"run_info": self._shown(run)["info"]}

    @route("POST", "/api/2.0/mlflow/runs/log-batch")
    def log_batch(self, call: Call) -> Json:
        """Keep metrics, parameters and tags."""
        metrics, parameters, tags = (call.body.get(key) or [] for key in ("metrics", "params", "tags"))
        limits = ((metrics, MOST_METRICS), (parameters, MOST_PARAMETERS), (tags, MOST_TAGS))
        if any(len(items) > most for items, most in limits) or sum(len(items) for items, _ in limits) > MOST_ITEMS:
            raise invalid("A batch may contain at most 1000 metrics, 100 params and 100 tags, 1000 in total.")
        return self._log(call, metrics, parameters, tags)

    @route("POST", "/api/2.0/mlflow/runs/delete-tag")
    def delete_tag(self, call: Call) -> Json:
        """Take a tag away."""
        run, key = self._run(call, "CAN_EDIT"), str(call.body.get("key"))
        if key not in run["tags"]:
            raise missing(f"No tag with name: {key} in run with id {run['run_id']}")
        del run["tags"][key]
        return {}

    @route("POST", "/api/2.0/mlflow/runs/search")
    def search(self, call: Call) -> Json:
        """Answer a page of the runs of experiments that match a filter."""
        wanted = [str(one) for one in call.body.get("experiment_ids") or []]
        for identity in wanted:
            self._held(EXPERIMENT, identity, call.caller, "CAN_READ", "Read")
        view = str(call.body.get("run_view_type") or "ACTIVE_ONLY")
        stages = {"ACTIVE_ONLY": {ACTIVE}, "DELETED_ONLY": {DELETED}, "ALL": {ACTIVE, DELETED}}.get(view)
        size = int(call.body.get("max_results") or DEFAULT_PAGE)
        if stages is None or not 0 < size <= MAX_PAGE:
            raise invalid(f"Invalid value for run_view_type or max_results: {view}, {size}.")
        runs = [one for one in self._all().values() if one["experiment_id"] in wanted]
        runs = [one for one in runs if one["lifecycle_stage"] in stages]
        runs = matching(runs, str(call.body.get("filter") or ""))
        runs = in_order(runs, [str(one) for one in call.body.get("order_by") or []])
        start = int(call.body.get("page_token") or 0)
        answer: Json = {"runs": [self._shown(one) for one in runs[start : start + size]]}
        if start + size < len(runs):
            answer["next_page_token"] = str(start + size)
        return answer

    @route("GET", "/api/2.0/mlflow/metrics/get-history")
    def history(self, call: Call) -> Json:
        """Answer all values of a metric, in pages where the client names a size."""
        run, key = self._run(call, "CAN_READ"), call.query.get("metric_key", "")
        values = run["metrics"].get(key, [])
        start, size = int(call.query.get("page_token") or 0), int(call.query.get("max_results") or 0) or len(values)
        answer: Json = {"metrics": values[start : start + size]}
        if start + size < len(values):
            answer["next_page_token"] = str(start + size)
        return answer

    def _log(self, call: Call, metrics: list[Json], parameters: list[Json], tags: list[Json]) -> Json:
        run = self._run(call, "CAN_EDIT")
        for one in parameters:
            key, value = str(one.get("key")), str(one.get("value"))
            if run["params"].get(key, value) != value:
                message = f"Changing param values is not allowed. Param with key='{key}' was already logged with value="
                raise invalid(f"{message}'{run['params'][key]}' for run ID='{run['run_id']}'.")
        for one in metrics:
            moment = int(one.get("timestamp") or self._clock.milliseconds())
            entry = {
                "key": one.get("key"),
                "value": one.get("value"),
                "timestamp": moment,
                "step": one.get("step") or 0,
            }
            run["metrics"].setdefault(str(one.get("key")), []).append(entry)
        run["params"].update({str(one.get("key")): str(one.get("value")) for one in parameters})
        run["tags"].update({str(one.get("key")): str(one.get("value")) for one in tags})
        return {}

    def _moved(self, call: Call, stage: str) -> Json:
        self._run(call, "CAN_EDIT")["lifecycle_stage"] = stage
        return {}

    def _all(self) -> dict[str, Json]:
        return self._workspace.collections.get(RUNS, {})

    def _run(self, call: Call, level: str) -> Json:
        """Return the run that a request names by `run_id`, or as older clients do."""
        identity = ""
        for part in (call.query, call.body):
            for key in ("run_id", "run_uuid"):
                identity = identity or str(part.get(key) or "")
        run = self._all().get(identity)
        if run is None:
            raise missing(f"Run '{identity}' not found.")
        self._permissions.require(call.caller, EXPERIMENT, run["experiment_id"], level, level[4:].capitalize())
        return run

    @staticmethod
    def _shown(run: Json) -> Json:
        inner = ("metrics", "params", "tags")
        pairs = {key: [{"key": name, "value": one} for name, one in run[key].items()] for key in ("params", "tags")}
        info = {key: value for key, value in run.items() if key not in inner and value is not None}
        metrics = [max(values, key=lambda one: (one["step"], one["timestamp"])) for values in run["metrics"].values()]
        return {"info": {**info, "run_uuid": run["run_id"]}, "data": {"metrics": metrics, **pairs}}
