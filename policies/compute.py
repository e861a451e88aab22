"""Shared by rules on compute: definitions of cluster policies, tasks and clusters of jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rolecall.policies.properties import Properties
from rolecall.policies.resource import Resource


def definition_of(properties: Properties) -> dict[str, Any] | None:
    """Return a policy's definition, or what it overrides of its family; None when it is no JSON object."""
    text = properties.read("definition") or properties.read("policyFamilyDefinitionOverrides") or "{}"
    try:
        parsed = json.loads(text)
    except (RecursionError, TypeError, ValueError):
        return None
    sound = isinstance(parsed, dict) and all(isinstance(element, dict) for element in parsed.values())
    return parsed if sound else None


def tasks(job: Properties) -> Iterator[Properties]:
    """Yield a job's tasks, those inside a for-each task too."""
    for task in job.items("tasks"):
        yield task
        if inner := task.within("forEachTask.task"):
            yield inner


def tasks_of(resource: Resource) -> Iterator[Properties]:
    """Yield the tasks of a resource that is a job, those inside a for-each task too."""
    return tasks(resource.properties)


def new_clusters(job: Properties) -> Iterator[Properties]:
    """Yield every new cluster that a job makes."""
    for holder in (*job.items("jobClusters"), *tasks(job)):
        if cluster := holder.within("newCluster"):
            yield cluster
    if cluster := job.within("newCluster"):
        yield cluster
