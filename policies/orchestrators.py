"""Shared by rules on orchestrators: their definitions, and the steps of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator

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
    """Yield the steps of a Harness pipeline, each with its path."""
    for stage in resource.properties.items("stages"):
        inner = stage.within("stage.spec.execution")
        for step in inner.items("steps") if inner else ():
            found = step.within("step")
            if found is not None:
                yield step.path, found
