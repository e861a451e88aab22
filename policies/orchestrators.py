"""Shared by rules on orchestrators: their definitions, and the steps of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall.access.systems import definition_types
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Resource

# The property with the content of a definition, by type.
DEFINITIONS = definition_types()
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
            # A step's content may be an id that is not known yet; its rules read the parts that matter.
            continue
        elif isinstance(value, Mapping):
            yield from below(Properties(value, f"{part.path}.{name}"), wanted)
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            for item in part.items(name):
                yield from below(item, wanted)
