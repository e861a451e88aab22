"""Parity reports who can change what runs as a principal by other pipelines, delegates, keys, groups and roles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rolecall.contract.contract import Contract
from rolecall.systems.harness.identifiers import identifier
from rolecall.systems.harness.powers import POWERS, powers
from rolecall.systems.harness.ways import powers_of_others
from tests.emulators.test_harness import BEN
from tests.support.contracts import CONTRACT, load
from tests.support.identity import Company, company, signed_in_to

COUNTERPART = identifier("dev-churn-train")
NAME = BEN.partition("/")[2]


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company() as running, signed_in_to(running.harness, monkeypatch):
        yield running


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    return load(tmp_path, CONTRACT).contract


def give(systems: Company, permission: str, *resources: dict[str, Any], disabled: bool = False) -> None:
    """Give Ben a role of his own making, on some resources; on all of the project without any."""
    project = systems.harness.project
    project.roles["mine"] = {"identifier": "mine", "name": "mine", "permissions": [permission]}
    everything = project.resource_groups["_all_project_level_resources"]
    chosen = {"includeAllResources": not resources, "resources": [*resources]}
    project.resource_groups["mine"] = {**everything, "identifier": "mine", "resourceFilter": chosen}
    project.assignments["by_hand"] = {
        "identifier": "by_hand",
        "resourceGroupIdentifier": "mine",
        "roleIdentifier": "mine",
        "principal": {"scopeLevel": "project", "identifier": NAME, "type": "USER"},
        "disabled": disabled,
    }


@pytest.mark.parametrize("permission", POWERS)
def test_a_power_over_what_runs_is_unmanaged_access(systems: Company, contract: Contract, permission: str) -> None:
    give(systems, permission)
    (found,) = powers_of_others(contract, [COUNTERPART])
    assert NAME in found.thing
    assert POWERS[permission][1] in found.reaches


@pytest.mark.parametrize(
    ("resources", "found"),
    [
        ([{"resourceType": "PIPELINE", "identifiers": [COUNTERPART]}], False),
        ([{"resourceType": "PIPELINE", "identifiers": [COUNTERPART, "mine"]}], True),
        ([{"resourceType": "PIPELINE", "identifiers": ["mine"]}], True),
        ([{"resourceType": "PIPELINE"}], True),
        ([{"resourceType": "SECRET"}], False),
    ],
)
def test_an_editor_of_another_pipeline_can_name_any_delegate_in_it(
    systems: Company, contract: Contract, resources: list[dict[str, Any]], *, found: bool
) -> None:
    """On the counterparts themselves rights are compared one by one."""
    give(systems, "core_pipeline_edit", *resources)
    assert bool([*powers_of_others(contract, [COUNTERPART])]) == found


def test_administrators_of_the_contract_may(systems: Company, tmp_path: Path) -> None:
    contract = load(tmp_path, CONTRACT.replace("organization: acme", f"organization: acme\nadministrators: [{NAME}]"))
    give(systems, "core_role_edit")
    assert [*powers_of_others(contract.contract, [])] == []


def test_a_role_that_is_switched_off_is_none(systems: Company) -> None:
    give(systems, "core_role_edit", disabled=True)
    assert [*powers([])] == []


def test_a_role_of_the_account_counts_where_it_reaches_the_project(systems: Company) -> None:
    above = systems.harness.project.above["account"]
    above.roles["mine"] = {"identifier": "mine", "name": "mine", "permissions": ["core_usergroup_manage"]}
    for group, reaches in (("_all_account_level_resources", 0), ("_all_resources_including_child_scopes", 1)):
        above.assignments["by_hand"] = {
            "identifier": "by_hand",
            "resourceGroupIdentifier": group,
            "roleIdentifier": "mine",
            "principal": {"scopeLevel": "account", "identifier": NAME, "type": "USER"},
            "disabled": False,
        }
        assert len([*powers([])]) == reaches, group
