"""An editor of a Harness pipeline chooses the delegate that runs it: an escalation that has to be accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.errors import InvalidContract, Problem
from tests.support.contracts import CLUSTER, HEAD, compiled

CONTRACT = (
    HEAD
    + """\
projects:
  churn:
    owner: engineers
    bindings: [{role: engineer, to: engineers, in: [dev]}, {role: viewer, to: analysts, in: [prod], ticket: SEC-1}]
    service_principals: {trainer: {}, other: {}}
    cluster_policies: {small: {max_workers: 2, idle_minutes: 30}}
    jobs:
      train: {run_as: trainer, policy: small, COUNTERPARTS, tasks: [TASK]}
  fraud:
    owner: analysts
    service_principals: {scorer: {}, first: {}}
    cluster_policies: {small: {max_workers: 2, idle_minutes: 30}}
    jobs:
      score: {run_as: scorer, policy: small, THEIRS, tasks: [TASK]}
      prepare: {run_as: first, policy: small, tasks: [TASK]}
"""
)
TASK = f"{{task_key: a, new_cluster: {CLUSTER}, spark_python_task: {{python_file: /Workspace/Shared/a.py}}}}"
ACCEPTED = """\
accepted_escalations:
  - {of: engineers, acting_as: fraud/*, in: [prod], reason: x, ticket: SEC-9, owner: engineers, expires: 2026-12-20}
"""


def _text(own: str, theirs: str = "counterparts: {harness: {in: [prod]}}") -> str:
    return CONTRACT.replace("COUNTERPARTS", own).replace("THEIRS", theirs).replace("TASK", TASK)


def _escalations(folder: Path, text: str) -> list[Problem]:
    try:
        compiled(folder, text)
    except InvalidContract as error:
        return [one for one in error.problems if one.id == "escalation"]
    return []


def test_an_editor_of_any_pipeline_acts_as_the_principals_of_all(tmp_path: Path) -> None:
    """From development, and from another project, without a right on the pipeline that is theirs."""
    (problem,) = _escalations(tmp_path, _text("counterparts: {harness: {in: [dev]}}"))
    assert "engineers may act as service principal fraud/scorer in prod" in problem.what
    assert "choose the worker in harness" in problem.what


def test_stages_before_it_have_delegates_too(tmp_path: Path) -> None:
    theirs = "counterparts: {harness: {in: [prod], after: [prepare]}}"
    found = _escalations(tmp_path, _text("counterparts: {harness: {in: [dev]}}", theirs))
    assert {"fraud/scorer", "fraud/first"} == {one.what.split("service principal ")[1].split()[0] for one in found}


def test_it_is_accepted_in_writing(tmp_path: Path) -> None:
    text = _text("counterparts: {harness: {in: [dev]}}")
    assert _escalations(tmp_path, text + ACCEPTED) == []


@pytest.mark.parametrize(
    ("own", "theirs"),
    [
        ("max_concurrent_runs: 1", "counterparts: {harness: {in: [prod]}}"),
        ("counterparts: {harness: {in: [dev]}}", "counterparts: {harness: {in: [dev]}}"),
        ("counterparts: {harness: {in: [dev]}}", "counterparts: {harness: false}"),
        ("counterparts: {conductor: {in: [dev]}}", "counterparts: {conductor: {in: [prod]}}"),
        ("counterparts: {prefect: {in: [dev]}}", "counterparts: {prefect: {in: [prod]}}"),
        ("counterparts: {conductor: {in: [dev]}}", "counterparts: {harness: {in: [prod]}}"),
    ],
)
def test_where_workers_are_apart_nothing_has_to_be_accepted(tmp_path: Path, own: str, theirs: str) -> None:
    assert _escalations(tmp_path, _text(own, theirs)) == []
