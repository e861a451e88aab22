"""Shared by rules on orchestrators: their definitions, and the steps of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall.policies.properties import Properties
from rolecall.policies.rule import Resource
from rolecall.policies.types import (
    CONDUCTOR_WORKFLOW,
    HARNESS_PIPELINE,
    PREFECT_DEPLOYMENT,
    PREFECT_VARIABLE,
    PREFECT_WORK_POOL,
)

# The property with the content of a definition, by type.
DEFINITIONS = {
    CONDUCTOR_WORKFLOW: "tasks",
    HARNESS_PIPELINE: "stages",
    PREFECT_DEPLOYMENT: "parameters",
    PREFECT_VARIABLE: "value",
    PREFECT_WORK_POOL: "baseJobTemplate",
}
FEDERATION = (
    "Let a worker show its own token to Databricks and get one for the job's service principal (token federation); "
    "Rolecall's workflows do that."
)


def steps_of(resource: Resource) -> Iterator[tuple[str, Properties]]:
    """Yield the steps of a Harness pipeline, each with its path: also in groups, in parallel, and on failure.

    Raises:
        Unknown: a part of the pipeline is not known during this preview.
    """
    for stage in resource.properties.items("stages"):
        yield from below(stage, "step")


def below(part: Properties, wanted: str) -> Iterator[tuple[str, Properties]]:
    """Yield the nested parts of a name, each with the path of the part around it."""
    for name in part.names:
        value = part.read(name)
        if name == wanted and isinstance(value, Mapping):
            yield part.path, Properties(value, f"{part.path}.{name}")
        elif name == "step":
            # What a step says may be an id that is not known yet; its rules read the parts that matter.
            continue
        elif isinstance(value, Mapping):
            yield from below(Properties(value, f"{part.path}.{name}"), wanted)
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            for item in part.items(name):
                yield from below(item, wanted)
