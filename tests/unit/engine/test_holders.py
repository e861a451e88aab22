"""Whom a run would leave on an object, read from the engine's events, and when that is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rolecall.deploy.guard import guard_removals
from rolecall.engine.events import Outcome, take_events
from rolecall.slices.group_names import GroupNames
from rolecall.slices.holders import holders_change
from tests.support.contracts import CONTRACT, TODAY, load

PERMISSIONS = "databricks:index/permissions:Permissions"


def event(kind: str, before: dict[str, Any], after: dict[str, Any], operation: str = "update") -> dict[str, Any]:
    urn = f"urn:pulumi:dev::rolecall::rolecall:databricks:Job${kind}::churn-train"
    old = {"type": kind, "inputs": before, "outputs": before}
    return {"metadata": {"op": operation, "urn": urn, "type": kind, "old": old, "new": {"type": kind, "inputs": after}}}


def controls(*names: str) -> dict[str, Any]:
    return {"accessControls": [{"groupName": name, "permissionLevel": "CAN_VIEW"} for name in names]}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (PERMISSIONS, controls("a", "b")),
        ("databricks:index/grants:Grants", {"grants": [{"principal": "a"}, {"principal": "b"}]}),
        (
            "databricks:index/accessControlRuleSet:AccessControlRuleSet",
            {"grantRules": [{"role": "x", "principals": ["a", "b"]}, {"role": "y", "principals": ["a"]}]},
        ),
        ("rolecall:databricks:SecretAccess", {"entries": [{"principal": "a"}, {"principal": "b"}]}),
    ],
)
def test_every_list_of_holders_is_read(kind: str, properties: dict[str, Any]) -> None:
    change = holders_change(event(kind, properties, {}))
    assert change is not None
    assert (change.resource, change.before, change.after) == ("churn-train", ("a", "b"), ())


def test_what_is_new_or_goes_as_a_whole_is_no_removal() -> None:
    assert holders_change(event(PERMISSIONS, controls("a"), controls("a"), "same")) is None
    assert holders_change(event(PERMISSIONS, controls("a"), {}, "delete")) is None
    assert holders_change(event("databricks:index/job:Job", {}, {})) is None


def judged(folder: Path, left: int, more: str = "", today: date = TODAY) -> Outcome:
    names = [f"g{number}" for number in range(12)]
    outcome = Outcome()
    before, after = ({"jobId": "1", **controls(*held)} for held in (names, names[:left]))
    told = event(PERMISSIONS, before, after)
    take_events([json.dumps({"resourcePreEvent": told})], outcome)
    guard_removals(outcome, ("dev", "churn"), GroupNames(), load(folder, more + CONTRACT).contract, today)
    return outcome


def test_more_than_a_third_needs_an_override_that_holds(tmp_path: Path) -> None:
    assert judged(tmp_path, 8).exit_code == 0, "a third"
    refused = judged(tmp_path, 7)
    assert refused.exit_code == 1
    (violation,) = refused.violations
    assert violation.mandatory
    assert "churn-train (Permissions): 5 of 12 would be removed" in violation.message
    assert "removal_overrides" in violation.message
    written = "removal_overrides:\n  - {object: churn/train, reason: team split, owner: ada, expires: 2026-12-01}\n"
    assert judged(tmp_path, 7, written).exit_code == 0
    assert judged(tmp_path, 7, written, date(2026, 12, 2)).exit_code == 1, "it ended"
    assert judged(tmp_path, 0, written.replace("churn/train", "churn/other")).exit_code == 1, "it is about another"
    for more, allowed in (("kind: job", True), ("kind: cluster_policy", False), ("environment: dev", True)):
        named = written.replace("churn/train,", f"churn/train, {more},")
        assert (judged(tmp_path, 7, named).exit_code == 0) is allowed, more
    elsewhere = written.replace("churn/train,", "churn/train, environment: prod,")
    assert judged(tmp_path, 7, elsewhere).exit_code == 1, "it is about another environment"
