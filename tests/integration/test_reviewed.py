"""What was reviewed, or planned, is what is applied; anything else is refused before the first write."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from databricks.sdk.service.jobs import JobAccessControlRequest, JobPermissionLevel

from tests.support.contracts import CONTRACT
from tests.support.documents import document
from tests.support.emulator import ServedEmulator
from tests.support.project import contract_project
from tests.support.signing import key_files

pytestmark = pytest.mark.engine

MORE = CONTRACT.replace("role: viewer, to: analysts", "role: runner, to: analysts")
REVOKED = CONTRACT.replace("in: [dev, prod], ticket", "in: [dev], ticket")


def test_a_plan_and_a_review_are_applied_as_they_are(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    keys = key_files(tmp_path)
    project.variables |= {"ROLECALL_SIGNING_KEY": str(keys.private), "ROLECALL_TRUSTED_KEYS": str(keys.public)}
    planned = project.rolecall("preview", "--save-plan", "plan.json")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert emulator.statistics()["writes"] == 0

    # Another contract than the plan's.
    project.write("contract.yaml", MORE)
    refused = project.rolecall("up", "plan.json", "--yes")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "the contract is another one" in refused.stderr
    assert emulator.statistics()["writes"] == 0

    project.write("contract.yaml", CONTRACT)
    applied = project.rolecall("up", "plan.json", "--yes")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    # Its states have changed by itself.
    again = project.rolecall("up", "plan.json", "--yes")
    assert again.returncode == 1
    assert "the state of stack dev.churn has changed" in again.stderr

    # The emulated account reads no identity provider, so who is in which group is not in question here.
    live = project.rolecall("diff", "--live", "--format", "json")
    assert document(("diff",), live.stdout)["changes"] == [], live.stdout

    before = project.write("before.yaml", CONTRACT)
    project.write("contract.yaml", MORE)
    reviewed = project.rolecall("review", str(before), "--preview", "--out", "reviewed.json")
    assert reviewed.returncode == 4, reviewed.stdout + reviewed.stderr
    verified = project.rolecall("verify", "reviewed.json", "--contract", "contract.yaml", "--format", "json")
    said = document(("verify",), verified.stdout)
    assert {(one["subject"], one["environment"], one["after"]) for one in said["access"]} == {
        ("analysts", "dev", "CAN_MANAGE_RUN"),
        ("analysts", "prod", "CAN_MANAGE_RUN"),
    }

    # By hand, all users have got access that the review has not seen; a refresh would revoke it.
    client = emulator.workspace("prod")
    (job,) = client.jobs.list(name="[prod] churn-train")
    entry = JobAccessControlRequest(group_name="users", permission_level=JobPermissionLevel.CAN_VIEW)
    permissions = emulator.emulator.account.workspaces["prod"].permissions
    kept = copy.deepcopy(permissions)
    client.jobs.update_permissions(str(job.job_id), access_control_list=[entry])
    emulator.clear_statistics()
    hand_made = project.rolecall("up", "--reviewed", "reviewed.json", "--refresh", "--yes")
    assert hand_made.returncode == 1, hand_made.stdout + hand_made.stderr
    assert "access: users on job churn/train in prod (prod): CAN_VIEW → nothing" in hand_made.stderr
    assert emulator.statistics()["writes"] == 0

    permissions.clear()
    permissions.update(kept)

    # Less than was reviewed is fine.
    part = project.rolecall("up", "dev", "--reviewed", "reviewed.json", "--yes")
    assert part.returncode == 0, part.stdout + part.stderr
    rest = project.rolecall("up", "--reviewed", "reviewed.json", "--yes", "--format", "json")
    assert rest.returncode == 0, rest.stdout + rest.stderr
    assert {name for name, one in document(("up",), rest.stdout)["stacks"].items() if one["ran"]} == {"prod.churn"}

    # What nobody has reviewed.
    project.write("contract.yaml", REVOKED)
    other = project.rolecall("up", "--reviewed", "reviewed.json", "--yes")
    assert other.returncode == 1
    assert "the contract is another one" in other.stderr

    # Without a preview: the snapshot is of the contract before the change, which is deployed.
    project.write("contract.yaml", MORE)
    taken = project.rolecall("snapshot", "snapshot.json")
    assert taken.returncode in (0, 3), taken.stdout + taken.stderr
    before = project.write("before.yaml", MORE)
    project.write("contract.yaml", REVOKED)
    review = ("review", str(before), "--snapshot", "snapshot.json", "--out", "unseen.json")
    unseen = project.rolecall(*review)
    assert unseen.returncode == 4, unseen.stdout + unseen.stderr
    client.jobs.update_permissions(str(job.job_id), access_control_list=[entry])
    emulator.clear_statistics()
    by_hand = project.rolecall("up", "prod", "--reviewed", "unseen.json", "--yes")
    assert by_hand.returncode == 1, by_hand.stdout + by_hand.stderr
    assert "stack prod.churn writes an access list that was changed outside of Rolecall" in by_hand.stderr
    assert "users has access that was added by hand" in by_hand.stderr
    assert emulator.statistics()["writes"] == 0
    in_order = project.rolecall("up", "dev", "--reviewed", "unseen.json", "--yes", "--format", "json")
    assert in_order.returncode == 0, in_order.stdout + in_order.stderr
    assert {name for name, one in document(("up",), in_order.stdout)["stacks"].items() if one["ran"]} == {"dev.churn"}
