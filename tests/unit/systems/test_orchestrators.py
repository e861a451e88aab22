"""Counterparts: their holders are the job's, and what an orchestrator tells comes back as the same verbs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.access.effective import Access
from rolecall.access.observation import Observation
from rolecall.contract.naming import subject_name
from rolecall.contract.objects import Declared
from rolecall.errors import InvalidContract
from rolecall.flows.job_run import LONGEST_TOKEN, request_id
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.job import JobBase
from rolecall.kinds.registry import BY_NAME
from rolecall.parity.job_matrix import job_matrix
from rolecall.parity.report import CellState, Finding, FindingKind
from rolecall.provider.registry import RESOURCES
from rolecall.systems.conductor.access import ACCESS
from rolecall.systems.conductor.counterpart import ORCHESTRATOR, task_name
from rolecall.systems.harness.counterpart import stages
from rolecall.systems.harness.identifiers import PATTERN, identifier, shown
from rolecall.systems.orchestrator import Counterparts, JobToRun, Wanted, each_once, holders_of, verb_of
from rolecall.systems.registry import ORCHESTRATORS, orchestrator
from tests.support.contracts import CONTRACT, compiled

RUN_AS = "        run_as: trainer\n"
TEXT = CONTRACT.replace(RUN_AS, f"{RUN_AS}        counterparts: {{conductor: true}}\n")
GROUP = GroupId("engineers")
TRAINER = ServicePrincipalId("dev", "churn", "trainer")
JOB = ObjectId("dev", Kind.JOB, "churn", "train")
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
    for verb in BY_NAME[Kind.JOB].verbs:
        if verb is not Verb.OWN:
            assert verb_of(ACCESS, ACCESS[verb]) == (verb, True)


def test_holders_are_the_jobs_without_the_deployer_and_an_owner_may_edit(tmp_path: Path) -> None:
    contract = compiled(tmp_path, TEXT).contract
    deployer = DeployerId(contract.databricks.deployer)
    held: dict[Subject, Verb] = {GROUP: Verb.RUN, deployer: Verb.OWN, TRAINER: Verb.OWN}
    assert holders_of(contract, held) == {GROUP: Verb.RUN, TRAINER: Verb.EDIT}


def test_only_jobs_with_a_counterpart_are_looked_for_and_their_principal_may_run_them(tmp_path: Path) -> None:
    found = compiled(tmp_path, TEXT.replace("{conductor: true}", "{conductor: [dev]}"))
    access = Counterparts("conductor", found.contract).access(found.access)
    assert list(access) == [JOB]
    assert access[JOB][TRAINER] is Verb.RUN
    assert access[JOB][GROUP] is Verb.EDIT
    without = compiled(tmp_path, CONTRACT)
    assert TRAINER not in without.access[JOB]


def job(tmp_path: Path, text: str = TEXT, **more: Any) -> JobToRun:
    (declared,) = Counterparts("conductor", compiled(tmp_path, text).contract).jobs("dev")
    held: dict[Subject, Verb] = {GROUP: Verb.EDIT, TRAINER: Verb.RUN}
    return JobToRun(declared, "dev", TRAINER, held, "acme", "https://w", "7", **more)


@pytest.mark.parametrize("name", ORCHESTRATORS)
def test_what_a_job_needs_stands_in_an_order_in_which_it_can_be_made(tmp_path: Path, name: str) -> None:
    found = orchestrator(name)
    wanted = [*found.shared({"engineers": "engineers"}, "acme"), *found.for_project([job(tmp_path)])]
    made: set[str] = set()
    for one in wanted:
        assert {*one.after} <= made, one.name
        made.add(one.name)
    assert len(made) == len(wanted)
    text = str(wanted)
    assert "https://w" in text
    assert subject_name(TRAINER) in text
    assert not {"secret", "password", "api_key", "dapi"} & {*text.lower().split()}
    lists = [one.properties["holders"] for one in wanted if one.token.endswith(":Permissions")]
    assert any({holder["name"] for holder in held} == {GROUP.key, subject_name(TRAINER)} for held in lists)
    known = {one.token for one in RESOURCES.values()}
    assert {one.token for one in wanted} <= known


def test_a_workflow_in_conductor_runs_its_job_as_its_principal(tmp_path: Path) -> None:
    workflow = _named(ORCHESTRATOR.for_project([job(tmp_path)]), "conductor-churn-train")
    (task,) = workflow["tasks"]
    assert task["name"] == task_name(subject_name(TRAINER))
    assert (task["inputParameters"]["workspace"], task["inputParameters"]["job_id"]) == ("https://w", "7")


def test_a_pipeline_in_harness_runs_jobs_before_and_waits_for_an_approval(tmp_path: Path) -> None:
    before = replace(job(tmp_path), declared=Declared(Kind.JOB, "churn", "prepare", JobBase()), job_id="6")
    found = stages(job(tmp_path, after=(before,), approved_by="data governance"))
    assert [one["stage"]["type"] for one in found] == ["Custom", "Approval", "Custom"]
    (approval,) = found[1]["stage"]["spec"]["execution"]["steps"]
    assert approval["step"]["spec"]["approvers"]["userGroups"] == [identifier("data governance")]
    told = [_variables(found[position]) for position in (0, 2)]
    assert [one["ROLECALL_JOB_ID"] for one in told] == ["6", "7"]
    assert {one["ROLECALL_CORRELATION_ID"] for one in told} == {"<+pipeline.executionId>"}
    # Harness writes the execution's id, of 22 letters, in its place; Databricks takes 64.
    requests = {request_id("harness", "x" * 22, "https://w", one["ROLECALL_JOB_ID"]) for one in told}
    assert len(requests) == 2, "two stages of one execution are two runs"
    assert all(len(one) <= LONGEST_TOKEN for one in requests)
    script = found[2]["stage"]["spec"]["execution"]["steps"][0]["step"]["spec"]["source"]["spec"]["script"]
    assert "<+" not in script, "nothing that somebody may write becomes a part of the command"


def _variables(stage: dict[str, Any]) -> dict[str, str]:
    (step,) = stage["stage"]["spec"]["execution"]["steps"]
    return {one["name"]: one["value"] for one in step["step"]["spec"]["environmentVariables"]}


@given(st.text(min_size=1, max_size=256), st.text(min_size=1, max_size=256))
def test_identifiers_are_what_harness_takes_and_two_names_never_share_one(first: str, second: str) -> None:
    assert re.match(PATTERN, identifier(first))
    assert re.match(r"^[a-zA-Z_][-0-9a-zA-Z_ ]{0,127}$", shown(first))
    assert (identifier(first) == identifier(second)) == (first == second)


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
    given: dict[str, Access] = {"databricks": {JOB: {GROUP: Verb.EDIT}}, "conductor": {JOB: {GROUP: Verb.EDIT}}}
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


def test_the_matrix_has_a_column_for_services_in_clusters() -> None:
    scorer = ObjectId("dev", Kind.SERVICE, "churn", "scorer")
    given: dict[str, Access] = {
        "databricks": {JOB: {GROUP: Verb.EDIT}},
        "conductor": {JOB: {GROUP: Verb.EDIT}},
        "kubernetes": {scorer: {TRAINER: Verb.RUN}},
    }
    seen = {name: Observation(access=held) for name, held in given.items()}

    def cells(*findings: Finding, seen: Mapping[str, Observation] = seen) -> list[tuple[str, str]]:
        matrix = job_matrix(given, ["conductor"], seen, findings, ["kubernetes"])
        assert matrix is not None
        assert matrix.columns == ("databricks", "conductor", "kubernetes")
        assert [cell.state for cell in matrix.rows[0].cells] == ["equal", "equal", "nothing"]
        assert matrix.rows[1].name == "service churn/scorer in dev"
        assert [cell.state for cell in matrix.rows[1].cells[:2]] == ["nothing", "nothing"]
        return [(row.cells[-1].text, str(row.cells[-1].state)) for row in matrix.rows[1:]]

    extra = Finding("kubernetes", FindingKind.EXTRA, scorer, "batch", "", "call")
    binding = Finding("kubernetes", FindingKind.UNMANAGED, None, "", "", "may run commands", resource="RoleBinding")
    unread = Finding("kubernetes", FindingKind.UNKNOWN, None, "", "", "no answer")
    assert cells() == [("call 1", "equal")]
    assert cells(extra) == [("call 1: 1 too many", "different")]
    assert cells(binding) == [("call 1: 1 in the cluster", "different")]
    assert cells(unread) == [("?", "unknown")]
    other = ObjectId("dev", Kind.SERVICE, "fraud", "other")
    assert cells(replace(unread, concerns=frozenset({other}))) == [("call 1", "equal")], "another namespace"
    assert cells(replace(unread, concerns=frozenset({other, scorer}))) == [("?", "unknown")]
    assert cells(replace(binding, concerns=frozenset({scorer}))) == [("call 1: 1 in the cluster", "different")]
    without = {name: one for name, one in seen.items() if name != "kubernetes"}
    assert cells(seen=without) == [("?", "unknown")]
    alone = job_matrix({"kubernetes": given["kubernetes"]}, [], seen, [], ["kubernetes"])
    assert alone is not None
    assert (alone.noun, alone.columns) == ("service", ("kubernetes",))


def test_a_resource_never_takes_the_place_of_another_one_of_its_name() -> None:
    application = Wanted("rolecall:conductor:Application", "conductor-a-a-b", {"name": "a-a-b"})
    workflow = Wanted("rolecall:conductor:WorkflowDefinition", "conductor-a-a-b", {"name": "a-a-a-b"})
    assert each_once([application, workflow, application]) == [application, workflow]
    with pytest.raises(InvalidContract, match="conductor-a-a-b"):
        each_once([application, Wanted(application.token, application.name, {"name": "other"})])
