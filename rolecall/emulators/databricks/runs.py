"""Runs of jobs, which advance with the emulator's clock: https://docs.databricks.com/api/workspace/jobs/runnow"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import invalid
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.jobs import MAX_PAGE
from rolecall.emulators.databricks.permissions import JOB
from rolecall.emulators.routes import route_in

# Seconds for which a run waits, and then works.
PENDING_SECONDS, RUNNING_SECONDS = 2.0, 10.0
DEFAULT_PAGE = 20

# The fields used here are identical in both versions.
VERSIONS = ("2.1", "2.2")


class Runs(GovernedRoutes):
    """The routes for one workspace."""

    @route_in(VERSIONS, "POST", "/api/{version}/jobs/run-now")
    def run_now(self, call: Call) -> Json:
        """Start a job; the same idempotency token starts it once."""
        identity = str(call.body.get("job_id"))
        if identity not in self._workspace.jobs:
            raise invalid(JOB.unknown.format(id=identity))
        self._permissions.require(call.caller, JOB, identity, "CAN_MANAGE_RUN", "Manage Run")
        token, parameters = call.body.get("idempotency_token"), call.body.get("job_parameters") or {}
        for run in self._workspace.runs.values():
            if token and run.get("idempotency_token") == token:
                return {"run_id": run["run_id"], "number_in_job": run["run_id"]}
        caller: Caller = call.caller
        run_id = self._account.next_id()
        self._workspace.runs[str(run_id)] = {
            "run_id": run_id,
            "job_id": int(identity),
            "started": self._clock.now(),
            "cancelled": None,
            "creator": caller.name,
            "idempotency_token": token,
            "parameters": parameters,
        }
        return {"run_id": run_id, "number_in_job": run_id}

    @route_in(VERSIONS, "GET", "/api/{version}/jobs/runs/get")
    def get(self, call: Call) -> Json:
        """Answer a run."""
        return self._shown(self._find(call.query.get("run_id", ""), call.caller, "CAN_VIEW", "View"), call)

    @route_in(VERSIONS, "GET", "/api/{version}/jobs/runs/list")
    def list_all(self, call: Call) -> Json:
        """Answer a page of runs, newest first."""
        limit = int(call.query.get("limit") or DEFAULT_PAGE)
        if not 0 < limit <= MAX_PAGE:
            raise invalid(f"limit must be between 1 and {MAX_PAGE}.")
        wanted = call.query.get("job_id")
        seen = [
            run
            for run in reversed(self._workspace.runs.values())
            if (not wanted or str(run["job_id"]) == wanted)
            and self._permissions.holds(call.caller, JOB, str(run["job_id"]), "CAN_VIEW")
        ]
        token = call.query.get("page_token", "t0")
        if not token[1:].isdigit():
            raise invalid("Invalid page token.")
        start = int(token[1:])
        answer: Json = {"runs": [self._shown(run, call) for run in seen[start : start + limit]]}
        answer["has_more"] = len(seen) > start + limit
        if answer["has_more"]:
            answer["next_page_token"] = f"t{start + limit}"
        return answer

    @route_in(VERSIONS, "POST", "/api/{version}/jobs/runs/cancel")
    def cancel(self, call: Call) -> Json:
        """End a run that has not ended."""
        run = self._find(str(call.body.get("run_id")), call.caller, "CAN_MANAGE_RUN", "Manage Run")
        if run["cancelled"] is None and self._clock.now() < run["started"] + PENDING_SECONDS + RUNNING_SECONDS:
            run["cancelled"] = self._clock.now()
        return {}

    def _find(self, identity: str, caller: Caller, level: str, words: str) -> Json:
        run = self._workspace.runs.get(identity)
        if run is None:
            raise invalid(f"Run {identity} does not exist.")
        self._permissions.require(caller, JOB, str(run["job_id"]), level, words)
        return run

    def _shown(self, run: Json, call: Call) -> Json:
        job = self._workspace.jobs[str(run["job_id"])]
        elapsed = self._clock.now() - run["started"]
        if run["cancelled"] is not None:
            state = {"life_cycle_state": "TERMINATED", "result_state": "CANCELED", "state_message": "Run cancelled."}
        elif elapsed < PENDING_SECONDS:
            state = {"life_cycle_state": "PENDING", "state_message": "Waiting for cluster"}
        elif elapsed < PENDING_SECONDS + RUNNING_SECONDS:
            state = {"life_cycle_state": "RUNNING", "state_message": "In run"}
        else:
            state = {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS", "state_message": ""}
        ended = state["life_cycle_state"] == "TERMINATED"
        end = run["cancelled"] or run["started"] + PENDING_SECONDS + RUNNING_SECONDS
        return {
            "run_id": run["run_id"],
            "job_id": run["job_id"],
            "run_name": job["settings"]["name"],
            "creator_user_name": run["creator"],
            "run_as_user_name": job["run_as_user_name"],
            "start_time": int(run["started"] * 1000),
            "end_time": int(end * 1000) if ended else 0,
            "state": state,
            "trigger": "ONE_TIME",
            "run_type": "JOB_RUN",
            "run_page_url": f"http://{call.headers.get('host', '')}/#job/{run['job_id']}/run/{run['run_id']}",
        }
