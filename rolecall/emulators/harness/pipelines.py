"""Pipelines and their executions: harness-open-api, PipelinesApi and PipelineExecuteApi; and approvals."""

from __future__ import annotations

import secrets
from typing import Any

from rolecall import plain_yaml
from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.harness.caller import Projects, said
from rolecall.emulators.harness.entities import IDENTIFIER
from rolecall.emulators.harness.errors import duplicate, missing, refused
from rolecall.emulators.harness.models import DELETE, EDIT, EXECUTE, VIEW
from rolecall.emulators.routes import Routes, route

WAITING, RUNNING, REJECTED = "ApprovalWaiting", "Running", "ApprovalRejected"


class Pipelines(Routes):
    """The routes under /pipeline/api."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    @route("POST", "/pipeline/api/pipelines/list")
    def list_all(self, call: Call) -> Answer:
        """Answer the pipelines that the caller may see."""
        # harness-open-api, PipelineFilterProperties: the sort of filter goes with every list.
        if call.body.get("filterType", "PipelineSetup") != "PipelineSetup":
            raise refused(400, f"filterType {call.body['filterType']} is no filter of pipelines")
        now = self._projects.now()
        found = [
            {"identifier": identity, "name": read(text)["name"], "tags": read(text).get("tags") or {}}
            for identity, text in now.pipelines.items()
            if now.may(call.caller.id, VIEW, identity)
        ]
        return said(self._projects.page(call, found, number="page", size="size"))

    @route("POST", "/pipeline/api/pipelines/v2")
    def create(self, call: Call) -> Answer:
        """Make a pipeline."""
        self._projects.require_administrator(call)
        identity, pipelines = str(_checked(call)["identifier"]), self._projects.now().pipelines
        if identity in pipelines:
            raise duplicate(f"Pipeline [{identity}]")
        pipelines[identity] = call.text
        return said({"identifier": identity})

    @route("GET", "/pipeline/api/triggers")
    def triggers(self, call: Call) -> Answer:
        """Answer what starts a pipeline by itself: harness-open-api, TriggersApi.getTriggerListForTarget."""
        target, now = str(call.query.get("targetIdentifier")), self._projects.now()
        found = [
            {
                "identifier": identity,
                "name": read["name"],
                "type": (read.get("source") or {}).get("type"),
                "enabled": read.get("enabled", True),
            }
            for identity, text in now.triggers.items()
            if (read := plain_yaml.load(text)["trigger"])["pipelineIdentifier"] == target
        ]
        return said(self._projects.page(call, found, number="page", size="size"))

    @route("POST", "/pipeline/api/triggers")
    def create_trigger(self, call: Call) -> Answer:
        """Make a trigger of a pipeline that the caller may execute."""
        read = plain_yaml.load(call.text)["trigger"]
        target, now = str(read["pipelineIdentifier"]), self._projects.now()
        if target not in now.pipelines:
            raise missing(f"Pipeline [{target}]")
        if not now.may(call.caller.id, EXECUTE, target):
            raise refused(403, f"Missing permission {EXECUTE} on pipeline {target}")
        now.triggers[str(read["identifier"])] = call.text
        return said({"identifier": read["identifier"]})

    @route("DELETE", "/pipeline/api/triggers/{id}")
    def delete_trigger(self, call: Call) -> Answer:
        """Remove a trigger."""
        if self._projects.now().triggers.pop(call.parameters["id"], None) is None:
            raise missing(f"Trigger [{call.parameters['id']}]")
        return said(True)

    @route("PUT", "/pipeline/api/pipelines/v2/{id}")
    def update(self, call: Call) -> Answer:
        """Change a pipeline."""
        identity = self._find(call, EDIT)
        if _checked(call)["identifier"] != identity:
            raise refused(400, "the identifier in the YAML is another one")
        self._projects.now().pipelines[identity] = call.text
        return said({"identifier": identity})

    @route("GET", "/pipeline/api/pipelines/{id}")
    def get(self, call: Call) -> Answer:
        """Answer a pipeline's YAML."""
        identity = self._find(call, VIEW)
        return said(
            {"yamlPipeline": self._projects.now().pipelines[identity], "validateTemplateReconcileResponse": None}
        )

    @route("DELETE", "/pipeline/api/pipelines/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a pipeline."""
        identity = self._find(call, DELETE)
        del self._projects.now().pipelines[identity]
        return said(True)

    @route("POST", "/pipeline/api/pipeline/execute/{id}")
    def execute(self, call: Call) -> Answer:
        """Start a pipeline; one with an approval waits where that is its turn."""
        identity = self._find(call, EXECUTE)
        now = self._projects.now()
        execution = secrets.token_urlsafe(16)[:22]
        waits = _approvers(read(now.pipelines[identity]))
        now.executions[execution] = {
            "pipeline": identity,
            "status": WAITING if waits else RUNNING,
            "started_by": call.caller.id,
            "approvers": waits,
            "inputs": call.text,
        }
        return said({"planExecution": {"uuid": execution, "status": now.executions[execution]["status"]}})

    @route("GET", "/pipeline/api/pipelines/execution/v2/{execution}")
    def execution(self, call: Call) -> Answer:
        """Answer how an execution stands."""
        found = self._execution(call)
        self._projects.require(call, VIEW, found["pipeline"])
        summary = {
            "planExecutionId": call.parameters["execution"],
            "pipelineIdentifier": found["pipeline"],
            "status": found["status"],
            "executionTriggerInfo": {"triggeredBy": {"identifier": found["started_by"]}},
        }
        return said({"pipelineExecutionSummary": summary})

    @route("POST", "/pipeline/api/approvals/{execution}/harness/activity")
    def approve(self, call: Call) -> Answer:
        """Record an approval or rejection of a waiting execution."""
        found = self._execution(call)
        approvers = found["approvers"] or {}
        sort, _, user = call.caller.id.partition("/")
        groups = self._projects.now().groups_of(user) if sort == "USER" else set()
        if found["status"] != WAITING:
            raise refused(400, f"the execution is {found['status']}")
        if not groups & {*approvers.get("userGroups", [])}:
            raise refused(403, "User not authorized to approve or reject")
        if approvers.get("disallowPipelineExecutor") and call.caller.id == found["started_by"]:
            raise refused(403, "Pipeline executor is not allowed to approve")
        found["status"] = RUNNING if call.body.get("action") == "APPROVE" else REJECTED
        return said({"status": found["status"]})

    def _find(self, call: Call, permission: str) -> str:
        identity = call.parameters["id"]
        if identity not in self._projects.now().pipelines:
            raise missing(f"Pipeline [{identity}]")
        self._projects.require(call, permission, identity)
        return identity

    def _execution(self, call: Call) -> Json:
        found = self._projects.now().executions.get(call.parameters["execution"])
        if found is None:
            raise missing(f"Plan execution {call.parameters['execution']}")
        return found


def read(text: str) -> Json:
    """Return the pipeline of a YAML; empty where there is none."""
    found = (plain_yaml.load(text) or {}).get("pipeline") if text else None
    return dict(found) if isinstance(found, dict) else {}


def _checked(call: Call) -> Json:
    """Return the pipeline that a body describes; refuse what Harness would not take."""
    found, now_ = read(call.text), call.query
    if not IDENTIFIER.match(str(found.get("identifier") or "")) or not found.get("stages"):
        raise refused(400, "Invalid yaml in node [pipeline]: an identifier and stages are required")
    if (found.get("orgIdentifier"), found.get("projectIdentifier")) != (
        now_.get("orgIdentifier"),
        now_.get("projectIdentifier"),
    ):
        raise refused(400, "the organization or the project in the YAML is another one")
    return found


def _approvers(pipeline: Json) -> dict[str, Any]:
    """Return the required approvers; empty if none."""
    for stage in pipeline.get("stages") or []:
        for step in (stage["stage"].get("spec") or {}).get("execution", {}).get("steps") or []:
            if step["step"]["type"] == "HarnessApproval":
                return dict(step["step"]["spec"]["approvers"])
    return {}
