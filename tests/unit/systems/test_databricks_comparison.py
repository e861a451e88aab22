"""What counts as live as a state has it: equal beyond doubt, or the engine has to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.kinds.comparison import (
    pruned,
    same_assignment,
    same_cluster_policy,
    same_federation_policy,
    same_grants,
    same_job,
    same_permissions,
    same_principal,
    same_rule_set,
    same_secret_access,
)
from rolecall.systems.databricks.client import account_reader
from rolecall.systems.databricks.live import Live

JOB = {
    "__meta": "{}",
    "id": "7",
    "url": "https://x/#job/7",
    "name": "[dev] train",
    "maxConcurrentRuns": 1,
    "timeoutSeconds": 0,
    "format": "MULTI_TASK",
    "tags": {"project": "churn"},
    "runAs": {"servicePrincipalName": "app-1", "userName": "", "groupName": ""},
    "emailNotifications": {"onFailures": [], "noAlertForSkippedRuns": False},
    "tasks": [{"taskKey": "a", "notebookTask": {"notebookPath": "/a", "source": ""}, "dependsOns": []}],
}
LIVE_JOB: dict[str, Any] = {
    "run_as_user_name": "app-1",
    "creator_user_name": "deployer",
    "settings": {
        "name": "[dev] train",
        "max_concurrent_runs": 1,
        "timeout_seconds": 0,
        "format": "MULTI_TASK",
        "tags": {"project": "churn"},
        "email_notifications": {},
        "tasks": [{"task_key": "a", "notebook_task": {"notebook_path": "/a"}}],
    },
}


def test_a_job_is_the_same_whatever_says_nothing() -> None:
    assert same_job(JOB, LIVE_JOB)


@pytest.mark.parametrize(
    "change",
    [
        {"run_as_user_name": "app-2"},
        {"settings": {**LIVE_JOB["settings"], "name": "[dev] other"}},
        {"settings": {**LIVE_JOB["settings"], "max_concurrent_runs": 2}},
        {"settings": {**LIVE_JOB["settings"], "tags": {}}},
        {"settings": {**LIVE_JOB["settings"], "tasks": []}},
        {"settings": {**LIVE_JOB["settings"], "timeout_seconds": 60}},
        {"settings": {**LIVE_JOB["settings"], "a_setting_of_tomorrow": True}},
        {"settings": {}},
        {"run_as_user_name": None},
    ],
)
def test_any_other_job_is_another(change: dict[str, Any]) -> None:
    assert not same_job(JOB, {**LIVE_JOB, **change})


def entry(level: str, *, inherited: bool = False, **who: str) -> dict[str, Any]:
    return {**who, "all_permissions": [{"permission_level": level, "inherited": inherited}]}


HELD = {
    "accessControls": [
        {"groupName": "engineers", "permissionLevel": "CAN_MANAGE", "servicePrincipalName": "", "userName": ""},
        {"groupName": "", "permissionLevel": "IS_OWNER", "servicePrincipalName": "app-1", "userName": ""},
    ]
}
EXACT = [entry("CAN_MANAGE", group_name="engineers"), entry("IS_OWNER", service_principal_name="app-1")]


@pytest.mark.parametrize(
    ("live", "same"),
    [
        (EXACT, True),
        ([*EXACT, entry("CAN_MANAGE", group_name="admins", inherited=True)], True),
        ([*EXACT, entry("CAN_VIEW", user_name="chloe@acme.example")], False),
        (EXACT[:1], False),
        ([entry("CAN_VIEW", group_name="engineers"), EXACT[1]], False),
        ([], False),
    ],
)
def test_permissions_are_compared_as_whole_lists(live: list[dict[str, Any]], *, same: bool) -> None:
    assert same_permissions(HELD, {"access_control_list": live}) is same


def test_the_other_types() -> None:
    policy: dict[str, Any] = {
        "name": "small",
        "definition": '{"a": 1}',
        "description": None,
        "maxClustersPerUser": 0,
        "libraries": [],
    }
    assert same_cluster_policy(policy, {"name": "small", "definition": '{ "a":1 }'})
    assert not same_cluster_policy(policy, {"name": "small", "definition": '{"a": 2}'})
    assert not same_cluster_policy(policy, {"name": "small", "definition": '{"a": 1}', "description": "by hand"})
    principal = {"displayName": "trainer", "externalId": "x", "applicationId": "app-1"}
    assert same_principal(principal, {**principal, "active": True})
    assert not same_principal(principal, {**principal, "active": False})
    assert not same_principal(principal, {**principal, "displayName": "renamed"})
    assert same_assignment({"permissions": ["USER"]}, {"permissions": ["USER"]})
    assert not same_assignment({"permissions": ["USER"]}, {"permissions": ["ADMIN"]})
    rules = {"grantRules": [{"role": "user", "principals": ["groups/a", "groups/b"]}], "etag": "1"}
    assert same_rule_set(
        rules, {"grant_rules": [{"role": "user", "principals": ["groups/b", "groups/a"]}], "etag": "2"}
    )
    assert not same_rule_set(rules, {"grant_rules": [{"role": "user", "principals": ["groups/a"]}]})
    held: dict[str, Any] = {"description": "d", "oidcPolicy": {"issuer": "i", "subject": "s", "audiences": ["a"]}}
    live: dict[str, Any] = {"description": "d", "oidc_policy": {"issuer": "i", "subject": "s", "audiences": ["a"]}}
    assert same_federation_policy(held, live)
    assert not same_federation_policy(held, {**live, "oidc_policy": {**live["oidc_policy"], "subject": "t"}})


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)


@given(VALUES)
def test_pruning_twice_is_pruning_once(value: object) -> None:
    assert pruned(pruned(value)) == pruned(value)


@given(st.dictionaries(st.sampled_from("abc"), st.integers(1, 5)), st.sampled_from("abc"), st.integers(6, 9))
def test_pruning_keeps_every_difference_that_says_something(value: dict[str, int], key: str, other: int) -> None:
    assert pruned(value) != pruned({**value, key: other})


@dataclass(frozen=True)
class Held:
    """A resource as a state has it."""

    type: str
    connection: str = "nonprod"
    id: str = "7"
    custom: bool = True
    outputs: Mapping[str, Any] = field(default_factory=dict)


def test_what_is_not_understood_is_left_to_the_engine() -> None:
    live = Live(account_reader("http://127.0.0.1:1", "account-id"), "account-id", {"nonprod": "http://127.0.0.1:2"})
    job = Held("databricks:index/job:Job")
    assert live.understands([job, Held("rolecall:databricks:Job", custom=False)])
    for other in (
        Held("databricks:index/schema:Schema"),
        Held("rolecall:okta:Group"),
        Held("databricks:index/job:Job", connection="a-workspace-that-is-gone"),
    ):
        assert not live.understands([job, other])
        assert live.compare({"dev.churn": [job, other]}) == {"dev.churn": False}, "nothing is asked for"
    live.close()


def test_grants_and_secret_lists_differ_by_any_holder_or_right() -> None:
    grants = {"grants": [{"principal": "analysts", "privileges": ["SELECT", "READ_VOLUME"]}]}
    live = [{"principal": "analysts", "privileges": ["READ VOLUME", "SELECT"]}]
    assert same_grants(grants, live)
    assert same_grants({"grants": []}, [{"principal": "analysts", "privileges": []}])
    assert not same_grants(grants, [*live, {"principal": "users", "privileges": ["SELECT"]}])
    assert not same_grants(grants, [{"principal": "analysts", "privileges": ["SELECT"]}])
    assert not same_grants(grants, [])
    scope = {"entries": [{"principal": "analysts", "permission": "READ"}]}
    assert same_secret_access(scope, {"items": [{"principal": "analysts", "permission": "READ"}]})
    assert not same_secret_access(scope, {"items": [{"principal": "analysts", "permission": "WRITE"}]})
    assert not same_secret_access(scope, {})
