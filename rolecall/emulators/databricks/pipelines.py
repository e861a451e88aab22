"""Pipelines: https://docs.databricks.com/api/workspace/pipelines"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from typing import Any

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import exists, invalid, missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.models import Account
from rolecall.emulators.databricks.permissions import CLUSTER_POLICY, PIPELINE, Permissions
from rolecall.emulators.databricks.run_as import run_as_name

PATH = "/api/2.0/pipelines"
# https://docs.databricks.com/api/workspace/pipelines/listpipelines: max_results.
MAX_PAGE = 100
# Fields of a request that are no part of the specification, and those that are.
_OF_REQUEST = frozenset({"allow_duplicate_names", "expected_last_modified", "id", "pipeline_id", "run_as"})
_OF_SPEC = frozenset(
    {
        *("budget_policy_id", "catalog", "channel", "clusters", "configuration", "continuous", "deployment"),
        *("development", "edition", "environment", "event_log", "filters", "gateway_definition"),
        *("ingestion_definition", "libraries", "name", "notifications", "parameters", "photon", "restart_window"),
        *("root_path", "schema", "serverless", "storage", "tags", "target", "trigger", "usage_policy_id"),
    }
)


class Pipelines(GovernedRoutes):
    """The routes for one workspace.

    Args:
        account: returns the account as it is now.
        workspace: the workspace's name.
        permissions: the workspace's permissions.
        clock: the emulator's clock.
        page_size: how many pipelines a page has where the client names no number.
    """

    def __init__(
        self, account: Callable[[], Account], workspace: str, permissions: Permissions, clock: Clock, page_size: int
    ) -> None:
        super().__init__(account, workspace, permissions, clock)
        self._page_size = page_size

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint("POST", PATH, self.create),
            Endpoint("GET", PATH, self.list_all),
            Endpoint("GET", f"{PATH}/{{id}}", self.get),
            Endpoint("PUT", f"{PATH}/{{id}}", self.edit),
            Endpoint("DELETE", f"{PATH}/{{id}}", self.delete),
            Endpoint("POST", f"{PATH}/{{id}}/updates", self.start),
            Endpoint("POST", f"{PATH}/{{id}}/stop", self.stop),
        ]

    def create(self, call: Call) -> Json:
        """Make a pipeline; the creator owns it."""
        caller: Caller = call.caller
        identity = str(uuid.uuid4())
        spec = self._checked(call, "")
        self._pipelines[identity] = {
            "pipeline_id": identity,
            "creator_user_name": caller.name,
            "run_as_user_name": run_as_name(self._account, self._workspace, call.body.get("run_as"), caller),
            "last_modified": self._clock.milliseconds(),
            "state": "RUNNING" if spec.get("continuous") else "IDLE",
            "spec": {"id": identity, **spec},
        }
        self._permissions.created(PIPELINE, identity, caller)
        return {"pipeline_id": identity}

    def list_all(self, call: Call) -> Json:
        """Answer a page of the pipelines that the caller may see, without their specifications."""
        limit = int(call.query.get("max_results") or self._page_size)
        if not 0 < limit <= MAX_PAGE:
            raise invalid(f"max_results must be between 1 and {MAX_PAGE}.")
        seen = [
            _listed(one)
            for identity, one in self._pipelines.items()
            if self._permissions.holds(call.caller, PIPELINE, identity, "CAN_VIEW")
        ]
        start = int(call.query.get("page_token") or 0)
        answer: Json = {"statuses": seen[start : start + limit]}
        if start + limit < len(seen):
            answer["next_page_token"] = str(start + limit)
        return answer

    def get(self, call: Call) -> Json:
        """Answer a pipeline."""
        found = self._find(call, "CAN_VIEW", "View")
        # The service answers whom it runs as by `run_as_user_name`; the specification has no such field.
        return {**copy.deepcopy(found), "name": found["spec"]["name"], "health": "HEALTHY"}

    def edit(self, call: Call) -> Json:
        """Replace a pipeline's specification."""
        pipeline = self._find(call, "CAN_MANAGE", "Manage")
        identity = pipeline["pipeline_id"]
        spec = self._checked(call, identity)
        if run_as := call.body.get("run_as"):
            pipeline["run_as_user_name"] = run_as_name(self._account, self._workspace, run_as, call.caller)
        state = "RUNNING" if spec.get("continuous") else "IDLE"
        pipeline |= {"spec": {"id": identity, **spec}, "last_modified": self._clock.milliseconds(), "state": state}
        return {}

    def delete(self, call: Call) -> Json:
        """Remove a pipeline."""
        identity = self._find(call, "CAN_MANAGE", "Manage")["pipeline_id"]
        del self._pipelines[identity]
        self._permissions.deleted(PIPELINE, identity)
        return {}

    def start(self, call: Call) -> Json:
        """Start an update."""
        self._find(call, "CAN_RUN", "Run")
        return {"update_id": str(uuid.uuid4())}

    def stop(self, call: Call) -> Json:
        """Stop what runs."""
        self._find(call, "CAN_RUN", "Run")["state"] = "IDLE"
        return {}

    @property
    def _pipelines(self) -> dict[str, Json]:
        return self._workspace.collections.setdefault("pipelines", {})

    def _find(self, call: Call, level: str, words: str) -> Json:
        return self._held(PIPELINE, call.parameters["id"], call.caller, level, words, absent=missing)

    def _checked(self, call: Call, identity: str) -> Json:
        """Return the specification in a request; refuse what the service refuses, and what is not known here."""
        body = call.body
        if unknown := sorted(set(body) - _OF_SPEC - _OF_REQUEST):
            message = f"The emulator does not implement {', '.join(unknown)} of {PATH}."
            raise Refused(501, {"error_code": "NOT_IMPLEMENTED", "message": message})
        name = body.get("name")
        if not name:
            raise invalid("Pipeline name is required.")
        if not body.get("allow_duplicate_names") and any(
            one["spec"]["name"] == name for other, one in self._pipelines.items() if other != identity
        ):
            raise exists(f"A pipeline named '{name}' already exists.")
        if body.get("catalog") and body.get("storage"):
            raise invalid("A pipeline publishes to a catalog or to a storage location, not both.")
        for cluster in body.get("clusters") or []:
            self._check_cluster(cluster, call.caller, serverless=bool(body.get("serverless")))
        return {key: copy.deepcopy(value) for key, value in body.items() if key in _OF_SPEC}

    def _check_cluster(self, cluster: Any, caller: Caller, *, serverless: bool) -> None:
        if serverless:
            raise invalid("You cannot provide cluster settings when using serverless compute.")
        policy = cluster.get("policy_id")
        if policy is None:
            return
        if policy not in self._workspace.cluster_policies:
            raise invalid(CLUSTER_POLICY.unknown.format(id=policy))
        self._permissions.require(caller, CLUSTER_POLICY, str(policy), "CAN_USE", "Use")


def _listed(pipeline: Json) -> Json:
    """Return a pipeline as the list has it: not what it does."""
    shown = {key: pipeline[key] for key in ("pipeline_id", "creator_user_name", "run_as_user_name", "state")}
    return {**shown, "name": pipeline["spec"]["name"]}
