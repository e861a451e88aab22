"""What is done with runs of jobs beside starting them: https://docs.databricks.com/api/workspace/jobs/repairrun"""

from __future__ import annotations

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.databricks.errors import invalid
from rolecall.emulators.databricks.permissions import JOB
from rolecall.emulators.databricks.runs import Runs


class RunActions(Runs):
    """The routes for one workspace."""

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        handlers = (
            ("GET", "get-output", self.output, ()),
            ("POST", "delete", self.delete, ()),
            ("POST", "cancel-all", self.cancel_all, ()),
            ("POST", "repair", self.repair, ("rerun_dependent_tasks",)),
        )
        return [
            Endpoint(method, f"/api/{version}/jobs/runs/{name}", handler, knows=knows)
            for version in ("2.1", "2.2")
            for method, name, handler, knows in handlers
        ]

    def output(self, call: Call) -> Json:
        """Answer a run with its output: no code is run here, so it has none."""
        run = self._find(call.query.get("run_id", ""), call.caller, "CAN_VIEW", "View")
        tasks = self._workspace.jobs[str(run["job_id"])]["settings"].get("tasks") or []
        if len(tasks) > 1:
            message = "Retrieving the output of runs with multiple tasks is not supported. "
            raise invalid(f"{message}Please retrieve the output of each individual task run instead.")
        answer: Json = {"metadata": self._shown(run, call)}
        if any("notebook_task" in one for one in tasks):
            answer["notebook_output"] = {}
        return answer

    def delete(self, call: Call) -> Json:
        """Forget a run that has ended."""
        run = self._ended(call, "CAN_MANAGE", "Manage")
        del self._workspace.runs[str(run["run_id"])]
        return {}

    def cancel_all(self, call: Call) -> Json:
        """End all runs of a job that have not ended, or all queued ones of the workspace: none is queued here."""
        identity = call.body.get("job_id")
        if identity is None:
            if not call.body.get("all_queued_runs"):
                raise invalid("Either job_id or all_queued_runs must be set.")
            return {}
        if str(identity) not in self._workspace.jobs:
            raise invalid(JOB.unknown.format(id=identity))
        self._permissions.require(call.caller, JOB, str(identity), "CAN_MANAGE_RUN", "Manage Run")
        if not call.body.get("all_queued_runs"):
            for run in self._workspace.runs.values():
                if str(run["job_id"]) == str(identity) and self._is_active(run, call):
                    run["cancelled"] = self._clock.now()
        return {}

    def repair(self, call: Call) -> Json:
        """Run tasks of a run again."""
        run = self._ended(call, "CAN_MANAGE_RUN", "Manage Run")
        repairs: list[int] = run.setdefault("repairs", [])
        latest = call.body.get("latest_repair_id")
        if repairs and latest != repairs[-1]:
            raise invalid(f"The latest repair of run {run['run_id']} is {repairs[-1]}: set latest_repair_id to it.")
        tasks = {one["task_key"] for one in self._workspace.jobs[str(run["job_id"])]["settings"].get("tasks") or []}
        again = call.body.get("rerun_tasks") or []
        if unknown := [one for one in again if one not in tasks]:
            raise invalid(f"Run {run['run_id']} has no task {unknown[0]!r}.")
        if not again and not call.body.get("rerun_all_failed_tasks"):
            raise invalid("Either rerun_tasks or rerun_all_failed_tasks must be set.")
        parameters = call.body.get("job_parameters")
        run["parameters"] = run["parameters"] if parameters is None else dict(parameters)
        run["cancelled"], run["started"] = None, self._clock.now()
        repairs.append(self._account.next_id())
        return {"repair_id": repairs[-1]}

    def _ended(self, call: Call, level: str, words: str) -> Json:
        run = self._find(str(call.body.get("run_id")), call.caller, level, words)
        if self._is_active(run, call):
            message = f"Run {run['run_id']} is active and cannot be changed. Cancel it first."
            raise Refused(400, {"error_code": "INVALID_STATE", "message": message})
        return run

    def _is_active(self, run: Json, call: Call) -> bool:
        return bool(self._shown(run, call)["state"]["life_cycle_state"] != "TERMINATED")
