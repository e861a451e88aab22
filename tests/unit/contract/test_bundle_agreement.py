"""Differences in form and in meaning between Rolecall's jobs and the jobs of the bundles' command."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rolecall.contract.bundles.agreement import Resolved, disagreements

FILES = "/Workspace/Shared/shop/files"
TARGET = Resolved({}, "ada@example.com", "https://example.com", file_path=FILES)
OURS: dict[str, Any] = {
    "environments": [
        {
            "environment_key": "e",
            "spec": {"dependencies": [f"{FILES}/dist/a-1.whl[x]", f"{FILES}/dist/b-1.whl[x]", "pandas==2.2.2"]},
        }
    ],
    "tasks": [
        {"task_key": "b", "libraries": [{"whl": f"{FILES}/dist/a-1.whl"}, {"jar": f"{FILES}/a.jar"}]},
        {"task_key": "a", "for_each_task": {"task": {"task_key": "c", "libraries": [{"whl": f"{FILES}/x/c.whl"}]}}},
        {"task_key": "0", "notebook_task": {"notebook_path": "src/a"}},
    ],
}
# The command sorts tasks, and resolves local files only in a deployment.
THEIRS: dict[str, Any] = {
    "environments": [{"environment_key": "e", "spec": {"dependencies": ["./dist/*.whl[x]", "pandas==2.2.2"]}}],
    "tasks": [
        {"task_key": "0", "notebook_task": {"notebook_path": "./src/a"}},
        {"task_key": "a", "for_each_task": {"task": {"task_key": "c", "libraries": [{"whl": "x/c.whl"}]}}},
        {"task_key": "b", "libraries": [{"whl": "dist/*.whl"}, {"jar": "a.jar"}]},
    ],
}


def test_tasks_and_libraries_are_compared_by_meaning() -> None:
    assert [*disagreements(OURS, THEIRS, TARGET)] == []


def test_a_job_without_a_name_has_the_prefix_of_its_developer_alone() -> None:
    target = Resolved({}, "ada@example.com", "", prefix="[dev ada] ", mode="development", file_path=FILES)
    assert [*disagreements(OURS, {**THEIRS, "name": "[dev ada] "}, target)] == []
    assert [*disagreements({**OURS, "name": "a"}, {**THEIRS, "name": "[dev ada] "}, target)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("tasks", 2, "libraries", 0, "whl"), "other/*.whl"),
        (("tasks", 2, "libraries", 1, "jar"), "b.jar"),
        (("tasks", 1, "for_each_task", "task", "libraries", 0, "whl"), "/Volumes/c.whl"),
        (("tasks", 0, "notebook_task", "notebook_path"), "../src/a"),
        (("environments", 0, "spec", "dependencies", 0), "./dist/*.whl[y]"),
        (("environments", 0, "spec", "dependencies", 1), "pandas==2.2.3"),
        (("tasks", 2, "task_key"), "d"),
        (("tasks", 2, "libraries"), [{"whl": "dist/*.whl"}]),
    ],
    ids=lambda value: str(value),
)
def test_a_different_meaning_is_found(path: tuple[str | int, ...], value: object) -> None:
    theirs = copy.deepcopy(THEIRS)
    holder: Any = theirs
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    assert [*disagreements(OURS, theirs, TARGET)]
