"""Deployments: https://docs.prefect.io/v3/concepts/deployments. All of Rolecall's run one flow, which it ships."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from rolecall.systems.ownership import is_marked, marked, not_owned, ownership_in, require_own
from rolecall.systems.prefect.client import one, prefect, remove, repeatedly
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/deployments"


class DeploymentInputs(Model):
    """A deployment."""

    name: str = Field(min_length=1, description="its name")
    description: str = Field(default="", description="what it is for")
    flow: str = Field(min_length=1, description="name of the flow that it runs")
    entrypoint: str = Field(min_length=1, description="where workers find the flow's code")
    work_pool: str = Field(min_length=1, description="name of the work pool whose workers take it up")
    parameters: dict[str, Any] = Field(default_factory=dict, description="values of the flow's parameters")
    parameter_schema: dict[str, Any] = Field(
        default_factory=dict, description="variables that a start may set; anything else is refused"
    )
    concurrency_limit: int | None = Field(default=None, ge=1, description="how many of its runs go on at once")
    tags: list[str] = Field(default_factory=list, description="words by which it is found")
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")


class Deployment(Resource[DeploymentInputs]):
    """A deployment of a flow."""

    token = "rolecall:prefect:Deployment"
    description = "A deployment in Prefect. It has no pull steps and no job variables: nothing else than its flow runs."
    loss = "the history of its runs"
    replaced_by = frozenset({"name", "flow"})
    unordered = frozenset({"tags"})
    computed = {"deploymentId": "its id"}

    def create(self, inputs: DeploymentInputs) -> Live[DeploymentInputs]:
        """Make it, or go on with one that an earlier run has made."""
        found = deployment(inputs.flow, inputs.name)
        if found is not None and not is_marked(found.get("description"), inputs.managed_by):
            raise not_owned(f"Prefect deployment {inputs.name!r}")
        if found is not None:
            return self.update(f"{inputs.flow}/{inputs.name}", inputs, inputs)
        # A flow is known by its name: making it again answers the one that there is.
        flow = repeatedly(Request("POST", "/flows/", body={"name": inputs.flow})).body
        body = {"name": inputs.name, "flow_id": flow["id"], **_settings(inputs)}
        # So is a deployment, by its flow and name.
        found = repeatedly(Request("POST", f"{PATH}/", body=body)).body
        return _live(found, inputs)

    def read(self, identity: str, declared: DeploymentInputs | None) -> Live[DeploymentInputs] | None:
        """Return it; what makes it run something else counts as another entrypoint."""
        flow, _, name = identity.partition("/")
        found = deployment(flow, name)
        if found is None:
            return None
        inputs = DeploymentInputs(
            **ownership_in(found.get("description"), declared),
            name=found["name"],
            flow=flow,
            entrypoint=runs(found),
            work_pool=found.get("work_pool_name") or "none",
            parameters=found.get("parameters") or {},
            parameter_schema=found.get("parameter_openapi_schema") or {},
            concurrency_limit=(found.get("global_concurrency_limit") or {}).get("limit"),
            tags=list(found.get("tags") or []),
        )
        return _live(found, inputs)

    def update(self, identity: str, old: DeploymentInputs, new: DeploymentInputs) -> Live[DeploymentInputs]:
        """Change it in place; runs under way go on as they began."""
        found = prefect().get(_path(new.flow, new.name))
        repeatedly(Request("PATCH", f"{PATH}/{found['id']}", body=_settings(new)))
        return _live(found, new)

    def delete(self, identity: str, declared: DeploymentInputs) -> None:
        """Remove it; the flow, which others share, stays."""
        found = deployment(declared.flow, declared.name)
        if found is None:
            return
        require_own(f"Prefect deployment {declared.name!r}", found.get("description"), declared.managed_by)
        remove(f"{PATH}/{found['id']}")


def deployment(flow: str, name: str) -> Json | None:
    """Return a deployment, or None where it is gone."""
    found: Json | None = one(_path(flow, name))
    return found


def runs(found: Json) -> str:
    """Return what a deployment runs: its entrypoint, and what was put before or around it."""
    around = [key for key in ("pull_steps", "job_variables", "path") if found.get(key)]
    return " with ".join([str(found.get("entrypoint") or "nothing"), *around])


def _path(flow: str, name: str) -> str:
    return f"{PATH}/name/{flow}/{name}"


def _settings(inputs: DeploymentInputs) -> dict[str, Any]:
    return {
        "description": marked(inputs.description, inputs.managed_by),
        "entrypoint": inputs.entrypoint,
        "work_pool_name": inputs.work_pool,
        "parameters": inputs.parameters,
        "parameter_openapi_schema": inputs.parameter_schema,
        "enforce_parameter_schema": True,
        "concurrency_limit": inputs.concurrency_limit,
        "concurrency_options": {"collision_strategy": "ENQUEUE"} if inputs.concurrency_limit else None,
        "tags": inputs.tags,
        "pull_steps": [],
        "job_variables": {},
        "path": None,
    }


def _live(found: Json, inputs: DeploymentInputs) -> Live[DeploymentInputs]:
    return Live(f"{inputs.flow}/{inputs.name}", inputs, {"deploymentId": str(found["id"])})
