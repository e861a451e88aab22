"""Workspaces from which isolated objects of a metastore are used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from rolecall.compiled import CompiledContract
from rolecall.components.identities import bound_workspace_ids
from rolecall.slices.part import digests_of, part_of
from rolecall.slices.slice import ACCOUNT
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import CONTRACT, compiled
from tests.support.declared import declared, everything_found

BINDING = "databricks:index/workspaceBinding:WorkspaceBinding"
CATALOG = "dev: {workspace: nonprod, catalog: acme, catalog_isolated: true"
OBJECTS = """\
    storage_credentials: {lake: {aws_iam_role: "arn:aws:iam::123456789012:role/x", in: [dev]BOUND}}
    service_credentials: {queue: {aws_iam_role: "arn:aws:iam::123456789012:role/y", in: [dev]BOUND}}
    external_locations: {landing: {url: "s3://x", reached_with: lake, in: [dev]BOUND}}
"""


def world(folder: Path, catalog: str = "", bound: str = "") -> CompiledContract:
    text = CONTRACT.replace("dev: {workspace: nonprod", CATALOG + catalog) + OBJECTS.replace("BOUND", bound)
    return compiled(folder, text)


def found(contract: CompiledContract, **ids: str) -> Lookups:
    return replace(everything_found(contract.contract), workspaces=ids)


def test_a_catalog_is_bound_for_reading_or_writing(tmp_path: Path) -> None:
    contract = world(tmp_path, ", catalog_workspaces: {prod: read}")
    assert declared(contract, "account", found(contract, prod="42")).of(BINDING) == {
        "acme-in-prod": {
            "securableName": "id-acme",
            "securableType": "catalog",
            "workspaceId": "42",
            "bindingType": "BINDING_TYPE_READ_ONLY",
        }
    }


def test_locations_and_credentials_are_bound(tmp_path: Path) -> None:
    contract = world(tmp_path, bound=", workspaces: [prod]")
    bindings = declared(contract, "dev.churn", found(contract, prod="42")).of(BINDING)
    assert {(one["securableType"], one["securableName"], one["workspaceId"]) for one in bindings.values()} == {
        ("storage_credential", "id-churn-lake", "42"),
        ("credential", "id-churn-queue", "42"),
        ("external_location", "id-churn-landing", "42"),
    }


def test_a_workspace_without_an_id_stops_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = world(tmp_path, ", catalog_workspaces: {prod: read}")
    part = part_of(contract, ACCOUNT, found(contract))
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    with pytest.raises(pulumi.RunError, match="the id of workspace 'prod' is not known"):
        bound_workspace_ids(part)


def test_a_changed_id_changes_only_the_stacks_that_bind(tmp_path: Path) -> None:
    contract = world(tmp_path, bound=", workspaces: [prod]")
    before, after = (digests_of(contract, Lookups(workspaces={"prod": one})) for one in ("1", "2"))
    assert {name for name in before if before[name] != after[name]} == {"dev.churn"}


def test_a_binding_is_deleted_before_another_one_replaces_it(tmp_path: Path) -> None:
    """A changed mode makes another binding of the same id, which the deletion of the old one would delete too."""
    contract = world(tmp_path, ", catalog_workspaces: {prod: read}", ", workspaces: [prod]")
    for stack in ("account", "dev.churn"):
        recorder = declared(contract, stack, found(contract, prod="42"))
        requests = [one for one in recorder.requests if one["type"] == BINDING]
        assert requests
        assert all(one.get("deleteBeforeReplace") is True for one in requests), stack
