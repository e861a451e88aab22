"""Roles on groups of the account: declarations, and their steps in the access graph."""

from __future__ import annotations

from pathlib import Path

from rolecall.access.graph.escalations import escalations
from rolecall.access.graph.graph import build
from rolecall.access.graph.nodes import Right
from rolecall.access.graph.powers import powers_of
from rolecall.compiled import CompiledContract
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind
from tests.support.contracts import CONTRACT, compiled
from tests.support.declared import declared

TOKEN = "databricks:index/accessControlRuleSet:AccessControlRuleSet"
GROUPS = "  analysts: {external: 00g-analysts}\n"


def with_roles(folder: Path, roles: str, analysts: str = "") -> CompiledContract:
    assert GROUPS in CONTRACT
    more = f"  leads: {{external: 00g-leads}}\n  analysts: {{external: 00g-analysts{analysts}}}\n"
    text = CONTRACT.replace(GROUPS, more)
    head = "engineers: {external: 00g-engineers"
    assert head in text
    return compiled(folder, text.replace(head, f"{head}, {roles}"))


def rules(contract: CompiledContract) -> dict[str, dict[str, list[str]]]:
    """Return the declared rule sets, by the resource, which is named after the id of the group."""
    found = declared(contract, "account").of(TOKEN)
    return {
        name.removeprefix("00g-"): {one["role"]: one["principals"] for one in resource["grantRules"]}
        for name, resource in found.items()
    }


def test_the_roles_on_a_group_are_declared_whole_with_break_glass_as_manager(tmp_path: Path) -> None:
    contract = with_roles(tmp_path, "managers: [leads], assumers: [analysts, leads]", ", managers: [engineers]")
    assert rules(contract) == {
        "engineers": {
            "roles/group.manager": ["groups/emergency", "groups/leads"],
            "roles/group.assumer": ["groups/analysts", "groups/leads"],
        },
        "analysts": {"roles/group.manager": ["groups/emergency", "groups/engineers"]},
    }
    (first, *_) = declared(contract, "account").of(TOKEN).values()
    assert str(first["name"]).endswith("/ruleSets/default")
    assert "/groups/" in str(first["name"])


def test_an_empty_list_takes_the_role_from_everybody_else(tmp_path: Path) -> None:
    contract = with_roles(tmp_path, "managers: []")
    assert rules(contract) == {"engineers": {"roles/group.manager": ["groups/emergency"]}}


def test_groups_without_declared_roles_are_left_alone(tmp_path: Path) -> None:
    assert rules(compiled(tmp_path, CONTRACT)) == {}


def test_groups_may_manage_each_other_and_themselves(tmp_path: Path) -> None:
    contract = with_roles(tmp_path, "managers: [engineers, analysts]", ", managers: [engineers]")
    assert {*rules(contract)} == {"engineers", "analysts"}


def test_holders_of_a_role_have_the_access_of_the_group(tmp_path: Path) -> None:
    contract = with_roles(tmp_path, "assumers: [leads]", ", managers: [leads]")
    graph = build(powers_of(contract.contract, contract.loaded.places), contract.access)
    job = ObjectId("dev", Kind.JOB, "churn", "train")
    way = graph.shortest([graph.actor(GroupId("leads"))], [graph.node(Right(job, "edit"))])
    assert way is not None
    assert [hop.why for hop in graph.hops(way)][:1] == ["may act as"]
    assert all(hop.place is not None for hop in graph.hops(way)[:1])
    found = {(one.of, one.acting_as): one for one in escalations(contract.contract, contract.access)}
    assert found[GroupId("leads"), GroupId("engineers")].why == "may act as"
