"""What an engine that somebody runs by hand was told about packs."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.contract.contract import Contract
from rolecall.deploy.plain_engine import packs_named, refuse_removals
from rolecall.engine.stack_state import Resource, StackState
from rolecall.errors import RemovalRefused
from rolecall.slices.part import part_of
from rolecall.slices.slice import ACCOUNT, Slice
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import CONTRACT, TODAY, compiled

WHY = "reason: x, owner: ada, expires: 2026-12-01"


@pytest.mark.parametrize(
    ("arguments", "packs"),
    [
        (["pulumi", "up"], []),
        (["pulumi", "up", "--policy-pack", "a"], ["a"]),
        (["pulumi", "up", "--policy-pack=a", "--policy-pack", "b"], ["a", "b"]),
        (["pulumi", "up", "--policy-pack=a,b"], ["a", "b"]),
        (["pulumi", "up", "--policy-pack-config=a"], []),
        (["pulumi", "up", "--policy-pack"], []),
    ],
)
def test_packs_are_read_from_the_command_line(arguments: list[str], packs: list[str]) -> None:
    assert [*packs_named(arguments)] == packs


def refused(folder: Path, text: str, one: Slice, *resources: Resource) -> str:
    """Return why plain `pulumi up` of a stack is refused; empty where it is not."""
    whole = compiled(folder, text)
    contract: Contract = whole.contract
    lookups = Lookups(ids={key: str(number) for number, key in enumerate(contract.groups, 1)})
    try:
        refuse_removals(contract, part_of(whole, one, lookups), StackState("x", 0, resources, ()), lookups, TODAY)
    except RemovalRefused as error:
        return error.what
    return ""


def test_plain_pulumi_takes_a_workspace_from_few_at_once(tmp_path: Path) -> None:
    token = "databricks:index/permissionAssignment:PermissionAssignment"
    held = [
        Resource(f"urn:s::p::{token}::g{number}/nonprod", token, "", {"principalId": float(number)}, {}, "nonprod")
        for number in range(1, 13)
    ]
    shown = refused(tmp_path, CONTRACT, ACCOUNT, *held)
    assert "workspace nonprod" in shown
    assert "9 of 12 would be removed" in shown, "three groups of the contract stay"
    assert refused(tmp_path, CONTRACT, ACCOUNT, *held[:9]) == ""
    override = f"removal_overrides: [{{object: nonprod, kind: workspace, {WHY}}}]\n{CONTRACT}"
    assert refused(tmp_path, override, ACCOUNT, *held) == ""


def test_plain_pulumi_deletes_no_list_of_many(tmp_path: Path) -> None:
    token = "databricks:index/permissions:Permissions"
    names = [{"groupName": f"team{number}", "permissionLevel": "CAN_VIEW"} for number in range(12)]
    old = Resource(f"urn:s::p::{token}::churn-old", token, "", {"jobId": "1", "accessControls": names}, {})
    assert "job churn/old in dev" in refused(tmp_path, CONTRACT, Slice("dev", "churn"), old)
    allowed = f"deletions: [{{project: churn, in: [dev], {WHY}}}]\n{CONTRACT}"
    assert refused(tmp_path, allowed, Slice("dev", "churn"), old) == ""
