"""Who would lose something, told from a stack's state and the contract alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rolecall.engine.holders import HoldersChange
from rolecall.engine.state import Resource, StackState
from rolecall.slices.listed_objects import listed_object
from rolecall.slices.part import Part, part_of
from rolecall.slices.removals import removals
from rolecall.slices.slice import slice_named
from rolecall.systems.databricks.lookups import FoundGroup, Lookups
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
    (change,) = removals(part(tmp_path), state(job))
    assert set(change.before) - set(change.after) == {"leavers"}
    assert set(change.after) == {"engineers", "analysts", "emergency", DEPLOYER}


def test_a_renamed_group_loses_nothing(tmp_path: Path) -> None:
    found = Lookups(groups={"engineers": FoundGroup("1", "00g-engineers", "data engineers")})
    live = held_by("data engineers", "analysts", "emergency")
    job = resource("permissions:Permissions", "churn-train", {"jobId": "1"}, live)
    (change,) = removals(part(tmp_path, found), state(job))
    assert set(change.before) <= set(change.after)


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
    changes = {one.type.rpartition(":")[2]: one for one in removals(part(tmp_path), state(principal, rule_set, listed))}
    lost = {kind: set(one.before) - set(one.after) for kind, one in changes.items()}
    assert lost == {"AccessControlRuleSet": {"groups/leavers"}, "Permissions": set()}


def test_an_object_that_goes_as_a_whole_is_no_removal_from_a_list(tmp_path: Path) -> None:
    gone = resource("permissions:Permissions", "churn-old", {"jobId": "9"}, held_by("engineers"))
    assert not list(removals(part(tmp_path), state(gone)))


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
