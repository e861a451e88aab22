"""Pipelines: https://developer.harness.io/docs/platform/pipelines/harness-yaml-quickstart."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import Field

from rolecall.systems.harness.client import TAG, data, harness, one, remove, scope
from rolecall.systems.harness.identifiers import PATTERN
from rolecall.systems.ownership import not_owned
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/pipeline/api/pipelines"
YAML = {"Content-Type": "application/yaml"}


class PipelineInputs(Model):
    """A pipeline."""

    identifier: str = Field(pattern=PATTERN, description="its identifier")
    name: str = Field(min_length=1, description="its name")
    description: str = Field(default="", description="what it is for")
    variables: list[dict[str, Any]] = Field(default_factory=list, description="what whoever starts it may say")
    stages: list[dict[str, Any]] = Field(min_length=1, description="its stages, in Harness' own words")
    managed_by: str = Field(min_length=1, description="whose it is; written as a tag")


class Pipeline(Resource[PipelineInputs]):
    """A pipeline."""

    token = "rolecall:harness:Pipeline"
    description = "A pipeline in Harness, kept there and not in Git: the contract is what is reviewed."
    model = PipelineInputs
    replaced_by = frozenset({"identifier"})

    def create(self, inputs: PipelineInputs) -> Live[PipelineInputs]:
        """Make it, or go on with one that an earlier run has made."""
        if _ours(inputs.identifier, inputs.managed_by) is not None:
            return self.update(inputs.identifier, inputs, inputs)
        request = Request("POST", f"{PATH}/v2", headers=YAML, text=_text(inputs))
        harness().once(lambda: _ours(inputs.identifier, inputs.managed_by), request, lambda answer: dict(data(answer)))
        return Live(inputs.identifier, inputs)

    def read(self, identity: str, declared: PipelineInputs | None) -> Live[PipelineInputs] | None:
        """Return it."""
        found = pipeline(identity)
        if found is None:
            return None
        inputs = PipelineInputs(
            identifier=found["identifier"],
            name=str(found["name"]),
            description=str(found.get("description") or ""),
            variables=list(found.get("variables") or []),
            stages=list(found.get("stages") or [{"nothing": True}]),
            managed_by=str((found.get("tags") or {}).get(TAG) or "nobody"),
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: PipelineInputs, new: PipelineInputs) -> Live[PipelineInputs]:
        """Change it in place; executions under way go on as they began."""
        harness().send(Request("PUT", f"{PATH}/v2/{identity}", headers=YAML, text=_text(new)))
        return Live(identity, new)

    def delete(self, identity: str, declared: PipelineInputs) -> None:
        """Remove it."""
        if _ours(identity, declared.managed_by) is not None:
            remove(f"{PATH}/{identity}")


def pipeline(identity: str) -> Json | None:
    """Return a pipeline as its YAML says it, or None where it is gone."""
    found = one(f"{PATH}/{identity}")
    if found is None:
        return None
    read = yaml.safe_load(found["yamlPipeline"])
    return dict(read["pipeline"])


def _ours(identity: str, managed_by: str) -> Json | None:
    """Return it, or None; raise NotOwned where it is somebody else's."""
    found = pipeline(identity)
    if found is not None and (found.get("tags") or {}).get(TAG) != managed_by:
        raise not_owned(f"Harness pipeline {identity!r}")
    return found


def _text(inputs: PipelineInputs) -> str:
    where = scope()
    told = {
        "identifier": inputs.identifier,
        "name": inputs.name,
        "description": inputs.description,
        "orgIdentifier": where["orgIdentifier"],
        "projectIdentifier": where["projectIdentifier"],
        "tags": {TAG: inputs.managed_by},
        "variables": inputs.variables,
        "stages": inputs.stages,
    }
    text: str = yaml.safe_dump({"pipeline": told}, sort_keys=False, allow_unicode=True)
    return text
