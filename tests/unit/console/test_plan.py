"""What a preview shows: access first, the protected environment first, and never more than a screen unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.console import plan
from rolecall.console.output import SafeConsole
from rolecall.console.plan import SHOWN_OBJECTS, Detail, in_order, show_plan
from rolecall.engine.events import Outcome
from rolecall.engine.planned import PlannedChange, PropertyChange
from rolecall.slices.access_changes import AccessChange
from tests.support.contracts import CONTRACT, load

JOB = "databricks:index/job:Job"


def shown(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    access: list[AccessChange],
    changes: list[PlannedChange],
    detail: Detail,
) -> str:
    console = SafeConsole(width=160, record=True, highlight=False)
    monkeypatch.setattr(plan, "out", console)
    monkeypatch.setattr("rolecall.console.output.out", console)
    contract = load(folder, CONTRACT).contract
    show_plan(
        in_order(access, contract), {"dev.churn": Outcome(preview=True, resource_changes=changes)}, contract, detail
    )
    return console.export_text()


def test_protected_environments_come_first_and_losses_before_gains(tmp_path: Path) -> None:
    def change(environment: str | None, after: str) -> AccessChange:
        return AccessChange("a", "job churn/train", environment, "" if after else "CAN_RUN", after)

    access = [change(None, "USER"), change("dev", ""), change("prod", "CAN_RUN"), change("prod", "")]
    ordered = in_order(access, load(tmp_path, CONTRACT).contract)
    assert [(one.environment, one.after) for one in ordered] == [
        ("prod", ""),
        ("prod", "CAN_RUN"),
        ("dev", ""),
        (None, "USER"),
    ]


def test_objects_with_one_change_of_a_subject_are_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access = [AccessChange("analysts", f"job churn/{number}", "dev", "", "CAN_VIEW") for number in range(9)]
    few = shown(tmp_path, monkeypatch, access, [], Detail())
    assert "9 gained, 0 lost, 0 changed" in few
    assert few.count("analysts") == 1
    assert "and 5 more" in few
    every = shown(tmp_path, monkeypatch, access, [], Detail(everything=True))
    assert all(f"job churn/{number}" in every for number in range(9))


def test_values_are_shown_where_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = PlannedChange(
        "update", JOB, "churn-train", properties=(PropertyChange("schedule.pauseStatus", "PAUSED", ""),)
    )
    names = shown(tmp_path, monkeypatch, [], [job], Detail())
    assert "Job churn-train (dev.churn): schedule.pauseStatus" in names
    assert "PAUSED" not in names
    assert "schedule.pauseStatus: PAUSED → not set" in shown(tmp_path, monkeypatch, [], [job], Detail(values=True))


def test_what_is_deleted_comes_before_what_is_made_and_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [PlannedChange("create", JOB, f"churn-{number}") for number in range(SHOWN_OBJECTS + 3)]
    text = shown(tmp_path, monkeypatch, [], [*made, PlannedChange("delete", JOB, "churn-old")], Detail())
    assert text.index("churn-old") < text.index("churn-0")
    assert "and 3 more; --verbose shows all" in text
