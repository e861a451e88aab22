"""What the Jobs API refuses, or the provider cannot send, of a job's settings.

https://docs.databricks.com/api/workspace/jobs/create
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any
from zoneinfo import ZoneInfo

from rolecall.contract.job_finding import JobFinding
from rolecall.contract.job_limits import limits
from rolecall.contract.problems import one_of
from rolecall.contract.quartz import wrong_in
from rolecall.contract.source import Path
from rolecall.kinds.jobs_api import job_form

# Names that Java knows as well (https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/time/ZoneId.html).
_OFFSET = re.compile(r"(?:(?:UTC|GMT|UT)?[+-][0-9]{1,2}(?::?[0-9]{2})?|UTC|GMT|UT|Z)")
# Files of a task: notebooks of the workspace, and scripts, which may also be in storage.
_PATHS = (("notebook_task", "notebook_path"), ("spark_python_task", "python_file"))
_URI = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
# Only notebooks run on serverless compute without an environment (the field `environment_key`).
_ON_COMPUTE = frozenset({"dbt_task", "python_wheel_task", "spark_jar_task", "spark_python_task", "spark_submit_task"})
_COMPUTE = ("environment_key", "job_cluster_key", "new_cluster", "existing_cluster_id")


def findings(settings: Mapping[str, Any]) -> Iterator[JobFinding]:
    """Yield what is wrong with a job's settings."""
    tasks = [one for one in settings.get("tasks") or () if isinstance(one, dict)]
    keys = [one.get("task_key") for one in tasks]
    yield from _twice(keys, ("tasks",), "task_key")
    for section, key in (
        ("parameters", "name"),
        ("job_clusters", "job_cluster_key"),
        ("environments", "environment_key"),
    ):
        yield from _twice([one.get(key) for one in settings.get(section) or ()], (section,), key)
    clusters = {one.get("job_cluster_key") for one in settings.get("job_clusters") or ()}
    environments = {one.get("environment_key") for one in settings.get("environments") or ()}
    from_git = settings.get("git_source") is not None
    for index, task in enumerate(tasks):
        at: Path = ("tasks", index)
        inner = (task.get("for_each_task") or {}).get("task")
        for one, place in ((task, at), (inner or {}, (*at, "for_each_task", "task"))):
            yield from _known(one, "job_cluster_key", clusters, place)
            yield from _known(one, "environment_key", environments, place)
        for position, dependency in enumerate(task.get("depends_on") or ()):
            yield from _known(dependency, "task_key", keys, (*at, "depends_on", position))
        yield from _task(task, at, from_git=from_git)
    if ring := _ring(tasks):
        what = f"tasks wait for each other: {' → '.join(ring)}"
        yield JobFinding("tasks-in-a-ring", ("tasks",), what, "Remove one `depends_on`.")
    yield from _schedule(settings)
    yield from limits(settings)
    yield from _empty_texts(settings, ())


def _empty_texts(value: Any, at: Path) -> Iterator[JobFinding]:
    """Report empty items of any list of texts.

    The provider panics over them (`setPrimitiveValueOfKind` in terraform-provider-databricks,
    common/reflect_resource.go).
    """
    if value == "" and at and isinstance(at[-1], int):
        what = "an empty text, which the Databricks provider cannot send"
        yield JobFinding("empty-text", at, what, "Remove it, or pass another value for it.")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, (Mapping, list)):
                yield from _empty_texts(inner, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _empty_texts(item, (*at, index))


def _twice(keys: list[Any], at: Path, key: str) -> Iterator[JobFinding]:
    seen = Counter[Any]()
    # Nearly all have different keys.
    for index, one in enumerate(keys) if len({*keys}) < len(keys) else ():
        seen[one] += 1
        if one is not None and seen[one] == 2:
            what = f"{key} {one!r} is there twice"
            yield JobFinding("declared-twice", (*at, index, key), what, "Give one of them another.")


def _known(holder: Mapping[str, Any], key: str, known: Any, at: Path) -> Iterator[JobFinding]:
    name = holder.get(key)
    if name is not None and name not in known:
        id_ = f"unknown-{key.replace('_', '-')}"
        yield JobFinding(id_, (*at, key), f"there is no {key} {name!r}", one_of(str(name), known))


def _task(task: Mapping[str, Any], at: Path, *, from_git: bool) -> Iterator[JobFinding]:
    kinds = sorted(task.keys() & _task_types())
    name = task.get("task_key")
    if not kinds:
        how = f"One of: {', '.join(sorted(_task_types()))}."
        yield JobFinding("task-without-type", at, f"task {name!r} has no task type", how)
    elif len(kinds) > 1:
        what = f"task {name!r} has {' and '.join(kinds)}"
        yield JobFinding("task-of-two-types", at, what, "A task runs one thing: make two of it.")
    elif kinds[0] in _ON_COMPUTE and not any(task.get(key) for key in _COMPUTE):
        what = f"task {name!r} has no compute, which {kinds[0]} needs"
        yield JobFinding("task-without-compute", at, what, f"Set one of: {', '.join(_COMPUTE)}.")
    for kind, key in _PATHS:
        part = task.get(kind) or {}
        path, source = part.get(key), part.get("source")
        is_of_workspace = source == "WORKSPACE" or not (from_git or source == "GIT")
        if isinstance(path, str) and is_of_workspace and not (path.startswith(("/", "${")) or _URI.match(path)):
            what = f"{path!r} is not a workspace path"
            how = "It begins with /, unless `git_source` is set."
            yield JobFinding("relative-path", (*at, kind, key), what, how)
    inner = (task.get("for_each_task") or {}).get("task")
    if isinstance(inner, dict):
        yield from _task(inner, (*at, "for_each_task", "task"), from_git=from_git)


@cache
def _task_types() -> frozenset[str]:
    return frozenset(name for name in job_form()["Task"] if name.endswith("_task"))


def _ring(tasks: list[dict[str, Any]]) -> list[str]:
    earlier: set[Any] = set()
    for one in tasks:
        key = one.get("task_key")
        if key in earlier or not earlier.issuperset(other.get("task_key") for other in one.get("depends_on") or ()):
            break
        earlier.add(key)
    else:
        return []  # each waits for earlier ones only
    graph = {
        str(one.get("task_key")): [str(other.get("task_key")) for other in one.get("depends_on") or ()] for one in tasks
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(one) for one in error.args[1]]
    return []


def _schedule(settings: Mapping[str, Any]) -> Iterator[JobFinding]:
    schedule = settings.get("schedule") or {}
    for key, test in _TESTS.items():
        text = schedule.get(key)
        if isinstance(text, str) and (why := test(text)) is not None:
            how = 'See https://docs.databricks.com/aws/en/jobs/scheduled; an example: "0 0 6 * * ?", Europe/Berlin.'
            yield JobFinding("wrong-value", ("schedule", key), f"{text!r}: {why}", how)


def _no_zone(name: str) -> str | None:
    if _OFFSET.fullmatch(name):
        return None
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return "no time zone has this name"
    return None


_TESTS: dict[str, Callable[[str], str | None]] = {
    "quartz_cron_expression": cache(wrong_in),
    "timezone_id": cache(_no_zone),
}
