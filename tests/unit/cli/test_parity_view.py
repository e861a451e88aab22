"""What `rolecall parity` shows: jobs beside one another, and a system that cannot be read."""

from __future__ import annotations

import pytest

from rolecall.console import parity
from rolecall.console.output import out
from rolecall.console.parity_documents import html, markdown
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.parity.report import Cell, CellState, Finding, FindingKind, Matrix, Report, Row, SystemSummary


def test_a_system_that_does_not_answer_is_unknown_and_no_drift_to_repair(capsys: pytest.CaptureFixture[str]) -> None:
    reason = "the account does not answer. Check the address."
    summary = SystemSummary("databricks", 0, 0, 0, 0, 0.0, reason)
    unknown = Finding("databricks", FindingKind.UNKNOWN, None, "", "", reason)
    with out.capture() as captured:
        parity.show_report(Report((summary,), (unknown,)))
    told = captured.get() + capsys.readouterr().out
    assert reason in told
    assert "nothing is concluded" in told
    assert "repairs drift" not in told
    assert "object" not in told, "no empty table"


def jobs() -> Report:
    """Return a report of three jobs, of which one is held by more in an orchestrator."""
    equal, different = Cell("run 2, edit 1", CellState.EQUAL), Cell("run 3, edit 1: 1 different", CellState.DIFFERENT)
    rows = (
        Row("churn/train in dev", (equal, equal)),
        Row("churn/train in prod", (equal, different)),
        Row("churn/score in prod", (equal, Cell("no counterpart", CellState.NOTHING))),
    )
    target = ObjectId("prod", Kind.JOB, "churn", "train")
    finding = Finding("conductor", FindingKind.DIFFERENT, target, "auditors", "view", "run")
    return Report((), (finding,), None, Matrix(("databricks", "conductor"), rows, "job"))


def test_jobs_that_differ_between_systems_are_shown_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "_width", 120)
    with out.capture() as captured:
        parity.show_report(jobs())
    told = captured.get()
    head = next(line for line in told.splitlines() if "databricks" in line)
    assert head.split() == ["job", "databricks", "conductor"]
    assert "run 3, edit 1: 1 different" in told
    assert "2 more jobs are equal in every system" in told
    assert "job churn/train in prod, in conductor" in " ".join(told.split())


@pytest.mark.parametrize(
    ("others", "words"), [((), "repairs all of it"), (("an administrator removes it: `x`",), "repairs the rest")]
)
def test_advice_says_whether_one_command_repairs_everything(others: tuple[str, ...], words: str) -> None:
    hows = ("`rolecall up --refresh`", "`rolecall up --refresh`", *others)
    findings = tuple(Finding("databricks", FindingKind.MISSING, None, "", "", "", how=how) for how in hows)
    with out.capture() as captured:
        parity.show_report(Report((), findings))
    assert words in " ".join(captured.get().split())


REFRESH, UP = "`rolecall up --refresh`", "`rolecall up`"
ADVICE = {
    ("", REFRESH, UP): [f"{REFRESH} repairs grants and declared properties", f"{UP} repairs the rest"],
    ("", UP): [f"{REFRESH} repairs grants", f"{UP} repairs the rest"],
    (REFRESH, UP): [f"{REFRESH} and {UP} repair all of it"],
}


@pytest.mark.parametrize(("hows", "advice"), ADVICE.items())
def test_advice_names_each_command_once(hows: tuple[str, ...], advice: list[str]) -> None:
    findings = tuple(Finding("databricks", FindingKind.MISSING, None, "", "", "", how=how) for how in hows)
    assert parity._advice(Report((), findings)) == advice


def test_documents_have_all_jobs() -> None:
    for text in (markdown(jobs()), html(jobs())):
        for row in ("churn/train in dev", "churn/train in prod", "churn/score in prod", "no counterpart"):
            assert row in text
        assert "Jobs" in text
