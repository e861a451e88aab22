"""Who would lose something, told from a stack's state and the contract alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from rolecall.engine.stack_state import RecordedGroup, Resource, StackState
from rolecall.slices.group_names import GroupNames, has_recreated_groups, names_now
from rolecall.slices.holders import HoldersChange
from rolecall.slices.listed_objects import listed_object
from rolecall.slices.part import Part, part_of
from rolecall.slices.removals import removals, written_lists
from rolecall.slices.slice import slice_named
from rolecall.systems.databricks.lookups import FoundGroup, Lookups, find
from tests.support.contracts import CONTRACT, VARIABLES, compiled

DEPLOYER = VARIABLES["DATABRICKS_CLIENT_ID"]
PREFIX = "urn:pulumi:dev.churn::rolecall::databricks:index/"


def resource(kind: str, name: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Resource:
    token = f"databricks:index/{kind}"
    return Resource(f"{PREFIX}{kind}::{name}", token, name, inputs, {**inputs, **outputs}, custom=True)


def part(folder: Path, found: Lookups | None = None) -> Part:
    contract = compiled(folder, CONTRACT)
    return part_of(contract, slice_named(contract.contract, "dev.churn"), found or Lookups())


def state(*resources: Resource) -> StackState:
    return StackState("x", len(resources), resources, ())


def held_by(*groups: str) -> dict[str, Any]:
    owner = {"servicePrincipalName": DEPLOYER, "groupName": ""}
    return {"accessControls": [owner, *({"groupName": one, "servicePrincipalName": ""} for one in groups)]}


def test_a_list_is_compared_with_what_the_contract_gives(tmp_path: Path) -> None:
    live = held_by("engineers", "analysts", "emergency", "leavers")
    job = resource("permissions:Permissions", "churn-train", {"jobId": "1"}, live)
    (change,) = removals(part(tmp_path), state(job), GroupNames())
    assert set(change.before) - set(change.after) == {"leavers"}
    assert set(change.after) == {"engineers", "analysts", "emergency", DEPLOYER}


def test_a_renamed_group_loses_nothing(tmp_path: Path) -> None:
    found = Lookups(groups={"engineers": FoundGroup("1", "00g-engineers", "data engineers")})
    live = held_by("data engineers", "analysts", "emergency")
    job = resource("permissions:Permissions", "churn-train", {"jobId": "1"}, live)
    (change,) = removals(part(tmp_path, found), state(job), GroupNames())
    assert set(change.before) <= set(change.after)


def test_a_group_that_is_called_otherwise_since_the_last_run_loses_nothing(tmp_path: Path) -> None:
    """Its name in the account, its key in the contract, or both: the state says which group the old name stood for."""
    text = CONTRACT.replace("engineers", "Builders").replace("00g-Builders", "00g-engineers")
    contract = compiled(tmp_path, text)
    found = Lookups(groups={"Builders": FoundGroup("1", "00g-engineers", "engineering")})
    after = part_of(contract, slice_named(contract.contract, "dev.churn"), found)
    job = resource("permissions:Permissions", "churn-train", {"jobId": "1"}, held_by("data people", "analysts"))
    counterpart = Resource(
        "urn:pulumi:dev.churn::rolecall::rolecall:conductor:Permissions::conductor-churn-train-access",
        "rolecall:conductor:Permissions",
        "conductor-churn-train-access",
        {"targetType": "WORKFLOW_DEF", "targetId": "dev-churn-train", "holders": [{"name": "engineers"}]},
        {},
        custom=True,
    )
    recorded = (RecordedGroup("engineers", "00g-engineers", "data people"),)
    held = replace(state(job, counterpart), groups=recorded)
    names = names_now(contract.contract, found, [held])
    for change in removals(after, held, names):
        assert set(change.before) <= set(change.after), change
    without_record = names_now(contract.contract, found, [state(job)])
    (change,) = removals(after, state(job), without_record)
    assert set(change.before) - set(change.after) == {"data people"}, "what nothing explains counts as removed"


def test_an_older_state_without_records_had_the_contracts_keys(tmp_path: Path) -> None:
    contract = compiled(tmp_path, CONTRACT).contract
    found = Lookups(
        groups={
            "engineers": FoundGroup("1", "00g-engineers", "engineering"),
            "analysts": FoundGroup("2", "00g-analysts", "engineers"),
        }
    )
    assert (
        names_now(contract, Lookups(groups={"engineers": found.groups["engineers"]}), [None]).now(
            "databricks:index/permissions:Permissions", "engineers"
        )
        == "engineering"
    )
    taken = names_now(contract, found, [None])
    assert taken.now("databricks:index/permissions:Permissions", "engineers") == "engineers", "another one has it"
    assert taken.now("rolecall:databricks:SecretAccess", "groups/analysts") == "groups/engineers"
    assert taken.now("rolecall:conductor:Permissions", "engineers") == "engineers"


def test_service_principals_are_known_by_their_ids_and_written_as_rules(tmp_path: Path) -> None:
    principal = resource(
        "servicePrincipal:ServicePrincipal",
        "churn-trainer",
        {"displayName": "anything", "externalId": "rolecall:acme:dev:churn:trainer"},
        {"applicationId": "app-1"},
    )
    users = ["groups/emergency", f"servicePrincipals/{DEPLOYER}", "groups/leavers"]
    rules = {"grantRules": [{"role": "roles/servicePrincipal.user", "principals": users}]}
    rule_set = resource("accessControlRuleSet:AccessControlRuleSet", "churn-trainer", rules, {})
    policy = {"accessControls": [{"servicePrincipalName": "app-1", "groupName": ""}, {"groupName": "engineers"}]}
    listed = resource("permissions:Permissions", "churn-small", {"clusterPolicyId": "1"}, policy)
    changes = {
        one.type.rpartition(":")[2]: one
        for one in removals(part(tmp_path), state(principal, rule_set, listed), GroupNames())
    }
    lost = {kind: set(one.before) - set(one.after) for kind, one in changes.items()}
    assert lost == {"AccessControlRuleSet": {"groups/leavers"}, "Permissions": set()}


def test_an_object_that_goes_as_a_whole_is_no_removal_from_a_list(tmp_path: Path) -> None:
    gone = resource("permissions:Permissions", "churn-old", {"jobId": "9"}, held_by("engineers"))
    assert not list(removals(part(tmp_path), state(gone), GroupNames()))


def test_the_list_of_a_counterpart_is_about_its_job_and_that_of_what_jobs_share_is_about_none(tmp_path: Path) -> None:
    held = {"holders": [{"name": "engineers"}]}
    contract = compiled(tmp_path, CONTRACT).contract
    found = [
        listed_object(
            HoldersChange(f"rolecall:{system}:Permissions", name, (), (), {**held, "targetType": target}),
            "dev",
            project,
            contract,
        )
        for system, name, target, project in (
            ("conductor", "conductor-churn-train-access", "WORKFLOW_DEF", "churn"),
            ("prefect", "prefect-churn-train-access", "DEPLOYMENT", "churn"),
            ("conductor", "conductor-tasks-dev-churn-trainer-access", "TASK_DEF", "churn"),
            ("conductor", "conductor-tasks-dev-tasks-x-access", "TASK_DEF", "tasks"),
            ("prefect", "prefect-pool-dev-pool-x-access", "WORK_POOL", "pool"),
            ("harness", "harness-churn-x-access-access", None, "churn"),
        )
    ]
    assert [*map(str, found)] == [
        "job churn/train in dev",
        "job churn/train in dev",
        "None",
        "None",
        "None",
        "job churn/x-access in dev",
    ]


def test_a_group_that_the_account_has_anew_is_noticed_by_its_id(tmp_path: Path) -> None:
    contract = compiled(tmp_path, CONTRACT).contract
    listed = [
        {"id": "1", "displayName": "data engineers", "externalId": "00g-engineers"},
        {"id": "2", "displayName": "emergency"},
        {"id": "3", "displayName": "analysts", "externalId": "somebody else's"},
    ]
    found = find(contract, listed)
    assert found.ids == {"engineers": "1", "emergency": "2"}
    held = replace(state(), groups=(RecordedGroup("engineers", "00g-engineers", "engineers", "1"),))
    assert not has_recreated_groups(contract, found, held)
    assert has_recreated_groups(contract, found, replace(held, groups=(replace(held.groups[0], id="7"),)))
    assert not has_recreated_groups(contract, found, replace(held, groups=(replace(held.groups[0], id=""),))), (
        "an older state"
    )
    brought = Resource("urn::emergency", "databricks:index/group:Group", "9", {}, {}, custom=True)
    assert has_recreated_groups(contract, found, state(brought))
    assert not has_recreated_groups(contract, found, state(replace(brought, id="2")))


def test_a_list_of_token_users_is_read_before_it_is_written(tmp_path: Path) -> None:
    token, held = "databricks:index/permissions:Permissions", [{"groupName": "engineers"}, {"groupName": "emergency"}]
    inputs = {"authorization": "tokens", "accessControls": held}
    listed = Resource(f"urn:s::p::{token}::nonprod-tokens", token, "/authorization/tokens", inputs, inputs, custom=True)
    for users, written in (("[engineers]", False), ("[engineers, analysts]", True)):
        text = CONTRACT.replace('ML_NONPROD_HOST}"', f'ML_NONPROD_HOST}}", tokens: {{users: {users}}}')
        contract = compiled(tmp_path, text)
        account = part_of(contract, slice_named(contract.contract, "account"), Lookups())
        assert bool([*written_lists(account, state(listed))]) is written
