"""Variables: https://docs.prefect.io/v3/concepts/variables. They say where a job is, never with what to sign in."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from rolecall.systems.ownership import UNOWNED, not_owned
from rolecall.systems.prefect.client import one, prefect, remove, repeatedly
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/variables"


class VariableInputs(Model):
    """A variable."""

    name: str = Field(pattern=r"^[a-z0-9_]+$", max_length=255, description="its name")
    value: dict[str, Any] = Field(description="its value")
    managed_by: str = Field(min_length=1, description="whose it is; written as a tag")


class Variable(Resource[VariableInputs]):
    """A variable that flows read."""

    token = "rolecall:prefect:Variable"
    description = "A variable in Prefect, which flows read. It is no place for secrets."
    replaced_by = frozenset({"name"})

    def create(self, inputs: VariableInputs) -> Live[VariableInputs]:
        """Make it, or go on with one that an earlier run has made."""
        if _found(inputs.name, inputs.managed_by) is not None:
            return self.update(inputs.name, inputs, inputs)
        body = {"name": inputs.name, "value": inputs.value, "tags": [inputs.managed_by]}
        request = Request("POST", f"{PATH}/", body=body)
        prefect().once(lambda: _found(inputs.name, inputs.managed_by), request, lambda answer: dict(answer.body))
        return Live(inputs.name, inputs)

    def read(self, identity: str, declared: VariableInputs | None) -> Live[VariableInputs] | None:
        """Return it."""
        found = one(f"{PATH}/name/{identity}")
        if found is None:
            return None
        managed_by = declared.managed_by if declared else "rolecall"
        live = found.get("value")
        value = live if isinstance(live, dict) else {"value": live}
        owner = managed_by if managed_by in (found.get("tags") or []) else UNOWNED
        return Live(identity, VariableInputs(name=found["name"], value=value, managed_by=owner))

    def update(self, identity: str, old: VariableInputs, new: VariableInputs) -> Live[VariableInputs]:
        """Give it another value."""
        body = {"value": new.value, "tags": [new.managed_by]}
        repeatedly(Request("PATCH", f"{PATH}/name/{identity}", body=body))
        return Live(identity, new)

    def delete(self, identity: str, declared: VariableInputs) -> None:
        """Remove it."""
        if _found(identity, declared.managed_by) is not None:
            remove(f"{PATH}/name/{identity}")


def _found(name: str, managed_by: str) -> Json | None:
    """Return it, or None; raise NotOwned if it has another owner."""
    found: Json | None = one(f"{PATH}/name/{name}")
    if found is not None and managed_by not in (found.get("tags") or []):
        raise not_owned(f"Prefect variable {name!r}")
    return found
