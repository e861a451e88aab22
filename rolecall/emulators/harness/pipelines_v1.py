"""Pipelines as the first version of the newer API has them: harness-open-api, PipelinesApi and PipelineExecutionApi.

The account is in the header Harness-Account, the rest of the scope in the path; the YAML is a field of the body.
"""

from __future__ import annotations

from dataclasses import replace

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.harness.caller import Projects
from rolecall.emulators.harness.errors import missing, refused
from rolecall.emulators.harness.models import VIEW
from rolecall.emulators.harness.pipelines import Pipelines, read
from rolecall.emulators.routes import Routes, route

PATH = "/v1/orgs/{org}/projects/{project}/pipelines"
DEFAULT_PAGE, MOST_PAGE = 30, 1000
_SORTED_BY = {"identifier": "identifier", "name": "name", "updated": "updated", "created": "created"}


class PipelinesV1(Routes):
    """The routes under /v1."""

    def __init__(self, projects: Projects, pipelines: Pipelines) -> None:
        self._projects = projects
        self._pipelines = pipelines

    @route("GET", "/v1/orgs/{org}/projects/{project}/pipelines")
    def list_all(self, call: Call) -> Answer:
        """Answer a page of the pipelines that the caller may see; headers count them."""
        now = self._projects.now()
        found = [self._listed(identity) for identity in now.pipelines if now.may(call.caller.id, VIEW, identity)]
        if words := call.query.get("search_term", "").lower():
            found = [one for one in found if words in one["name"].lower() or words in one["identifier"].lower()]
        if wanted := call.query.get("pipeline_identifiers"):
            found = [one for one in found if one["identifier"] in wanted.split(",")]
        order = call.query.get("sort", "updated")
        if order not in _SORTED_BY:
            raise refused(400, f"sort {order} is not supported")
        found.sort(key=lambda one: str(one[_SORTED_BY[order]]), reverse=call.query.get("order", "DESC") == "DESC")
        page, limit = int(call.query.get("page") or 0), int(call.query.get("limit") or DEFAULT_PAGE)
        if not 0 < limit <= MOST_PAGE:
            raise refused(400, f"limit must be between 1 and {MOST_PAGE}")
        headers = {"X-Total-Elements": str(len(found)), "X-Page-Number": str(page), "X-Page-Size": str(limit)}
        return Answer(found[page * limit : (page + 1) * limit], headers=headers)

    @route("POST", "/v1/orgs/{org}/projects/{project}/pipelines")
    def create(self, call: Call) -> Answer:
        """Make a pipeline."""
        self._pipelines.create(self._with_yaml(call))
        return Answer({"identifier": str(call.body.get("identifier"))}, 201)

    @route("GET", "/v1/orgs/{org}/projects/{project}/pipelines/{id}", knows=("template_applied", "validate_async"))
    def get(self, call: Call) -> Answer:
        """Answer a pipeline with its YAML."""
        self._pipelines.get(call)
        identity = call.parameters["id"]
        own = {"org": call.parameters["org"], "project": call.parameters["project"]}
        shown = {key: value for key, value in self._listed(identity).items() if key != "store_type"}
        return Answer({**shown, **own, "pipeline_yaml": self._projects.now().pipelines[identity]})

    @route("PUT", "/v1/orgs/{org}/projects/{project}/pipelines/{id}")
    def update(self, call: Call) -> Answer:
        """Replace a pipeline."""
        self._pipelines.update(self._with_yaml(call))
        return Answer({"identifier": call.parameters["id"]})

    @route("DELETE", "/v1/orgs/{org}/projects/{project}/pipelines/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a pipeline."""
        self._pipelines.delete(call)
        return Answer(None, 204)

    @route("POST", "/v1/orgs/{org}/projects/{project}/pipelines/{id}/execute")
    def execute(self, call: Call) -> Answer:
        """Start a pipeline."""
        for known in ("module", "use_fqn_if_error_response", "notify_only_user", "notes", "branch_name"):
            call.query.get(known)
        started = self._pipelines.execute(replace(call, text=str(call.body.get("inputs_yaml") or "")))
        body = started.body if isinstance(started.body, dict) else {}
        execution: Json = body["data"]["planExecution"]
        details = {"execution_id": execution["uuid"], "status": execution["status"]}
        return Answer({"execution_details": details})

    def _with_yaml(self, call: Call) -> Call:
        """Return a call as the older routes have it; the body's names have to be those of the YAML."""
        text = str(call.body.get("pipeline_yaml") or "")
        inner = read(text)
        for name in ("identifier", "name"):
            if not call.body.get(name):
                raise refused(400, f"{name} may not be empty")
            if inner.get(name, call.body[name]) != call.body[name]:
                raise refused(400, f"Expected {name} in YAML to be [{call.body[name]}], but was [{inner.get(name)}]")
        call.body.get("description"), call.body.get("tags")
        scope = {"orgIdentifier": call.parameters["org"], "projectIdentifier": call.parameters["project"]}
        return replace(call, text=text, query=scope)

    def _listed(self, identity: str) -> Json:
        text = self._projects.now().pipelines.get(identity)
        if text is None:
            raise missing(f"Pipeline [{identity}]")
        found = read(text)
        own = {"identifier": identity, "name": str(found.get("name") or identity)}
        more: Json = {"description": found.get("description") or "", "tags": found.get("tags") or {}, "modules": []}
        return {**own, **more, "store_type": "INLINE", "created": 0, "updated": 0, "valid": True}
