"""Privileges on metastores: declarations, and their steps in the access graph."""

from __future__ import annotations

from pathlib import Path

from rolecall.access.graph.graph import build
from rolecall.access.graph.nodes import Right
from rolecall.access.graph.powers import powers_of
from rolecall.compiled import CompiledContract
from rolecall.engine.planned import PlannedChange
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind
from rolecall.slices.access_changes import access_changes
from rolecall.slices.part import digests_of
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import CONTRACT, compiled
from tests.support.declared import declared

METASTORE = "5a000000-0000-4000-8000-0000000000e1"
GRANT = "databricks:index/grant:Grant"
DATA = """\
    datasets: {scores: {in: [prod]}}
    recipients: {lab: {in: [prod], expires: 2026-12-31, addresses: [203.0.113.7]}}
    shares: {all: {in: [prod], datasets: [scores], recipients: [lab]}}
"""


def world(folder: Path, privileges: str) -> CompiledContract:
    text = CONTRACT.replace("protected: true}", "protected: true, catalog: acme}") + DATA
    text = text.replace('HOST}"}', f'HOST}}", metastore: {METASTORE}}}')
    return compiled(folder, f"metastores: {{central: {{id: {METASTORE}{privileges}}}}}\n{text}")


def test_each_group_gets_a_grant_of_its_own_through_one_workspace(tmp_path: Path) -> None:
    contract = world(tmp_path, ", privileges: {engineers: [CREATE_SHARE, CREATE_CATALOG], analysts: []}")
    assert declared(contract, "account").of(GRANT) == {
        f"{METASTORE}/00g-engineers": {
            "metastore": METASTORE,
            "principal": "engineers",
            "privileges": ["CREATE_CATALOG", "CREATE_SHARE"],
        }
    }


def test_who_sets_permissions_of_shares_reads_what_is_in_them(tmp_path: Path) -> None:
    contract = world(tmp_path, ", privileges: {analysts: [SET_SHARE_PERMISSION], engineers: [USE_SHARE]}")
    graph = build(powers_of(contract.contract, contract.loaded.places), contract.access)
    scores = graph.node(Right(ObjectId("prod", Kind.DATASET, "churn", "scores"), "view"))
    way = graph.shortest([graph.actor(GroupId("analysts"))], [scores])
    assert way is not None
    first, *_ = graph.hops(way)
    assert "may open to its own recipients" in first.why
    assert first.place is not None
    assert graph.shortest([graph.actor(GroupId("engineers"))], [scores]) is None


def test_privileges_change_no_other_stack_than_the_account(tmp_path: Path) -> None:
    before = digests_of(world(tmp_path, ""), Lookups())
    after = digests_of(world(tmp_path, ", privileges: {engineers: [CREATE_SHARE]}"), Lookups())
    assert {name for name in before if before[name] != after[name]} == {"account"}


def test_a_preview_names_who_gains_a_privilege(tmp_path: Path) -> None:
    contract = world(tmp_path, "").contract
    after = {"metastore": METASTORE, "principal": "engineers", "privileges": ["CREATE_SHARE"]}
    made = PlannedChange("create", GRANT, "x", after=after)
    (change,) = access_changes([made], "", "", contract, {})
    assert (change.subject, change.object, change.before, change.after) == (
        "engineers",
        "metastore central",
        "",
        "CREATE_SHARE",
    )
