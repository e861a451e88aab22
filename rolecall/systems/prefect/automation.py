"""Automations: https://docs.prefect.io/v3/concepts/automations. They see to runs whose worker is gone."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from rolecall.systems.ownership import is_marked, marked, ownership_in, require_own
from rolecall.systems.prefect.client import every, one, prefect, remove
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/automations"


class AutomationInputs(Model):
    """An automation."""

    name: str = Field(min_length=1, description="its name")
    description: str = Field(default="", description="what it is for")
    trigger: dict[str, Any] = Field(description="what sets it off, in Prefect's own words")
    actions: list[dict[str, Any]] = Field(min_length=1, description="what it does then, in Prefect's own words")
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")


class Automation(Resource[AutomationInputs]):
    """An automation."""

    token = "rolecall:prefect:Automation"
    description = "An automation in Prefect: what is done when something happens, or does not."

    def create(self, inputs: AutomationInputs) -> Live[AutomationInputs]:
        """Make it, or go on with one that an earlier run has made; names need not differ, so that marks tell."""
        found = _ours(inputs)
        if found is None:
            request = Request("POST", f"{PATH}/", body=_body(inputs))
            found = prefect().once(lambda: _ours(inputs), request, lambda answer: dict(answer.body))
            return Live(str(found["id"]), inputs)
        return self.update(str(found["id"]), inputs, inputs)

    def read(self, identity: str, declared: AutomationInputs | None) -> Live[AutomationInputs] | None:
        """Return it; what the server adds by itself is not taken for a change. One that is off is as good as gone."""
        found = one(f"{PATH}/{identity}")
        if found is None or not found.get("enabled"):
            return None
        inputs = AutomationInputs(
            **ownership_in(found.get("description"), declared),
            name=found["name"],
            trigger=as_declared(found.get("trigger"), declared.trigger) if declared else found.get("trigger"),
            actions=as_declared(found.get("actions"), declared.actions) if declared else found.get("actions"),
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: AutomationInputs, new: AutomationInputs) -> Live[AutomationInputs]:
        """Change it in place."""
        prefect().send(Request("PUT", f"{PATH}/{identity}", body=_body(new)))
        return Live(identity, new)

    def delete(self, identity: str, declared: AutomationInputs) -> None:
        """Remove it."""
        found = one(f"{PATH}/{identity}")
        if found is None:
            return
        require_own(f"Prefect automation {found['name']!r}", found.get("description"), declared.managed_by)
        remove(f"{PATH}/{identity}")


def as_declared(found: Any, declared: Any) -> Any:
    """Return what was found without the keys that were not declared: servers fill in the rest."""
    if isinstance(found, dict) and isinstance(declared, dict):
        return {key: as_declared(found.get(key), value) for key, value in declared.items()}
    if isinstance(found, list) and isinstance(declared, list) and len(found) == len(declared):
        if all(isinstance(one_, str) for one_ in [*found, *declared]):
            # Names of events are a set, which Prefect answers in any order.
            return declared if sorted(found) == sorted(declared) else found
        return [as_declared(one_, value) for one_, value in zip(found, declared, strict=True)]
    return found


def _body(inputs: AutomationInputs) -> Json:
    return {
        "name": inputs.name,
        "description": marked(inputs.description, inputs.managed_by),
        "enabled": True,
        "trigger": inputs.trigger,
        "actions": inputs.actions,
    }


def _ours(inputs: AutomationInputs) -> Json | None:
    body = {"automations": {"name": {"any_": [inputs.name]}}}
    for found in every(f"{PATH}/filter", body):
        if found["name"] == inputs.name and is_marked(found.get("description"), inputs.managed_by):
            return found
    return None
