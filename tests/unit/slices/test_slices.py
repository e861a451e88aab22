"""Which slices a contract has, and what changes the digest of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.errors import InvalidContract
from rolecall.slices.part import Part, part_of
from rolecall.slices.slice import ACCOUNT, Slice, chosen, layers_of, slice_named
from rolecall.systems.databricks.lookups import FoundGroup, Lookups, find
from tests.support.contracts import CONTRACT, compiled

FOUND = Lookups(groups={"engineers": FoundGroup("1", "00g-engineers", "engineers")})
OTHER = (
    "  fraud:\n    owner: engineers\n    service_principals: {scorer: {}}\n"
    "    bindings: [{role: viewer, to: analysts, in: [dev]}]\n"
)
WITH_CATALOG = CONTRACT.replace("{workspace: nonprod}", "{workspace: nonprod, catalog: acme_dev}")


def part(folder: Path, text: str, stack: str, found: Lookups = FOUND) -> Part:
    contract = compiled(folder, text)
    return part_of(contract, slice_named(contract.contract, stack), found)


def test_the_account_comes_first_and_who_may_use_a_catalog_last(tmp_path: Path) -> None:
    contract = compiled(tmp_path, WITH_CATALOG + OTHER).contract
    assert [[one.stack for one in layer] for layer in layers_of(contract)] == [
        ["account"],
        ["dev.churn", "dev.fraud", "prod.churn", "prod.fraud"],
        ["dev"],
    ]


@pytest.mark.parametrize(
    ("names", "stacks"),
    [
        (["dev"], ["dev.churn", "dev.fraud", "dev"]),
        (["account", "prod"], ["account", "prod.churn", "prod.fraud"]),
        (["dev.fraud"], ["dev.fraud"]),
    ],
)
def test_names_mean_an_environment_a_stack_or_the_account(tmp_path: Path, names: list[str], stacks: list[str]) -> None:
    contract = compiled(tmp_path, WITH_CATALOG + OTHER).contract
    assert [one.stack for layer in chosen(contract, names) for one in layer] == stacks


def test_a_name_that_means_nothing_is_told_with_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(InvalidContract) as caught:
        chosen(compiled(tmp_path, CONTRACT).contract, ["produktion"])
    assert "Allowed: account, dev, dev.churn, prod, prod.churn" in str(caught.value)
    with pytest.raises(InvalidContract, match="no environment or project for a stack"):
        slice_named(compiled(tmp_path, CONTRACT).contract, "dev.frau")


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        ("max_workers: 2", "max_workers: 3", {"dev.churn", "prod.churn"}),
        ("role: engineer, to: engineers, in: [dev]", "role: runner, to: engineers, in: [dev]", {"dev.churn"}),
        ("{may: view, kind: job}", "{may: run, kind: job}", {"dev.churn", "prod.churn"}),
        ("  runner: [{may: run, kind: job}]", "  runner: [{may: edit, kind: job}]", set()),
        ("  emergency: {managed: true}", "  emergency: {managed: true}\n  guests: {managed: true}", {"account"}),
        ("scorer: {}", "scorer: {}, other: {}", {"dev.fraud", "prod.fraud"}),
    ],
)
def test_a_change_touches_only_the_slices_that_it_is_about(
    tmp_path: Path, old: str, new: str, touched: set[str]
) -> None:
    text = CONTRACT + OTHER
    assert old in text
    stacks = [one.stack for layer in layers_of(compiled(tmp_path, text).contract) for one in layer]
    changed = text.replace(old, new)
    found = {stack for stack in stacks if part(tmp_path, text, stack).digest != part(tmp_path, changed, stack).digest}
    assert found == touched


def test_who_holds_what_does_not_change_what_the_objects_are(tmp_path: Path) -> None:
    before = part(tmp_path, CONTRACT, "dev.churn")
    bound = part(
        tmp_path, CONTRACT.replace("role: engineer, to: engineers", "role: runner, to: engineers"), "dev.churn"
    )
    assert before.digest != bound.digest
    assert before.objects_digest == bound.objects_digest
    sized = part(tmp_path, CONTRACT.replace("max_workers: 2", "max_workers: 3"), "dev.churn")
    assert before.objects_digest != sized.objects_digest


def test_what_the_account_knows_is_a_part_of_it(tmp_path: Path) -> None:
    renamed = Lookups(groups={"engineers": FoundGroup("1", "00g-engineers", "data engineers")})
    assert part(tmp_path, CONTRACT, "dev.churn").digest != part(tmp_path, CONTRACT, "dev.churn", renamed).digest
    stranger = Lookups(groups={**FOUND.groups, "others": FoundGroup("2", "x", "others")})
    assert part(tmp_path, CONTRACT, "dev.churn").digest == part(tmp_path, CONTRACT, "dev.churn", stranger).digest


def test_a_slice_knows_nothing_of_other_projects(tmp_path: Path) -> None:
    own = part(tmp_path, CONTRACT + OTHER, "dev.churn")
    assert [*own.contract.projects] == ["churn"]
    assert [*own.contract.environments] == ["dev"]
    assert not own.contract.roles
    assert {target.name.partition("/")[0] for target in own.compiled.access} == {"churn", "nonprod"}
    assert Slice("dev", "churn") != ACCOUNT


def test_a_group_is_joined_by_its_id_and_its_namesake_is_told(tmp_path: Path) -> None:
    contract = compiled(tmp_path, CONTRACT).contract
    found = find(
        contract,
        [
            {"id": "1", "externalId": "00g-engineers", "displayName": "data engineers"},
            {"id": "2", "externalId": "", "displayName": "analysts"},
            {"id": "3", "displayName": "strangers"},
        ],
    )
    assert found.groups == {"engineers": FoundGroup("1", "00g-engineers", "data engineers")}
    assert found.namesakes == {"analysts": FoundGroup("2", "", "analysts")}
