"""What starts workflows by itself: schedules, event handlers and webhooks.

https://orkes.io/content/reference-docs/api/schedule, …/api/event-handlers and …/api/webhooks. The paths are those of
the vendor's client (conductor-python: scheduler_resource_api, event_resource_api, webhooks_config_resource_api).
"""

from __future__ import annotations

import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.errors import refused


class Starters:
    """The routes."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        schedules, events, webhooks = "/api/scheduler/schedules", "/api/event", "/api/metadata/webhook"
        return [
            Endpoint("GET", schedules, lambda _call: [*self._clusters.now().schedules.values()]),
            Endpoint("POST", schedules, self.schedule),
            Endpoint("DELETE", f"{schedules}/{{name}}", self.unschedule),
            Endpoint("GET", events, lambda _call: [*self._clusters.now().events.values()]),
            Endpoint("POST", events, self.handle),
            Endpoint("DELETE", f"{events}/{{name}}", self.unhandle),
            Endpoint("GET", webhooks, lambda _call: [*self._clusters.now().webhooks.values()]),
            Endpoint("POST", webhooks, self.hook),
            Endpoint("DELETE", f"{webhooks}/{{name}}", self.unhook),
        ]

    def schedule(self, call: Call) -> Answer:
        """Make or replace a schedule; its maker has to be allowed to start the workflow."""
        body = dict(call.body)
        workflow = str((body.get("startWorkflowRequest") or {}).get("name"))
        if not body.get("name") or not body.get("cronExpression"):
            raise refused(400, "name and cronExpression are required")
        self._may_start(call, workflow)
        self._clusters.now().schedules[str(body["name"])] = {"paused": False, **body, "createdBy": call.caller.id}
        return Answer(None, 200)

    def unschedule(self, call: Call) -> Answer:
        """Remove a schedule."""
        self._clusters.now().schedules.pop(call.parameters["name"], None)
        return Answer(None, 200)

    def handle(self, call: Call) -> Answer:
        """Make or replace an event handler."""
        handlers = call.items or [dict(call.body)]
        for body in handlers:
            for action in body.get("actions") or []:
                if started := action.get("start_workflow"):
                    self._may_start(call, str(started.get("name")))
            self._clusters.now().events[str(body["name"])] = {"active": True, **body, "createdBy": call.caller.id}
        return Answer(None, 200)

    def unhandle(self, call: Call) -> Answer:
        """Remove an event handler."""
        self._clusters.now().events.pop(call.parameters["name"], None)
        return Answer(None, 200)

    def hook(self, call: Call) -> Json:
        """Make a webhook; a call of its address starts its workflows."""
        body = dict(call.body)
        for workflow in body.get("workflowsToStart") or {}:
            self._may_start(call, str(workflow))
        made = {**body, "id": str(uuid.uuid4()), "createdBy": call.caller.id}
        self._clusters.now().webhooks[made["id"]] = made
        return made

    def unhook(self, call: Call) -> Answer:
        """Remove a webhook."""
        self._clusters.now().webhooks.pop(call.parameters["name"], None)
        return Answer(None, 200)

    def _may_start(self, call: Call, workflow: str) -> None:
        now = self._clusters.now()
        if workflow not in now.workflows:
            raise refused(404, f"No such workflow found by name {workflow}")
        if not now.may(call.caller.id, "EXECUTE", f"WORKFLOW_DEF/{workflow}"):
            raise refused(403, f"{call.caller.id} may not execute {workflow}")
