"""Work pools: https://docs.prefect.io/v3/concepts/work-pools. Each principal has one, which its worker alone polls."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from rolecall.systems.ownership import is_marked, marked, not_owned, ownership_in
from rolecall.systems.prefect.client import one, prefect, remove, repeatedly
from rolecall.systems.requests import Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/work_pools"
# How a worker starts a flow. A start can set nothing in it: no command, no variable.
TEMPLATE: dict[str, Any] = {
    "variables": {"type": "object", "properties": {}},
    "job_configuration": {"command": None, "env": {}, "labels": {}, "name": None, "stream_output": True},
}


class WorkPoolInputs(Model):
    """A work pool."""

    name: str = Field(min_length=1, description="its name")
    description: str = Field(default="", description="what it is for")
    type: Literal["process", "kubernetes", "docker"] = Field(default="process", description="how its workers run flows")
    base_job_template: dict[str, Any] = Field(
        default_factory=lambda: TEMPLATE,
        description="how flows are started; by default nothing can be set from outside",
    )
    concurrency_limit: int | None = Field(default=None, ge=1, description="how many flows run at once in it")
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")


class WorkPool(Resource[WorkPoolInputs]):
    """A work pool, with its default queue."""

    token = "rolecall:prefect:WorkPool"
    description = "A work pool in Prefect: what its workers take up, and how they start it."
    loss = "its workers' connection"
    replaced_by = frozenset({"name", "type"})
    deleted_first = frozenset({"type"})

    def create(self, inputs: WorkPoolInputs) -> Live[WorkPoolInputs]:
        """Make it, or go on with one that an earlier run has made."""
        if _exists(inputs.name, inputs.managed_by):
            return self.update(inputs.name, inputs, inputs)
        body = {"name": inputs.name, "type": inputs.type, **_settings(inputs)}

        def made() -> bool | None:
            return _exists(inputs.name, inputs.managed_by) or None

        prefect().once(made, Request("POST", f"{PATH}/", body=body), lambda _answer: True)
        return Live(inputs.name, inputs)

    def read(self, identity: str, declared: WorkPoolInputs | None) -> Live[WorkPoolInputs] | None:
        """Return it."""
        found = one(f"{PATH}/{identity}")
        if found is None:
            return None
        inputs = WorkPoolInputs(
            **ownership_in(found.get("description"), declared),
            name=found["name"],
            type=found.get("type"),
            base_job_template=found.get("base_job_template") or {},
            concurrency_limit=found.get("concurrency_limit"),
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: WorkPoolInputs, new: WorkPoolInputs) -> Live[WorkPoolInputs]:
        """Change it in place."""
        repeatedly(Request("PATCH", f"{PATH}/{identity}", body=_settings(new)))
        return Live(identity, new)

    def delete(self, identity: str, declared: WorkPoolInputs) -> None:
        """Remove it, with its queues."""
        if _exists(identity, declared.managed_by):
            remove(f"{PATH}/{identity}")


def _exists(name: str, managed_by: str) -> bool:
    """Return whether it is there; raise NotOwned if it has another owner."""
    found = one(f"{PATH}/{name}")
    if found is not None and not is_marked(found.get("description"), managed_by):
        raise not_owned(f"Prefect work pool {name!r}")
    return found is not None


def _settings(inputs: WorkPoolInputs) -> dict[str, Any]:
    return {
        "description": marked(inputs.description, inputs.managed_by),
        "base_job_template": inputs.base_job_template,
        "concurrency_limit": inputs.concurrency_limit,
        "is_paused": False,
    }
