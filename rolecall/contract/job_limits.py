"""Settings of a job that exclude one another, and limits on the others.

Sources: https://docs.databricks.com/api/workspace/jobs/create and `ConflictsWith` in terraform-provider-databricks,
jobs/resource_job.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rolecall.contract.job_finding import JobFinding
from rolecall.contract.source import Path

_TRIGGERS = ("schedule", "continuous", "trigger")
_TRIGGER_TYPES = (
    *("file_arrival", "periodic", "table_update", "model", "schedule", "continuous"),
    "job_completion",
)
_REVISIONS = ("git_branch", "git_tag", "git_commit")
_COMPUTE = ("new_cluster", "existing_cluster_id", "job_cluster_key")
_SQL = ("alert", "dashboard", "file", "query")
_LIBRARIES = ("jar", "egg", "pypi", "maven", "cran", "whl", "requirements")
_DESTINATIONS = 3
_MAXIMA: Mapping[str, int] = {"max_concurrent_runs": 1000}
_LENGTHS: Mapping[str, int] = {"name": 4096, "description": 27_700}


def limits(settings: Mapping[str, Any]) -> Iterator[JobFinding]:
    """Yield mutually exclusive settings, and settings beyond a limit."""
    yield from _exclusive(settings, _TRIGGERS, ())
    yield from _exclusive(_mapping(settings.get("trigger")), _TRIGGER_TYPES, ("trigger",))
    for index, trigger in enumerate(_mappings(settings.get("triggers"))):
        yield from _exclusive(trigger, _TRIGGER_TYPES, ("triggers", index))
    yield from _exclusive(_mapping(settings.get("git_source")), _REVISIONS, ("git_source",))
    yield from _destinations(settings, ())
    for index, task in enumerate(_mappings(settings.get("tasks"))):
        yield from _task(task, ("tasks", index))
        inner = _mapping(task.get("for_each_task")).get("task")
        if isinstance(inner, dict):
            yield from _task(inner, ("tasks", index, "for_each_task", "task"))
    for key, most in _MAXIMA.items():
        value = settings.get(key)
        if isinstance(value, int) and not 0 <= value <= most:
            yield JobFinding("wrong-value", (key,), f"`{key}` is {value:,}", f"It is from 0 to {most:,}.")
    for key, most in _LENGTHS.items():
        value = settings.get(key)
        if isinstance(value, str) and len(value) > most // 4 and len(value.encode()) > most:
            what = f"`{key}` has {len(value.encode()):,} bytes"
            yield JobFinding("wrong-value", (key,), what, f"It has at most {most:,}.")


def _task(task: Mapping[str, Any], at: Path) -> Iterator[JobFinding]:
    yield from _exclusive(task, _COMPUTE, at)
    yield from _destinations(task, at)
    if sql := task.get("sql_task"):
        yield from _exclusive(_mapping(sql), _SQL, (*at, "sql_task"))
    for index, library in enumerate(_mappings(task.get("libraries"))):
        yield from _exclusive(library, _LIBRARIES, (*at, "libraries", index))


def _exclusive(holder: Mapping[str, Any], keys: Sequence[str], at: Path) -> Iterator[JobFinding]:
    found = [key for key in keys if holder.get(key) not in (None, "", {})] if len(holder) > 1 else []
    if len(found) > 1:
        names = " and ".join(f"`{key}`" for key in found)
        yield JobFinding("settings-exclude-each-other", (*at, found[1]), f"{names} are set together", "Keep one.")


def _destinations(holder: Mapping[str, Any], at: Path) -> Iterator[JobFinding]:
    for event, destinations in _mapping(holder.get("webhook_notifications")).items():
        if isinstance(destinations, list) and len(destinations) > _DESTINATIONS:
            what = f"`{event}` has {len(destinations)} destinations"
            yield JobFinding(
                "wrong-value", (*at, "webhook_notifications", event), what, f"It has at most {_DESTINATIONS}."
            )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [_mapping(one) for one in value] if isinstance(value, list) else []
