"""Counterparts: their holders are the job's, and what an orchestrator tells comes back as the same verbs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.access.grant import Subject, SubjectType, Target
from rolecall.access.observation import Observation
from rolecall.contract.verbs import VERBS_OF_KIND, Kind, Verb
from rolecall.errors import InvalidContract
from rolecall.parity.job_matrix import job_matrix
from rolecall.parity.report import CellState, Finding, FindingKind
from rolecall.systems.conductor.access import ACCESS
from rolecall.systems.conductor.counterpart import ORCHESTRATOR, task_name
from rolecall.systems.orchestrator import Counterparts, JobToRun, Wanted, holders_of, verb_of
from rolecall.systems.registry import ORCHESTRATORS, orchestrator
from tests.support.contracts import CONTRACT, compiled

RUN_AS = "        run_as: trainer\n"
TEXT = CONTRACT.replace(RUN_AS, f"{RUN_AS}        counterparts: {{conductor: true}}\n")
GROUP = Subject(SubjectType.GROUP, "engineers")
TRAINER = Subject(SubjectType.SERVICE_PRINCIPAL, "dev-churn-trainer")
JOB = Target("dev", Kind.JOB, "churn/train")
ALL_ACCESS = ("CREATE", "READ", "EXECUTE", "UPDATE", "DELETE")


@given(st.sets(st.sampled_from(ALL_ACCESS)))
def test_what_is_held_never_looks_weaker_than_it_is(access: set[str]) -> None:
    verb, exact = verb_of(ACCESS, access)
    if verb is None:
        assert not access
        return
    assert exact == (access == {*ACCESS[verb]})
    weaker = [one for one in ACCESS if one.rank < verb.rank]
    assert all(access - {*ACCESS[one]} for one in weaker), "a weaker verb would not say all of it"


def test_every_verb_that_a_counterpart_can_hold_comes_back() -> None:
    for verb in VERBS_OF_KIND[Kind.JOB]:
        if verb is not Verb.OWN:
            assert verb_of(ACCESS, ACCESS[verb]) == (verb, True)


def test_holders_are_the_jobs_without_the_deployer_and_an_owner_may_edit(tmp_path: Path) -> None:
    contract = compiled(tmp_path, TEXT).contract
    deployer = Subject(SubjectType.SERVICE_PRINCIPAL, contract.databricks.deployer)
    held = {GROUP: Verb.RUN, deployer: Verb.OWN, TRAINER: Verb.OWN}
    assert holders_of(contract, held) == {GROUP: Verb.RUN, TRAINER: Verb.EDIT}


def test_only_jobs_with_a_counterpart_are_looked_for_and_their_principal_may_run_them(tmp_path: Path) -> None:
    found = compiled(tmp_path, TEXT.replace("{conductor: true}", "{conductor: [dev]}"))
    access = Counterparts("conductor", found.contract).access(found.access)
    assert list(access) == [JOB]
    assert access[JOB][TRAINER] is Verb.RUN
    assert access[JOB][GROUP] is Verb.EDIT
    without = compiled(tmp_path, CONTRACT)
    assert TRAINER not in without.access[JOB]


def test_what_a_job_needs_in_conductor_stands_in_an_order_in_which_it_can_be_made(tmp_path: Path) -> None:
    found = compiled(tmp_path, TEXT)
    (declared,) = Counterparts("conductor", found.contract).jobs("dev")
    job = JobToRun(
        declared, "dev", TRAINER.name, {GROUP: Verb.EDIT, TRAINER: Verb.RUN}, "rolecall:acme", "https://w", "7"
    )
    wanted = ORCHESTRATOR.for_project([job])
    made: set[str] = set()
    for one in wanted:
        assert {*one.after} <= made, one.name
        made.add(one.name)
    assert len(made) == len(wanted)
    workflow = _named(wanted, "conductor-churn-train")
    (task,) = workflow["tasks"]
    assert task["name"] == task_name(TRAINER.name)
    assert (task["inputParameters"]["workspace"], task["inputParameters"]["job_id"]) == ("https://w", "7")
    assert "token" not in str(workflow)


def _named(wanted: list[Wanted], name: str) -> Any:
    return next(one.properties for one in wanted if one.name == name)


def test_every_orchestrator_of_the_registry_can_be_had() -> None:
    assert [orchestrator(name).name for name in ORCHESTRATORS] == [*ORCHESTRATORS]


def test_what_no_orchestrator_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidContract, match="Did you mean 'conductor'"):
        compiled(tmp_path, TEXT.replace("conductor: true", "conducter: true"))
    with pytest.raises(InvalidContract, match="group of everybody") as caught:
        compiled(tmp_path, TEXT.replace("to: analysts, in: [dev, prod]", "to: users, in: [dev]"))
    assert {problem.id for problem in caught.value.problems} == {"subject-not-in-orchestrator"}


def test_the_matrix_tells_each_system_apart() -> None:
    given = {"databricks": {JOB: {GROUP: Verb.EDIT}}, "conductor": {JOB: {GROUP: Verb.EDIT}}}
    fine = Observation(access={JOB: {GROUP: Verb.EDIT, TRAINER: Verb.OWN}})
    more = Observation(access={JOB: {GROUP: Verb.EDIT, TRAINER: Verb.RUN}})
    finding = Finding("conductor", FindingKind.EXTRA, JOB, str(TRAINER), "", "run")
    matrix = job_matrix(given, ["conductor"], {"databricks": fine, "conductor": more}, [finding])
    assert matrix is not None
    (row,) = matrix.rows
    assert [(cell.text, cell.state) for cell in row.cells] == [
        ("run 1, edit 1", CellState.EQUAL),
        ("run 2, edit 1: 1 too many", CellState.DIFFERENT),
    ]
    unread = job_matrix(given, ["conductor"], {"databricks": fine}, [])
    gone = job_matrix(given, ["conductor"], {"databricks": fine, "conductor": Observation(absent=(JOB,))}, [])
    assert unread is not None
    assert gone is not None
    assert unread.rows[0].cells[1].state is CellState.UNKNOWN, "what could not be read is never equal"
    assert gone.rows[0].cells[1].text == "not there"
    assert job_matrix({"databricks": given["databricks"], "conductor": {}}, ["conductor"], {}, []) is None
