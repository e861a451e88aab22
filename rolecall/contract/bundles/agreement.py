"""Comparison of a bundle's jobs with those that `databricks bundle validate --output json` resolves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.contract.source import Path

Json = Mapping[str, Any]

# What the command adds to a job, and what the contract declares in its place.
_NOT_COMPARED = frozenset(
    {
        *("deployment", "edit_mode", "format", "id", "url", "modified_status", "lifecycle", "permissions", "run_as"),
    }
)
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
    """

    jobs: Mapping[str, Json]
    user: str
    host: str
    prefix: str = ""
    tags: Json | None = None
    mode: str = ""


def resolved(document: Json) -> Resolved:
    """Return the target of the command's JSON document; fields that it does not have are empty."""
    workspace = _mapping(document.get("workspace"))
    presets = _mapping(document.get("presets"))
    jobs = _mapping(_mapping(document.get("resources")).get("jobs"))
    return Resolved(
        {name: _mapping(job) for name, job in jobs.items()},
        str(_mapping(workspace.get("current_user")).get("userName") or ""),
        str(workspace.get("host") or ""),
        str(presets.get("name_prefix") or ""),
        _mapping(presets.get("tags")),
        str(_mapping(document.get("bundle")).get("mode") or ""),
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
        target: what the command says of the target.
    """
    left = {key: value for key, value in ours.items() if key not in _NOT_COMPARED}
    right = {key: value for key, value in theirs.items() if key not in _NOT_COMPARED}
    if target.mode == "development":
        right = _without_developer(left, right, target)
    yield from _of_values(left, right, ())


def _without_developer(left: Json, right: dict[str, Any], target: Resolved) -> dict[str, Any]:
    """Return the command's job without the prefix and the tags that name its developer."""
    name = right.get("name")
    if isinstance(name, str) and name != left.get("name", "Untitled"):
        right["name"] = name.removeprefix(target.prefix)
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
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for position, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _of_values(one, other, (*path, position))
    elif left != right and not (_is_empty(left) and _is_empty(right)):
        yield Disagreement(path, left, right)


def _is_empty(value: Any) -> bool:
    return value is None or value == {} or value == []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
