"""Settings of a job that the Jobs API accepts one of, and limits on others.

https://docs.databricks.com/api/workspace/jobs/create
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rolecall.emulators.application import Json
from rolecall.emulators.databricks.errors import invalid

REVISIONS = ("git_branch", "git_tag", "git_commit")
TRIGGERS = ("file_arrival", "table_update", "periodic", "model", "job_completion", "schedule", "continuous")
LIBRARIES = ("jar", "egg", "whl", "pypi", "maven", "cran", "requirements")
SQL = ("query", "dashboard", "alert", "file")
MAX_RUNS, MAX_DESTINATIONS = 1000, 3
MAX_NAME, MAX_DESCRIPTION = 4096, 27_700


def check_job(settings: Json, tasks: Iterable[Json]) -> None:
    """Refuse settings of a job that exclude each other, or that are beyond a limit."""
    _at_most_one("git_source", settings.get("git_source"), REVISIONS)
    _at_most_one("trigger", settings.get("trigger"), TRIGGERS)
    for trigger in settings.get("triggers") or []:
        _at_most_one("triggers", trigger, TRIGGERS)
    _check_destinations(settings)
    for task in tasks:
        name = f"Task '{task.get('task_key')}'"
        _at_most_one(f"{name}: sql_task", task.get("sql_task"), SQL)
        for library in task.get("libraries") or []:
            _at_most_one(f"{name}: library", library, LIBRARIES)
        _check_destinations(task)
    runs = settings.get("max_concurrent_runs")
    if isinstance(runs, int) and not 0 <= runs <= MAX_RUNS:
        raise invalid(f"max_concurrent_runs must be between 0 and {MAX_RUNS}; it is {runs}.")
    for key, most in (("name", MAX_NAME), ("description", MAX_DESCRIPTION)):
        if len(str(settings.get(key) or "").encode()) > most:
            raise invalid(f"The {key} of a job has at most {most} bytes.")


def _at_most_one(name: str, part: Mapping[str, Any] | None, fields: tuple[str, ...]) -> None:
    found = [key for key in fields if (part or {}).get(key)]
    if len(found) > 1:
        raise invalid(f"{name} can have only one of {', '.join(found)}.")


def _check_destinations(holder: Json) -> None:
    for event, destinations in (holder.get("webhook_notifications") or {}).items():
        if len(destinations or []) > MAX_DESTINATIONS:
            raise invalid(f"{event} can have at most {MAX_DESTINATIONS} destinations.")
