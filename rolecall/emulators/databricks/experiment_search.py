"""Searches of experiments, and their tags: https://docs.databricks.com/api/workspace/experiments/searchexperiments"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import invalid
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import EXPERIMENT
from rolecall.emulators.databricks.run_filter import in_order, matching
from rolecall.emulators.routes import route

DEFAULT_PAGE, MAX_PAGE = 1000, 50_000
STAGES = {"ACTIVE_ONLY": {"active"}, "DELETED_ONLY": {"deleted"}, "ALL": {"active", "deleted"}}


class ExperimentSearch(GovernedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.0/mlflow/experiments/search")
    def search(self, call: Call) -> Json:
        """Answer a page of the experiments that match a filter and that the caller may read."""
        view = str(call.body.get("view_type") or "ACTIVE_ONLY")
        size = int(call.body.get("max_results") or DEFAULT_PAGE)
        if view not in STAGES or not 0 < size <= MAX_PAGE:
            raise invalid(f"Invalid value for view_type or max_results: {view}, {size}.")
        seen = [
            _searchable(one)
            for identity, one in self._workspace.experiments.items()
            if one["lifecycle_stage"] in STAGES[view] and self._may_read(call, identity, one)
        ]
        found = in_order(
            matching(seen, str(call.body.get("filter") or "")), [str(one) for one in call.body.get("order_by") or []]
        )
        start = int(call.body.get("page_token") or 0)
        page = [self._workspace.experiments[one["experiment_id"]] for one in found[start : start + size]]
        answer: Json = {"experiments": page}
        if start + size < len(found):
            answer["next_page_token"] = str(start + size)
        return answer

    @route("POST", "/api/2.0/mlflow/experiments/set-experiment-tag")
    def set_tag(self, call: Call) -> Json:
        """Put a tag on an experiment, or change it."""
        identity = str(call.body.get("experiment_id"))
        experiment = self._held(EXPERIMENT, identity, call.caller, "CAN_EDIT", "Edit")
        key, value = str(call.body.get("key")), str(call.body.get("value"))
        others = [dict(one) for one in experiment["tags"] if one["key"] != key]
        experiment["tags"] = [*others, {"key": key, "value": value}]
        return {}

    def _may_read(self, call: Call, identity: str, experiment: Json) -> bool:
        # No permission exists on what is in the trash; administrators see it.
        if experiment["lifecycle_stage"] == "deleted":
            return bool(call.caller.is_workspace_admin)
        return self._permissions.holds(call.caller, EXPERIMENT, identity, "CAN_READ")


def _searchable(experiment: Json) -> Json:
    """Return an experiment in the form of a run, for the same filters."""
    tags = {one["key"]: one["value"] for one in experiment["tags"]}
    empty: Json = {"metrics": {}, "params": {}}
    return {
        **experiment,
        **empty,
        "tags": tags,
        "run_id": experiment["experiment_id"],
        "start_time": experiment["creation_time"],
    }
