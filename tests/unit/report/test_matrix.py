"""The matrix: a cell is equal only where it was read and is equal; every red cell leads to its finding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rolecall.access.observation import Remark, RemarkKind
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.parity.report import Finding, FindingKind
from rolecall.report.compose import compose
from rolecall.report.page import Page, State
from tests.support.contracts import CONTRACT, compiled
from tests.support.reports import Answers, cell, compared, copied, page_of, sources
from tests.support.worlds import seeded

JOB = ObjectId("prod", Kind.JOB, "churn", "train")
DEV_JOB = ObjectId("dev", Kind.JOB, "churn", "train")
ANALYSTS, ENGINEERS = GroupId("analysts"), GroupId("engineers")
EVE = LiveSubject(SubjectType.PERSON, "Eve@acme.example")


def states(page: Page) -> set[State]:
    return {page.matrix.cells[number][0] for row in page.matrix.rows for number in row[2:]}


def red_without_finding(page: Page) -> list[str]:
    found = []
    for number, row in enumerate(page.matrix.rows):
        for system, place in enumerate(row[2:]):
            state = page.matrix.cells[place][0]
            if state is State.DIFFERENT and not page.matrix.links.get(f"{number}:{system}"):
                found.append(f"{number}:{system}")
    return found


def test_without_live_access_nothing_is_compared(tmp_path: Path) -> None:
    page = page_of(tmp_path, CONTRACT)
    assert states(page) == {State.NOT_COMPARED}
    assert cell(page, "analysts", "job churn/train prod")[:3] == ("not_compared", "view", "")


def test_only_rows_of_chosen_environments_and_of_shared_objects_are_in_it(tmp_path: Path) -> None:
    chosen = replace(sources(tmp_path, CONTRACT), environments=("dev",))
    page = compose(chosen)
    environments = {page.objects[row[0]].environment for row in page.matrix.rows}
    assert environments - {""} == {"dev"}
    # A path to an object of the environment may lead through another one.
    assert {one.environment for one in page.objects} >= {"dev", "prod"}
    assert {page.objects[row[0]].environment for row in page_of(tmp_path, CONTRACT).matrix.rows} >= {"dev", "prod"}


def test_what_is_as_the_contract_gives_is_equal(tmp_path: Path) -> None:
    page = page_of(tmp_path, CONTRACT, [Answers()])
    assert states(page) == {State.EQUAL}
    assert page.findings == ()
    assert page.exit_code == 0


def test_a_higher_a_missing_and_an_extra_right_are_different_and_lead_to_their_findings(tmp_path: Path) -> None:
    access = copied(compiled(tmp_path, CONTRACT).access)
    access[JOB][ANALYSTS] = Verb.MANAGE
    del access[DEV_JOB][ENGINEERS]
    access[JOB][EVE] = Verb.EDIT
    page = page_of(tmp_path, CONTRACT, [Answers(access=access)])
    state, given, live, (finding,) = cell(page, "analysts", "job churn/train prod")
    assert (state, given, live) == ("different", "view", "manage")
    assert (finding.kind, finding.who, finding.protected) == ("different", "analysts", True)
    state, given, live, (finding,) = cell(page, "engineers", "job churn/train dev")
    assert (state, given, live, finding.kind) == ("different", "edit", "", "missing")
    state, given, live, (finding,) = cell(page, "eve@acme.example", "job churn/train prod")
    assert (state, given, live, finding.kind) == ("different", "", "edit", "extra")
    assert page.subjects[finding.subject].type == "person"
    assert page.exit_code == 1


def test_a_system_that_does_not_answer_is_unknown_and_never_equal(tmp_path: Path) -> None:
    page = page_of(tmp_path, CONTRACT, [Answers(failure="the account does not answer")])
    assert states(page) == {State.UNKNOWN}
    assert page.verdict.state == "unknown"
    assert page.exit_code == 3
    assert any("the account does not answer" in line for line in page.not_read)


def test_an_object_that_could_not_be_read_is_unknown_for_all_its_holders(tmp_path: Path) -> None:
    unknown = Remark(JOB, RemarkKind.UNKNOWN, "its permissions cannot be read")
    page = page_of(tmp_path, CONTRACT, [Answers(remarks=(unknown,))])
    for subject in ("analysts", "emergency"):
        state, _, _, findings = cell(page, subject, "job churn/train prod")
        assert (state, [one.kind for one in findings]) == ("unknown", ["unknown"])
    assert cell(page, "analysts", "job churn/train dev")[0] == "equal"
    assert page.verdict.state == "unknown"


def test_an_object_that_is_missing_is_red_for_all_its_holders(tmp_path: Path) -> None:
    access = copied(compiled(tmp_path, CONTRACT).access)
    del access[JOB]
    page = page_of(tmp_path, CONTRACT, [Answers(access=access, absent=(JOB,))])
    state, _, _, findings = cell(page, "analysts", "job churn/train prod")
    assert (state, [one.kind for one in findings]) == ("different", ["missing"])


def test_two_groups_of_one_name_are_two_rows(tmp_path: Path) -> None:
    access = copied(compiled(tmp_path, CONTRACT).access)
    del access[JOB][ANALYSTS]
    access[JOB][LiveSubject(SubjectType.GROUP, "analysts")] = Verb.VIEW
    page = page_of(tmp_path, CONTRACT, [Answers(access=access)])
    rows = [row for row in page.matrix.rows if page.subjects[row[1]].name == "analysts" and row[0] == _number(page)]
    assert len(rows) == 2
    assert all(page.matrix.cells[row[2]][0] is State.DIFFERENT for row in rows)


def _number(page: Page) -> int:
    return next(place for place, one in enumerate(page.objects) if (one.kind, one.environment) == ("job", "prod"))


def test_words_without_a_verb_have_a_row(tmp_path: Path) -> None:
    remark = Remark(JOB, RemarkKind.EXTRA, "mallory holds MAGIC", "mallory")
    page = page_of(tmp_path, CONTRACT, [Answers(remarks=(remark,))])
    state, given, live, (finding,) = cell(page, "mallory", "job churn/train prod")
    assert (state, given, live, finding.live) == ("different", "", "", "mallory holds MAGIC")


def test_systems_are_compared_each_on_its_own(tmp_path: Path) -> None:
    access = copied(compiled(tmp_path, CONTRACT).access)
    access[JOB][ANALYSTS] = Verb.RUN
    page = page_of(tmp_path, CONTRACT, [Answers(), Answers("mirror", access=access)])
    assert cell(page, "analysts", "job churn/train prod", 0)[0] == "equal"
    assert cell(page, "analysts", "job churn/train prod", 1)[:3] == ("different", "view", "run")


def test_a_finding_on_an_equal_pair_makes_it_red(tmp_path: Path) -> None:
    made = sources(tmp_path, CONTRACT, [Answers()])
    assert made.parity is not None
    finding = Finding("databricks", FindingKind.DIFFERENT, JOB, "analysts", "view", "view, inherited twice")
    report = made.parity
    object.__setattr__(report, "findings", (*report.findings, finding))
    state, _, _, findings = cell(compose(made), "analysts", "job churn/train prod")
    assert (state, len(findings)) == ("different", 1)


@pytest.mark.parametrize("seed", range(25))
def test_no_cell_is_equal_that_differs_and_none_is_red_without_a_finding(tmp_path: Path, seed: int) -> None:
    random = seeded(seed)
    found = compiled(tmp_path, CONTRACT)
    answers = []
    for name in ("databricks", "mirror"):
        access = copied(found.access)
        for target in [*access]:
            for subject in [*access[target]]:
                if random.random() < 0.2:
                    access[target][subject] = random.choice([*Verb])
                elif random.random() < 0.1:
                    del access[target][subject]
            if random.random() < 0.3:
                name_of_other = random.choice(["analysts", "EVE@acme.example", "eve@acme.example"])
                kind = random.choice([*SubjectType])
                access[target][LiveSubject(kind, name_of_other)] = random.choice([*Verb])
        answers.append(Answers(name, access=access))
    systems = [one.system() for one in answers]
    report = compared(found, systems)
    page = page_of(tmp_path, CONTRACT, answers)
    assert red_without_finding(page) == []
    for system, one in enumerate(answers):
        assert one.access is not None
        differing = sum(finding.system == one.name for finding in report.findings)
        red = {row[:2] for row in page.matrix.rows if page.matrix.cells[row[2 + system]][0] is State.DIFFERENT}
        linked = {link for key, links in page.matrix.links.items() if key.endswith(f":{system}") for link in links}
        assert len(linked) == differing
        assert bool(red) == bool(differing)
        for row in page.matrix.rows:
            state, given, live = page.matrix.cells[row[2 + system]]
            assert state is not State.EQUAL or given == live
