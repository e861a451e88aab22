"""A contract that goes over to `administer: workspaces` deletes nothing that earlier runs created in the account."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.contract.contract import Contract
from rolecall.deploy.foreign_states import refuse_foreign_states, refuse_objects_of_account
from rolecall.deploy.plan import Step, Why
from rolecall.engine.stack_state import Resource, StackState
from rolecall.errors import UsageError
from rolecall.kinds.access import ASSIGNMENT, RULE_SET
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, load

WITHOUT_ACCOUNT = (ROOT / "tests" / "cases" / "contract" / "workspaces-only.yaml").read_text()
GROUP = "databricks:index/group:Group"


def state(type_token: str, connection: str, *, custom: bool = True, external: bool = False) -> StackState:
    urn = f"urn:pulumi:account::rolecall::{type_token}::engineers"
    return StackState("x", 1, (Resource(urn, type_token, "1", {}, {}, connection, custom, external),), ())


def contract(folder: Path, text: str) -> Contract:
    return load(folder, text).contract


@pytest.mark.parametrize(
    "held",
    [
        state(GROUP, "account"),
        state("databricks:index/mwsWorkspaces:MwsWorkspaces", "account-gcp"),
        # Its deletion would empty it.
        state(RULE_SET.token, "account"),
        state(ASSIGNMENT.token, "nonprod"),
    ],
    ids=["group", "workspace", "roles", "assignment"],
)
def test_objects_of_the_account_are_kept(held: StackState, tmp_path: Path) -> None:
    refuse_objects_of_account(contract(tmp_path, CONTRACT), {"account": held})
    with pytest.raises(UsageError, match=r"account: \w+ engineers") as caught:
        refuse_objects_of_account(contract(tmp_path, WITHOUT_ACCOUNT), {"account": held})
    assert "pulumi state" in caught.value.how_to_go_on


@pytest.mark.parametrize(
    "held",
    [
        state(RULE_SET.token, "nonprod"),
        state("databricks:index/job:Job", "nonprod"),
        state("rolecall:databricks:AccountGroup", "", custom=False),
        state(GROUP, "account", external=True),
    ],
    ids=["roles-through-a-workspace", "job", "component", "read-only"],
)
def test_other_objects_are_no_reason(held: StackState, tmp_path: Path) -> None:
    refuse_objects_of_account(contract(tmp_path, WITHOUT_ACCOUNT), {"dev.churn": held})


def test_a_stack_that_the_contract_has_no_more_counts(tmp_path: Path) -> None:
    gone = Step("account", None, Why.CHANGED, state(GROUP, "account"))
    with pytest.raises(UsageError):
        refuse_foreign_states(contract(tmp_path, WITHOUT_ACCOUNT), [gone])
    refuse_foreign_states(contract(tmp_path, CONTRACT), [gone])
