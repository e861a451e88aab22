"""Executions: who may start a workflow, and who started it (conductor-python, WorkflowResourceApi).

Workers' side of it (polling, results) is the open-source server's, which tests start where it can be had.
"""

from __future__ import annotations

import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.errors import missing


class Executions:
    """The routes under /api/workflow."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint("POST", "/api/workflow", self.start),
            Endpoint("GET", "/api/workflow/{id}", self.get),
        ]

    def start(self, call: Call) -> Answer:
        """Start a workflow; answers its execution's id, as text."""
        now, name = self._clusters.now(), str(call.body.get("name"))
        versions = now.workflows.get(name)
        if not versions:
            raise missing(f"Workflow {name}")
        self._clusters.require(call, "EXECUTE", f"WORKFLOW_DEF/{name}")
        version = str(call.body.get("version") or max(versions, key=int))
        if version not in versions:
            raise missing(f"Workflow {name} version {version}")
        identity = str(uuid.uuid4())
        now.executions[identity] = {
            "workflowId": identity,
            "workflowName": name,
            "workflowVersion": int(version),
            "correlationId": call.body.get("correlationId") or "",
            "input": call.body.get("input") or {},
            "status": "RUNNING",
            "createdBy": call.caller.id,
            "createTime": self._clusters.milliseconds(),
            "tasks": [],
        }
        return Answer(identity)

    def get(self, call: Call) -> Json:
        """Answer an execution."""
        found = self._clusters.now().executions.get(call.parameters["id"])
        if found is None:
            raise missing(f"Workflow with id {call.parameters['id']}")
        self._clusters.require(call, "READ", f"WORKFLOW_DEF/{found['workflowName']}")
        return found
