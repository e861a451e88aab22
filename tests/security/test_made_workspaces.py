"""Workspaces that Rolecall makes have no address in the contract: production counts there as it does elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rolecall.policies.context import Context, context_of_contract
from rolecall.policies.properties import Properties
from rolecall.policies.resource import Provider, Resource
from rolecall.policies.rules.permissions.production_only_for_bound_groups import RULE
from rolecall.policies.rules.program.program_writes_to_known_hosts import RULE as WRITES_TO_KNOWN_HOSTS
from rolecall.policies.types import DATABRICKS_PROVIDER, MWS_WORKSPACES, PERMISSIONS
from tests.support.contracts import CONTRACT, load

MADE = "{create: {cloud: aws, region: eu-west-1, credentials: c, storage: s}}"
BOTH = CONTRACT.replace('{host: "${env:ML_NONPROD_HOST}"}', MADE).replace('{host: "${env:ML_PROD_HOST}"}', MADE)
PROD, NONPROD, OTHER = (f"https://{name}.cloud.databricks.com" for name in ("dbc-prod", "dbc-dev", "dbc-other"))


@pytest.fixture
def made(tmp_path: Path) -> Context:
    return context_of_contract(load(tmp_path, BOTH))


def gives(stack: str, host: str) -> Resource:
    values = {"jobId": "1", "accessControls": [{"groupName": "engineers", "permissionLevel": "CAN_MANAGE"}]}
    through = Provider("pulumi:providers:databricks", "mine", Properties({"host": host}))
    urn = f"urn:pulumi:{stack}::acme::{PERMISSIONS}::x"
    return Resource(PERMISSIONS, "x", stack.split(".")[0], Properties(values), values, urn, through)


def connects(host: str) -> Resource:
    urn = f"urn:pulumi:dev::acme::{DATABRICKS_PROVIDER}::x"
    return Resource(DATABRICKS_PROVIDER, "x", "dev", Properties({"host": host}), {"host": host}, urn)


def record(folder: Path, monkeypatch: pytest.MonkeyPatch, **addresses: str) -> None:
    """Write the state of the stack that has made the workspaces."""
    resources = [
        {
            "urn": f"urn:pulumi:account::acme::{MWS_WORKSPACES}::{name}",
            "type": MWS_WORKSPACES,
            "id": name,
            "custom": True,
            "inputs": {"workspaceName": name},
            "outputs": {"workspaceName": name, "workspaceUrl": host},
        }
        for name, host in addresses.items()
    ]
    file = folder / ".pulumi" / "stacks" / "acme" / "account.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}}))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{folder}")


@pytest.mark.parametrize("stack", ["dev", "dev.churn"])
def test_a_stack_called_like_development_gives_nothing_in_a_workspace_that_may_be_production(
    made: Context, stack: str
) -> None:
    rule = RULE
    assert [one.found for one in rule.check(gives(stack, PROD), made)]
    own = replace(made, own_program=True)
    assert not [*rule.check(gives(stack, PROD), own)], "Rolecall's own stacks are what they are called"


def test_once_it_is_made_each_workspace_is_what_the_contract_says(
    made: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, monkeypatch, prod=PROD, nonprod=NONPROD)
    rule = RULE
    for context in (made, replace(made, own_program=True)):
        assert [*rule.check(gives("dev", PROD), context)]
    assert not [*rule.check(gives("dev", NONPROD), made)], "engineers are bound in dev"
    assert [*rule.check(gives("dev", OTHER), made)]
    writes_to_known_hosts = WRITES_TO_KNOWN_HOSTS
    assert [bool([*writes_to_known_hosts.check(connects(host), made)]) for host in (PROD, NONPROD, OTHER)] == [
        False,
        False,
        True,
    ]


def test_a_workspace_of_another_name_is_none_of_the_contracts(
    made: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, monkeypatch, mine=OTHER, nonprod=NONPROD)
    rule = RULE
    assert [*rule.check(gives("dev", OTHER), made)], "it may be production, which is not made yet"


def test_an_address_under_two_names_is_production_if_one_is(
    made: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program declares a workspace called like development, with production's address."""
    record(tmp_path, monkeypatch, prod=PROD, nonprod=PROD)
    rule = RULE
    assert [*rule.check(gives("dev", PROD), made)]
