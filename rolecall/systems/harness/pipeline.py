"""Pipelines: https://developer.harness.io/docs/platform/pipelines/harness-yaml-quickstart."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import Field

from rolecall import plain_yaml
from rolecall.systems.harness.client import TAG, one, owner_of, scope
from rolecall.systems.harness.identifiers import PATTERN
from rolecall.systems.harness.tagged import Tagged, TaggedInputs
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live

PATH = "/pipeline/api/pipelines"
YAML = {"Content-Type": "application/yaml"}


class PipelineInputs(TaggedInputs):
    """A pipeline."""

    identifier: str = Field(pattern=PATTERN, description="its identifier")
    name: str = Field(min_length=1, description="its name")
    description: str = Field(default="", description="what it is for")
    variables: list[dict[str, Any]] = Field(default_factory=list, description="variables that a start may set")
    stages: list[dict[str, Any]] = Field(min_length=1, description="its stages, in Harness' own words")


class Pipeline(Tagged[PipelineInputs]):
    """A pipeline."""

    token = "rolecall:harness:Pipeline"
    description = "A pipeline in Harness, kept there and not in Git: the contract is what is reviewed."
    loss = "the history of its executions"
    noun, path = "pipeline", PATH
    replaced_by = frozenset({"identifier"})

    def identity(self, inputs: PipelineInputs) -> str:
        """Return its identifier."""
        return inputs.identifier

    def found(self, identity: str) -> Json | None:
        """Return it as its YAML describes it, or None where it is gone."""
        return pipeline(identity)

    def body(self, inputs: PipelineInputs) -> Json:
        """Return the pipeline, which its requests carry as YAML."""
        where = scope()
        fields = {
            "identifier": inputs.identifier,
            "name": inputs.name,
            "description": inputs.description,
            "orgIdentifier": where["orgIdentifier"],
            "projectIdentifier": where["projectIdentifier"],
            "tags": {TAG: inputs.managed_by},
            "variables": inputs.variables,
            "stages": inputs.stages,
        }
        return {"pipeline": fields}

    def writing(self, inputs: PipelineInputs, *, is_new: bool) -> Request:
        """Return the request that makes it, or that changes it; executions under way go on as they began."""
        path = f"{PATH}/v2" if is_new else f"{PATH}/v2/{inputs.identifier}"
        text: str = yaml.safe_dump(self.body(inputs), sort_keys=False, allow_unicode=True)
        return Request("POST" if is_new else "PUT", path, headers=YAML, text=text)

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
            managed_by=owner_of(found),
        )
        return Live(identity, inputs)


def pipeline(identity: str) -> Json | None:
    """Return a pipeline by its YAML, or None if it is gone."""
    found = one(f"{PATH}/{identity}")
    if found is None:
        return None
    read = plain_yaml.load(found["yamlPipeline"])
    return dict(read["pipeline"])
