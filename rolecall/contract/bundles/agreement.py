"""Comparison of a bundle's jobs with those that `databricks bundle validate --output json` resolves."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from rolecall.contract.bundles.libraries import is_local, is_pattern, without_extras
from rolecall.contract.source import Path

Json = Mapping[str, Any]

# What the command adds to a job, and what the contract declares in its place.
_NOT_COMPARED = frozenset(
    {
        *("deployment", "edit_mode", "format", "id", "url", "modified_status", "lifecycle", "permissions", "run_as"),
    }
)
_OF_LIBRARIES = ("libraries", "dependencies")
# Values that the command fills in: they are those of the Jobs API
# (bundle/config/mutator/resourcemutator/resource_mutator.go, cluster_fixups.go).
_FILLED: Mapping[str, Any] = {
    "name": "Untitled",
    "max_concurrent_runs": 1,
    "pause_status": "UNPAUSED",
    "queue": {"enabled": True},
    "num_workers": 0,
    "schema": "default",
    "workload_type": {"clients": {"notebooks": True, "jobs": True}},
}


@dataclass(frozen=True)
class Resolved:
    """A bundle's target as the command resolves it.

    Attributes:
        jobs: the jobs by name, in the form of the Jobs API.
        user: who runs the command.
        host: the address of the workspace.
        prefix: the prefix of names in the target.
        tags: the tags that the target adds.
        mode: the target's mode.
        file_path: the folder that the bundle's files are uploaded to.
        display_name: the name that Databricks has for the user.
    """

    jobs: Mapping[str, Json]
    user: str
    host: str
    prefix: str = ""
    tags: Json | None = None
    mode: str = ""
    file_path: str = ""
    display_name: str = ""


def resolved(document: Json) -> Resolved:
    """Return the target of the command's JSON document; fields that it does not have are empty."""
    workspace = _mapping(document.get("workspace"))
    presets = _mapping(document.get("presets"))
    jobs = _mapping(_mapping(document.get("resources")).get("jobs"))
    user = _mapping(workspace.get("current_user"))
    return Resolved(
        {name: _mapping(job) for name, job in jobs.items()},
        str(user.get("userName") or ""),
        str(workspace.get("host") or ""),
        str(presets.get("name_prefix") or ""),
        _mapping(presets.get("tags")),
        str(_mapping(document.get("bundle")).get("mode") or ""),
        str(workspace.get("file_path") or ""),
        str(user.get("displayName") or user.get("short_name") or ""),
    )


@dataclass(frozen=True)
class Disagreement:
    """A value that the two resolve otherwise; None where one of them has none.

    Attributes:
        path: its path in the job.
        ours: the value by Rolecall's resolution.
        theirs: the value by the command's.
    """

    path: Path
    ours: Any
    theirs: Any


def disagreements(ours: Json, theirs: Json, target: Resolved) -> Iterator[Disagreement]:
    """Yield every value of a job that the command resolves otherwise.

    Args:
        ours: the job's settings by Rolecall's resolution.
        theirs: the job in the command's document.
        target: the command's output for the target.
    """
    left = {key: value for key, value in ours.items() if key not in _NOT_COMPARED}
    right = {key: value for key, value in theirs.items() if key not in _NOT_COMPARED}
    right = _with_libraries(_in_order_of(left, right), target.file_path)
    if target.mode == "development":
        right = _without_developer(left, right, target)
    yield from _of_values(left, right, ())


def _in_order_of(left: Json, right: Json) -> dict[str, Any]:
    """Return the command's job with its tasks, which it sorts, in the order of ours."""
    order = {_mapping(one).get("task_key"): place for place, one in enumerate(_elements(left.get("tasks")))}
    tasks = sorted(_elements(right.get("tasks")), key=lambda one: order.get(_mapping(one).get("task_key"), len(order)))
    return {**right, **({"tasks": tasks} if tasks else {})}


def _with_libraries(job: Json, folder: str) -> dict[str, Any]:
    """Return the command's job with its own files among libraries as paths: it replaces them when it deploys."""

    def placed(library: Any) -> Any:
        if isinstance(library, dict):
            return {key: placed(value) if key in ("whl", "jar") else value for key, value in library.items()}
        is_file = isinstance(library, str) and is_local(library)
        return posixpath.normpath(posixpath.join(folder, library)) if is_file else library

    def task(found: Any) -> Any:
        if not isinstance(found, dict):
            return found
        inner = _mapping(found.get("for_each_task"))
        return {
            **found,
            **({"libraries": [placed(one) for one in _elements(found["libraries"])]} if "libraries" in found else {}),
            **({"for_each_task": {**inner, "task": task(inner["task"])}} if "task" in inner else {}),
        }

    def environment(found: Any) -> Any:
        spec = _mapping(_mapping(found).get("spec"))
        if "dependencies" not in spec:
            return found
        return {**found, "spec": {**spec, "dependencies": [placed(one) for one in _elements(spec["dependencies"])]}}

    changed = {"tasks": task, "environments": environment}
    return {
        key: [changed[key](one) for one in _elements(value)] if key in changed else value for key, value in job.items()
    }


def _without_developer(left: Json, right: dict[str, Any], target: Resolved) -> dict[str, Any]:
    """Return the command's job without the prefix and the tags that name its developer."""
    name = right.get("name")
    if isinstance(name, str) and name != left.get("name", "Untitled"):
        right["name"] = name.removeprefix(target.prefix)
        if not right["name"] and "name" not in left:
            # A job without a name is called like the developer alone.
            del right["name"]
    tags = {
        key: value
        for key, value in _mapping(right.get("tags")).items()
        if key in _mapping(left.get("tags")) or (target.tags or {}).get(key) != value
    }
    return {**{key: value for key, value in right.items() if key != "tags"}, **({"tags": tags} if tags else {})}


def _of_values(left: Any, right: Any, path: Path) -> Iterator[Disagreement]:
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}, key=str):
            one, other = left.get(key), right.get(key)
            if key not in left and (_is_empty(other) or _FILLED.get(str(key)) == other):
                continue
            yield from _of_values(one, other, (*path, key))
    elif isinstance(left, list) and isinstance(right, list) and path and path[-1] in _OF_LIBRARIES:
        yield from _of_libraries(left, right, path)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for position, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _of_values(one, other, (*path, position))
    elif _text(left) != _text(right) and not (_is_empty(left) and _is_empty(right)):
        yield Disagreement(path, left, right)


def _of_libraries(left: list[Any], right: list[Any], path: Path) -> Iterator[Disagreement]:
    """Yield the difference of two lists of libraries; the command's patterns match our resolved files."""
    rest = [*left]
    for one in right:
        pattern = _file_of(one)
        if isinstance(pattern, str) and is_pattern(without_extras(pattern)[0]):
            while rest and _matches(rest[0], pattern):
                rest.pop(0)
        elif rest and rest[0] == one:
            rest.pop(0)
        else:
            break
    else:
        if not rest:
            return
    yield Disagreement(path, left, right)


def _matches(library: Any, pattern: str) -> bool:
    (file, extras), (pattern, of_pattern) = (without_extras(one) for one in (str(_file_of(library)), pattern))
    return fnmatchcase(file, pattern) and extras == of_pattern


def _file_of(library: Any) -> Any:
    """Return the path of a library or a dependency; None for a package."""
    return library if isinstance(library, str) else _mapping(library).get("whl") or _mapping(library).get("jar")


def _text(value: Any) -> Any:
    """Return a value without the `./` before a path of a repository, which means the same."""
    return value.removeprefix("./") if isinstance(value, str) else value


def _is_empty(value: Any) -> bool:
    return value is None or value == {} or value == []


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
