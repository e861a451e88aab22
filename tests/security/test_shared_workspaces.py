"""A workspace that holds production is production for every program of others, whatever its stack is called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rolecall.contract.protective_settings import Declared
from rolecall.policies.context import Context, context_of_contract
from rolecall.policies.properties import Properties
from rolecall.policies.resource import Provider, Resource
from rolecall.policies.rules.permissions.production_only_for_bound_groups import RULE
from rolecall.policies.rules.settings.protective_settings_stay import RULE as SETTINGS_STAY
from rolecall.policies.stack_rules import Change, keyed
from tests.support.contracts import CONTRACT, TODAY, VARIABLES, load

HOST = VARIABLES["ML_NONPROD_HOST"]
SHARED = CONTRACT.replace("{workspace: prod, protected: true}", "{workspace: nonprod, protected: true}")
LIST = "databricks:index/permissions:Permissions"
CONF = "databricks:index/workspaceConf:WorkspaceConf"
ADDRESSES = "databricks:index/ipAccessList:IpAccessList"


def declared(kind: str, name: str, values: dict[str, Any], stack: str, host: str, provider: str = "p") -> Resource:
    urn = f"urn:pulumi:{stack}::p::{kind}::{name}"
    through = Provider("pulumi:providers:databricks", provider, Properties({"host": host}))
    return Resource(kind, name, stack, Properties(values), values, urn, through)


@pytest.fixture
def shared(tmp_path: Path) -> Context:
    return context_of_contract(load(tmp_path, SHARED))


@pytest.mark.parametrize("stack", ["dev", "dev.churn", "anything"])
def test_a_stack_called_like_development_gives_nothing_beside_production(shared: Context, stack: str) -> None:
    rule = RULE
    entry = {"groupName": "engineers", "permissionLevel": "CAN_MANAGE"}
    resource = declared(LIST, "x", {"jobId": "1", "accessControls": [entry]}, shared.stage_of(stack), HOST)
    assert [one.found for one in rule.check(resource, shared)], "engineers are bound in dev only"
    own = replace(shared, own_program=True)
    assert bool([*rule.check(resource, own)]) is (stack == "anything"), "Rolecall's own stacks are what they are called"


def settings(host: str, connection: str = "nonprod", **values: Any) -> Declared:
    return Declared(CONF, "conf", connection, {"customConfig": {"enableIpAccessLists": "true", **values}}, host)


@pytest.mark.parametrize(
    ("host", "provider", "found"),
    [("a.example", "nonprod", 0), ("a.example", "renamed", 0), ("b.example", "nonprod", 1), ("b.example", "other", 1)],
)
def test_a_setting_stays_in_its_workspace_whatever_the_connection_is_called(
    host: str, provider: str, found: int
) -> None:
    before = settings("a.example")
    after = keyed([declared(CONF, "conf", dict(before.inputs), "s", f"https://{host}", provider)])
    change = Change("s", {f"{CONF}::conf": before}, after, TODAY)
    assert len([*SETTINGS_STAY.check(change, Context())]) == found
    assert not [*SETTINGS_STAY.check(change, Context(own_program=True))], "a contract's workspace may get a new address"


def test_a_second_declaration_of_one_workspace_counts_through_any_connection() -> None:
    before = settings("a.example")
    weaker = {"customConfig": {"enableIpAccessLists": "false"}}
    kept = declared(CONF, "conf", dict(before.inputs), "s", "https://a.example", "nonprod")
    rival = declared(CONF, "rival", weaker, "s", "https://A.example:443/", "another-name")
    elsewhere = declared(CONF, "rival", weaker, "s", "https://b.example", "another-name")
    (found,) = SETTINGS_STAY.check(Change("s", {f"{CONF}::conf": before}, keyed([kept, rival]), TODAY), Context())
    assert "by a second declaration" in found[1].found
    assert not [
        *SETTINGS_STAY.check(Change("s", {f"{CONF}::conf": before}, keyed([kept, elsewhere]), TODAY), Context())
    ]


def test_lists_of_one_workspace_count_together_through_any_connection() -> None:
    held = Declared(ADDRESSES, "in", "one", {"listType": "ALLOW", "ipAddresses": ["203.0.113.0/24"]}, "a.example")
    wide = {"listType": "ALLOW", "ipAddresses": ["198.51.100.0/24"]}
    kept = declared(ADDRESSES, "in", dict(held.inputs), "s", "https://a.example", "one")
    beside = declared(ADDRESSES, "more", wide, "s", "https://a.example", "two")
    (found,) = SETTINGS_STAY.check(Change("s", {f"{ADDRESSES}::in": held}, keyed([kept, beside]), TODAY), Context())
    assert "198.51.100.0/24 could come in" in found[1].found
