"""Who gains and who loses by a run, told from the engine's events before each step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rolecall.engine.events import Outcome, take_events
from rolecall.engine.planned import NOT_YET_KNOWN, UNKNOWN, PlannedChange
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import TOKENS
from rolecall.slices.access_changes import NEW_PRINCIPAL, AccessChange, access_changes, is_access_list
from rolecall.slices.holders import MEMBERSHIPS
from tests.support.contracts import CONTRACT, load

PERMISSIONS = "databricks:index/permissions:Permissions"
JOB = "job churn/train in dev"


def step(
    kind: str, before: dict[str, Any] | None, after: dict[str, Any] | None, name: str = "churn-train", **more: Any
) -> str:
    operation = "update" if before is not None and after is not None else "delete" if after is None else "create"
    provider = "urn:pulumi:dev.churn::rolecall::pulumi:providers:databricks::nonprod::id"

    def side(inputs: dict[str, Any] | None) -> dict[str, Any] | None:
        if inputs is None:
            return None
        return {"type": kind, "inputs": inputs, "outputs": inputs, "custom": True, "provider": provider}

    urn = f"urn:pulumi:dev.churn::rolecall::{kind}::{name}"
    metadata = {"op": operation, "urn": urn, "type": kind, "old": side(before), "new": side(after), **more}
    return json.dumps({"resourcePreEvent": {"metadata": metadata}})


def planned(*events: str) -> list[PlannedChange]:
    outcome = Outcome(is_list=is_access_list)
    take_events(events, outcome)
    return outcome.resource_changes


def changes(folder: Path, *events: str, project: str = "churn") -> list[AccessChange]:
    names = {"11111111-2222-3333-4444-555555555555": "churn-trainer"}
    return list(access_changes(planned(*events), "dev", project, load(folder, CONTRACT).contract, names))


def controls(**held: str) -> dict[str, Any]:
    return {
        "jobId": "1",
        "accessControls": [{"groupName": one, "permissionLevel": level} for one, level in held.items()],
    }


def test_gains_losses_and_other_levels_are_told_apart(tmp_path: Path) -> None:
    before, after = (
        controls(a="CAN_VIEW", b="CAN_RUN", c="CAN_VIEW"),
        controls(a="CAN_MANAGE", c="CAN_VIEW", d="CAN_RUN"),
    )
    assert changes(tmp_path, step(PERMISSIONS, before, after)) == [
        AccessChange("a", JOB, "dev", "CAN_VIEW", "CAN_MANAGE"),
        AccessChange("b", JOB, "dev", "CAN_RUN", ""),
        AccessChange("d", JOB, "dev", "", "CAN_RUN"),
    ]


def test_who_holds_something_on_what_is_made_or_deleted_gains_or_loses_it(tmp_path: Path) -> None:
    made = changes(tmp_path, step(PERMISSIONS, None, controls(a="CAN_VIEW")))
    assert made == [AccessChange("a", JOB, "dev", "", "CAN_VIEW")]
    gone = changes(tmp_path, step(PERMISSIONS, controls(a="CAN_VIEW"), None))
    assert gone == [AccessChange("a", JOB, "dev", "CAN_VIEW", "")]


@pytest.mark.parametrize(
    ("kind", "name", "properties", "expected"),
    [
        (
            "databricks:index/grants:Grants",
            "churn-features",
            {"schema": "dev.features", "grants": [{"principal": "a", "privileges": ["SELECT", "MODIFY"]}]},
            ("a", "MODIFY, SELECT"),
        ),
        (
            "databricks:index/accessControlRuleSet:AccessControlRuleSet",
            "churn-trainer",
            {"name": "x", "grantRules": [{"role": "roles/servicePrincipal.user", "principals": ["groups/a"]}]},
            ("a", "roles/servicePrincipal.user"),
        ),
        (
            "rolecall:databricks:SecretAccess",
            "churn-keys",
            {"scope": "keys", "entries": [{"principal": "a", "permission": "READ"}]},
            ("a", "READ"),
        ),
        (
            "rolecall:conductor:Permissions",
            "conductor-churn-train-access",
            {"targetType": "WORKFLOW_DEF", "targetId": "x", "holders": [{"name": "a", "verb": "run"}]},
            ("a", "run"),
        ),
        (
            "databricks:index/permissionAssignment:PermissionAssignment",
            "a/nonprod",
            {"principalId": 7, "permissions": ["USER"]},
            ("a", "USER"),
        ),
    ],
)
def test_every_form_of_access_list_is_read(
    tmp_path: Path, kind: str, name: str, properties: dict[str, Any], expected: tuple[str, str]
) -> None:
    (change,) = changes(tmp_path, step(kind, None, properties, name))
    assert (change.subject, change.after) == expected
    assert change.before == ""


def test_the_order_and_spelling_of_privileges_are_no_change(tmp_path: Path) -> None:
    def grants(*privileges: str) -> dict[str, Any]:
        return {"schema": "dev.features", "grants": [{"principal": "a", "privileges": [*privileges]}]}

    event = step("databricks:index/grants:Grants", grants("USE SCHEMA", "SELECT"), grants("SELECT", "USE_SCHEMA"))
    assert changes(tmp_path, event) == []


def test_a_member_of_a_group_is_named_with_the_group(tmp_path: Path) -> None:
    before, after = {"members": ["ada@acme.example"]}, {"members": ["ben@acme.example"]}
    found = changes(tmp_path, step(MEMBERSHIPS[0], before, after, "engineers"), project="")
    assert changes(tmp_path, step(MEMBERSHIPS[0], before, None, "engineers"), project="") == [], "members stay"
    assert [(one.subject, one.object, one.before, one.after) for one in found] == [
        ("ada@acme.example", "group engineers", "member", ""),
        ("ben@acme.example", "group engineers", "", "member"),
    ]


@pytest.mark.parametrize("kind", [*MEMBERSHIPS, PERMISSIONS])
def test_what_is_known_only_after_the_run_is_no_gain_and_no_loss(tmp_path: Path, kind: str) -> None:
    name = "accessControls" if kind == PERMISSIONS else "members"
    held = {"accessControls": [{"groupName": "a", "permissionLevel": "CAN_VIEW"}], "members": ["a"], "jobId": "1"}
    event = step(kind, held, {**held, name: UNKNOWN}, "engineers" if name == "members" else "churn-train")
    assert changes(tmp_path, event) == []


def test_a_group_that_leaves_a_group_and_a_name_in_other_letters(tmp_path: Path) -> None:
    before = {"members": ["Ada@acme.example"], "memberGroups": ["77"]}
    after = {"members": ["ada@acme.example"], "memberGroups": list[str]()}
    (lost,) = changes(tmp_path, step("rolecall:databricks:GroupMembers", before, after, "engineers"), project="")
    assert (lost.subject, lost.before, lost.after) == ("group 77", "member", "")


def test_of_a_run_only_what_took_effect_counts() -> None:
    outcome = Outcome(is_list=is_access_list)
    take_events([step(PERMISSIONS, None, controls(a="CAN_VIEW"))], outcome)
    assert outcome.made == []
    outcome.preview = True
    assert len(outcome.made) == 1


def test_a_principal_has_its_name_and_a_new_one_is_called_so(tmp_path: Path) -> None:
    def held(principal: str) -> dict[str, Any]:
        entry = {"servicePrincipalName": principal, "permissionLevel": "CAN_MANAGE"}
        return {"jobId": "1", "accessControls": [entry]}

    (known,) = changes(tmp_path, step(PERMISSIONS, None, held("11111111-2222-3333-4444-555555555555")))
    (new,) = changes(tmp_path, step(PERMISSIONS, None, held(UNKNOWN)))
    assert (known.subject, new.subject) == ("churn-trainer", NEW_PRINCIPAL)


def test_properties_are_named_with_both_values() -> None:
    job = "databricks:index/job:Job"
    diff = {"tags.stage": {"diffKind": "add"}, "schedule.pauseStatus": {"diffKind": "update"}, "runAs": {}, "url": {}}
    before = {"schedule": {"pauseStatus": "PAUSED"}, "runAs": "x", "url": "same"}
    after = {"schedule": {"pauseStatus": "UNPAUSED"}, "tags": {"stage": "live"}, "runAs": UNKNOWN, "url": "same"}
    (change,) = planned(step(job, before, after, detailedDiff=diff))
    assert change.operation == "update"
    assert [(one.path, one.before, one.after) for one in change.properties] == [
        ("runAs", "x", NOT_YET_KNOWN),
        ("schedule.pauseStatus", "PAUSED", "UNPAUSED"),
        ("tags.stage", "", "live"),
    ]
    assert not change.before, "only access lists are kept whole"


@pytest.mark.parametrize("operation", ["same", "refresh", "create-replacement", "delete-replaced", "read"])
def test_steps_that_change_nothing_and_halves_of_others_are_left_out(operation: str) -> None:
    assert planned(step(PERMISSIONS, controls(a="CAN_VIEW"), controls(), op=operation)) == []


def test_two_new_principals_on_one_list_are_two_rows(tmp_path: Path) -> None:
    entries = [{"servicePrincipalName": UNKNOWN, "permissionLevel": level} for level in ("CAN_VIEW", "CAN_MANAGE")]
    found = changes(tmp_path, step(PERMISSIONS, None, {"jobId": "1", "accessControls": entries}))
    assert [(one.subject, one.after) for one in found] == [
        (f"{NEW_PRINCIPAL} (1 of 2)", "CAN_VIEW"),
        (f"{NEW_PRINCIPAL} (2 of 2)", "CAN_MANAGE"),
    ]


def test_new_principals_have_their_names_where_it_makes_no_difference_which_is_which(tmp_path: Path) -> None:
    made = [step(TOKENS[Kind.SERVICE_PRINCIPAL], None, {}, name) for name in ("churn-trainer", "churn-scorer")]
    entries = [{"servicePrincipalName": UNKNOWN, "permissionLevel": "CAN_VIEW"}] * 2
    found = changes(tmp_path, *made, step(PERMISSIONS, None, {"jobId": "1", "accessControls": entries}))
    assert [(one.subject, one.after) for one in found] == [("churn-scorer", "CAN_VIEW"), ("churn-trainer", "CAN_VIEW")]


def test_a_new_principal_in_two_rules_of_a_list_is_one_subject(tmp_path: Path) -> None:
    rules = [{"role": role, "principals": [f"servicePrincipals/{UNKNOWN}"]} for role in ("roles/a", "roles/b")]
    rule_set = "databricks:index/accessControlRuleSet:AccessControlRuleSet"
    found = changes(tmp_path, step(rule_set, None, {"grantRules": rules}))
    assert len(found) == 1
    assert found[0].subject == NEW_PRINCIPAL
