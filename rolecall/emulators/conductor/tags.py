"""Tags of workflows: conductor-python, TagsApi. Who holds something on a tag holds it on all that has the tag."""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.errors import missing
from rolecall.emulators.routes import Routes, route


class Tags(Routes):
    """The routes of workflows' tags."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    @route("GET", "/api/metadata/workflow/{name}/tags")
    def list_all(self, call: Call) -> list[Json]:
        """Answer a workflow's tags."""
        return list(self._tags(call, "READ"))

    @route("POST", "/api/metadata/workflow/{name}/tags")
    def add(self, call: Call) -> Answer:
        """Give a workflow a tag."""
        tags = self._tags(call, "UPDATE")
        tags += [one for one in (call.items or [dict(call.body)]) if one not in tags]
        return Answer(None, 200)

    @route("PUT", "/api/metadata/workflow/{name}/tags")
    def replace(self, call: Call) -> Answer:
        """Give a workflow other tags."""
        self._tags(call, "UPDATE")[:] = call.items
        return Answer(None, 200)

    @route("DELETE", "/api/metadata/workflow/{name}/tags")
    def remove(self, call: Call) -> Answer:
        """Take tags from a workflow."""
        tags, gone = self._tags(call, "UPDATE"), call.items or [dict(call.body)]
        tags[:] = [one for one in tags if one not in gone]
        return Answer(None, 200)

    def _tags(self, call: Call, access: str) -> list[Json]:
        name, now = call.parameters["name"], self._clusters.now()
        if name not in now.workflows:
            raise missing(f"Workflow {name}")
        self._clusters.require(call, access, f"WORKFLOW_DEF/{name}")
        return now.tags.setdefault(f"WORKFLOW_DEF/{name}", [])
