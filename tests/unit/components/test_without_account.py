"""Declarations of stacks whose deployer administers only workspaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.compiled import CompiledContract
from rolecall.errors import InvalidContract
from rolecall.kinds.access import PERMISSIONS, RULE_SET
from rolecall.slices.access_changes import given_names
from rolecall.slices.first_lists import first_lists
from rolecall.slices.part import part_of
from rolecall.slices.removals import names_of
from rolecall.slices.slice import Slice, layers_of, slice_named
from rolecall.systems.databricks.lookups import find
from tests.conftest import ROOT
from tests.support.contracts import compiled
from tests.support.declared import Recorder, declared

TEXT = (ROOT / "tests" / "cases" / "contract" / "workspaces-only.yaml").read_text()
DEV, PROD = "22222222-2222-4222-8222-222222222222", "33333333-2222-4222-8222-222222222222"
SETTINGS = TEXT.replace(
    'prod: {host: "${env:ML_PROD_HOST}"}',
    'prod: {host: "${env:ML_PROD_HOST}", entitlements: {engineers: [workspace-access]}, tokens: {users: [engineers]}}',
).replace("in: [dev]}", "in: [dev, prod], ticket: SEC-1}")
ACCEPTED = "of: engineers, acting_as: churn/*, in: [prod], reason: r, ticket: T-1, owner: o, expires: 2026-12-31"
SETTINGS += f"accepted_escalations: [{{{ACCEPTED}}}]\n"


def named(contract: CompiledContract, stack: str) -> Recorder:
    groups = [
        {"id": one.external, "externalId": one.external, "displayName": f"live-{key}"}
        for key, one in contract.contract.groups.items()
    ]
    return declared(contract, stack, find(contract.contract, groups))


def providers(made: Recorder) -> set[str]:
    return {str(name) for kind, name in made.resources if kind == "pulumi:providers:databricks"}


def test_a_project_declares_nothing_of_the_account(tmp_path: Path) -> None:
    made = named(compiled(tmp_path, TEXT), "dev.churn")
    types = {kind.rpartition(":")[2] for kind, _ in made.resources if kind.startswith("databricks:")}
    assert types == {"AccessControlRuleSet", "ClusterPolicy", "Job", "Permissions"}
    assert not any("account" in name for name in providers(made))
    (rules,) = made.of(RULE_SET.token).values()
    assert rules["name"].split("/")[3] == DEV
    assert rules["api"] == "workspace"
    (request,) = (one for one in made.requests if one["type"] == RULE_SET.token)
    assert request["retainOnDelete"] is True
    (job,) = made.of("databricks:index/job:Job").values()
    assert job["runAs"] == {"servicePrincipalName": DEV}


def test_settings_of_workspaces_are_declared_through_them(tmp_path: Path) -> None:
    contract = compiled(tmp_path, SETTINGS)
    assert layers_of(contract.contract)[0] == [Slice()]
    assert layers_of(compiled(tmp_path, TEXT).contract)[0] == [Slice("dev", "churn"), Slice("prod", "churn")]
    made = named(contract, "account")
    (entitled,) = made.of("databricks:index/entitlements:Entitlements").values()
    assert entitled["groupId"] == "4000000000000123"
    (tokens,) = made.of(PERMISSIONS.token).values()
    assert {one["groupName"] for one in tokens["accessControls"]} == {"live-engineers", "live-emergency"}
    assert not any("account" in name for name in providers(made))
    assert not made.of("databricks:index/permissionAssignment:PermissionAssignment")


def test_who_loses_a_role_by_the_first_list_is_asked(tmp_path: Path) -> None:
    contract = compiled(tmp_path, TEXT)
    part = part_of(contract, slice_named(contract.contract, "prod.churn"), find(contract.contract, []))
    (roles,) = (one for one in first_lists(part, None, {}) if one.address.token == RULE_SET.token)
    assert roles.address.path.split("/")[3] == PROD
    assert PROD in names_of(part, ()).values()
    assert given_names(contract.contract)[PROD] == "prod-churn-trainer"


def test_another_environment_changes_no_digest(tmp_path: Path) -> None:
    def digest(text: str, stack: str) -> str:
        contract = compiled(tmp_path, text)
        return part_of(contract, slice_named(contract.contract, stack), find(contract.contract, [])).digest

    changed = TEXT.replace(PROD, "44444444-4444-4444-8444-444444444444")
    assert digest(TEXT, "dev.churn") == digest(changed, "dev.churn")
    assert digest(TEXT, "prod.churn") != digest(changed, "prod.churn")


def test_a_file_of_a_project_names_no_application_id(tmp_path: Path) -> None:
    (tmp_path / "projects").mkdir()
    head, project = TEXT.split("projects:\n")
    ids = "databricks:\n  service_principals: {churn/trainer: {dev: 99999999-2222-4222-8222-222222222222}}\n"
    (tmp_path / "projects" / "churn.yaml").write_text(f"{ids}projects:\n{project}")
    with pytest.raises(InvalidContract) as caught:
        compiled(tmp_path, head.replace("version: 1\n", "version: 1\ninclude: [projects/*.yaml]\n"))
    assert {one.id for one in caught.value.problems} & {"out-of-scope", "declared-twice"}
