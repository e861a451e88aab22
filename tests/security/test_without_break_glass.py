"""A contract may go without a break-glass group, in writing: the guardrails report that, and block everything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rolecall.policies import types
from rolecall.policies.context import Context, context_of_contract
from rolecall.policies.rules.permissions.break_glass_is_named import RULE as BREAK_GLASS
from rolecall.policies.stack_rules import change_of
from tests.security.programs import refused_by, resource
from tests.support.contracts import CONTRACT, load

STAYS = "break-glass-stays"
NONE = "break_glass: none\nbreak_glass_reason: a sandbox that is made anew every day\n"
WITHOUT = CONTRACT.replace("break_glass: {group: emergency}\n", NONE)
JOB = "urn:pulumi:dev.churn::p::rolecall:databricks:Job$databricks:index/permissions:Permissions::churn-train"
LIST: dict[str, Any] = {"jobId": "1", "accessControls": [{"groupName": "engineers", "permissionLevel": "CAN_MANAGE"}]}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return context_of_contract(load(tmp_path, WITHOUT))


def declared(urn: str) -> Any:
    return replace(resource(types.PERMISSIONS, LIST, stack="dev.churn", name=urn.rpartition("::")[2]), urn=urn)


def test_the_contracts_own_objects_are_reported_and_pass(context: Context) -> None:
    assert STAYS not in refused_by(declared(JOB), context=context)
    (found,) = BREAK_GLASS.check(change_of([declared(JOB)], "dev.churn", None), context)
    assert "a sandbox that is made anew every day" in found[1].found
    assert BREAK_GLASS.only_reported


@pytest.mark.parametrize(
    "urn",
    [
        "",
        JOB.replace("churn-train", "mine"),
        JOB.replace("rolecall:databricks:Job$", ""),
        JOB.replace("dev.churn", "mine"),
        JOB.replace("dev.churn", "dev.fraud"),
    ],
)
def test_a_contract_beside_a_program_speaks_for_nothing_else(context: Context, urn: str) -> None:
    assert STAYS in refused_by(declared(urn), context=context)


@pytest.mark.parametrize(
    "urn",
    [
        "urn:pulumi:dev::p::databricks:index/grants:Grants::acme_dev",
        "urn:pulumi:account::p::rolecall:databricks:Workspace$databricks:index/permissions:Permissions::prod-tokens",
    ],
)
def test_catalogs_and_workspaces_are_objects_of_the_contract(tmp_path: Path, urn: str) -> None:
    text = WITHOUT.replace("dev: {workspace: nonprod}", "dev: {workspace: nonprod, catalog: acme_dev}")
    assert STAYS not in refused_by(declared(urn), context=context_of_contract(load(tmp_path, text)))


def test_without_a_contract_it_is_refused() -> None:
    assert STAYS in refused_by(declared(JOB), context=Context())
    assert STAYS in refused_by(declared(JOB), context=Context(is_known=True))


def test_a_contract_with_a_group_is_held_to_it(tmp_path: Path) -> None:
    context = context_of_contract(load(tmp_path))
    assert context.no_break_glass is None
    assert STAYS in refused_by(declared(JOB), context=context)
    assert not list(BREAK_GLASS.check(change_of([declared(JOB)], "dev.churn", None), context))
