"""Access that others have granted is not revoked silently by a list that is written first, or deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rolecall.compiled import compile_file
from rolecall.deploy.unrecorded_lists import Loss, losses_of_stack
from rolecall.engine.stack_state import Resource, StackState
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.slices.ended_lists import ended_lists
from rolecall.slices.looking_up import look_up_all
from rolecall.slices.part import part_of
from rolecall.slices.slice import ACCOUNT, Slice
from tests.support.contracts import TODAY
from tests.support.hand_world import CONTRACT, METASTORE, HandWorld, hand_world

ENTITLED = CONTRACT.replace("max_days: 30}", "max_days: 30}, entitlements: {engineers: [workspace-access]}")
ENTITLED = ENTITLED.replace("  trainer:\n    - {may", "  reader: [{may: view, kind: audit}]\n  trainer:\n    - {may", 1)
ENTITLED = ENTITLED.replace("projects:\n", "bindings: [{role: reader, to: engineers, in: [dev]}]\nprojects:\n", 1)
ENTITLED = ENTITLED.replace("external: 00g-engineers}", "external: 00g-engineers, managers: []}")
FRAUD, CATALOG = Slice("dev", "fraud"), Slice("dev")
WHY = "reason: x, owner: ada, expires: 2026-12-01"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandWorld]:
    with hand_world(tmp_path, monkeypatch, ENTITLED) as made:
        made.emulator.assign("analysts")
        made.workspace.system_schemas.enable(METASTORE, "access")
        yield made


def losses(world: HandWorld, folder: Path, one: Slice, *resources: Resource, text: str = ENTITLED) -> list[Loss]:
    """Return what a run of a stack revokes that no run has granted."""
    path = folder / "changed.yaml"
    path.write_text(text)
    compiled = compile_file(path, TODAY, judged=False)
    lookups = look_up_all(compiled)
    part = part_of(compiled, one, lookups)
    state = StackState("x", 0, resources, ()) if resources else None
    if state is not None:
        state = replace(state, settings={"nonprod": {"host": world.emulator.host("nonprod")}})
    return losses_of_stack(part, state, compiled.contract, lookups, TODAY)


def system_tables(world: HandWorld) -> None:
    world.grant("catalog", "system", "engineers", "USE_CATALOG", "SELECT")


def administrator(world: HandWorld) -> None:
    world.emulator.assign("engineers", "ADMIN")


def entitlement(world: HandWorld) -> None:
    identity = world.id_of("engineers")
    value = [{"value": "workspace-access"}, {"value": "allow-cluster-create"}]
    operation = {"op": "replace", "path": "entitlements", "value": value}
    schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    world.do("PATCH", f"/api/2.0/preview/scim/v2/Groups/{identity}", {"schemas": [schema], "Operations": [operation]})


Open = Callable[[HandWorld], None]
FIRST: list[tuple[Slice, Open, str, str]] = [
    (
        ACCOUNT,
        lambda world: world.allow("authorization/tokens", "CAN_USE", group_name="analysts"),
        "the token users of workspace nonprod has access that no run has granted",
        "analysts loses CAN_USE; tokens of who loses it are deleted for good",
    ),
    (ACCOUNT, administrator, "group engineers in workspace nonprod", "engineers loses ADMIN"),
    (ACCOUNT, entitlement, "group engineers in workspace nonprod", "engineers loses allow-cluster-create"),
    (
        ACCOUNT,
        lambda world: world.rules(
            f"groups/{world.id_of('engineers')}", {"roles/group.assumer": ["groups/analysts"]}, added=True
        ),
        "the roles on group engineers",
        "groups/analysts loses roles/group.assumer",
    ),
    (
        ACCOUNT,
        lambda world: world.grant("metastore", METASTORE, "engineers", "CREATE_CATALOG"),
        "metastore central",
        "engineers loses CREATE_CATALOG",
    ),
    (ACCOUNT, system_tables, "catalog system of metastore", "engineers loses SELECT"),
    (
        CATALOG,
        lambda world: world.grant("catalog", "acme", "analysts", "USE_CATALOG"),
        "catalog acme",
        "analysts loses USE_CATALOG",
    ),
    (
        FRAUD,
        lambda world: world.grant("external_location", "shared", "analysts", "READ_FILES"),
        "external location fraud/shared in dev",
        "analysts loses READ_FILES",
    ),
]


def test_a_first_list_that_takes_nothing_from_others_is_written(world: HandWorld, tmp_path: Path) -> None:
    assert [one.message for each in (ACCOUNT, FRAUD, CATALOG) for one in losses(world, tmp_path, each)] == []


def test_who_loses_by_a_first_list_is_named_and_the_run_refused(world: HandWorld, tmp_path: Path) -> None:
    for _, given, _, _ in FIRST:
        given(world)
    for one, _, shown, lost in FIRST:
        found = [loss for loss in losses(world, tmp_path, one) if shown in loss.message and lost in loss.message]
        assert found, (one, shown, lost)
        assert not found[0].allowed
        assert "removal_overrides: [{" in found[0].refusal(world.compiled.contract)
    overrides = [
        f"{{object: nonprod, kind: workspace, {WHY}}}",
        f"{{group: engineers, {WHY}}}",
        f"{{object: acme, kind: catalog, environment: dev, {WHY}}}",
        f"{{object: fraud/shared, kind: external_location, environment: dev, {WHY}}}",
    ]
    text = f"removal_overrides: [{', '.join(overrides)}]\n{ENTITLED}"
    allowed = [one for each in (ACCOUNT, FRAUD, CATALOG) for one in losses(world, tmp_path, each, text=text)]
    assert len(allowed) == len(FIRST), "what an override allows is still named"
    assert all(one.allowed for one in allowed)


def test_the_first_right_on_an_object_that_is_there_already_counts(world: HandWorld, tmp_path: Path) -> None:
    """The object is in the state; others were granted something on it before the contract grants anything."""
    world.grant("schema", "acme.fraud_scores", "analysts", "SELECT")
    token = "databricks:index/schema:Schema"
    schema = Resource(f"urn:s::p::{token}::fraud-scores", token, "acme.fraud_scores", {}, {}, "nonprod", custom=True)
    messages = [one.message for one in losses(world, tmp_path, FRAUD, schema)]
    assert any("dataset fraud/scores in dev" in one and "analysts loses SELECT" in one for one in messages), messages
    new = [one.message for one in losses(world, tmp_path, FRAUD)]
    assert not any("fraud/scores" in one for one in new), "an object that is not made yet has no list"


def grants(name: str, full_name: str, held: dict[str, list[str]]) -> Resource:
    token = "databricks:index/grants:Grants"
    entries = [{"principal": holder, "privileges": words} for holder, words in held.items()]
    inputs: dict[str, Any] = {"externalLocation": full_name, "grants": entries}
    identity = f"external_location/{full_name}"
    return Resource(f"urn:s::p::{token}::{name}", token, identity, inputs, inputs, "nonprod", custom=True)


def shared_as_granted(world: HandWorld) -> Resource:
    live = world.workspace.grants.get("external_location", "shared").privilege_assignments or []
    held = {str(one.principal): [each.value for each in one.privileges or []] for one in live}
    return grants("fraud-shared", "shared", held)


def tokens_list() -> Resource:
    token = "databricks:index/permissions:Permissions"
    entries = [{"groupName": "engineers", "permissionLevel": "CAN_USE"}]
    inputs = {"authorization": "tokens", "accessControls": entries}
    return Resource(
        f"urn:s::p::{token}::nonprod-tokens", token, "/authorization/tokens", inputs, inputs, "nonprod", custom=True
    )


def system_grant() -> Resource:
    token, inputs = (
        "databricks:index/grant:Grant",
        {"catalog": "system", "principal": "analysts", "privileges": ["USE_CATALOG"]},
    )
    return Resource(f"urn:s::p::{token}::x", token, "catalog/system/analysts", inputs, inputs, "nonprod", custom=True)


WITHOUT = {
    "      shared: {existing: shared}\n": "",
    "tokens: {users: [engineers], max_days: 30}, ": "",
}


def released(*parts: str) -> str:
    text = ENTITLED
    for one in parts:
        assert one in text
        text = text.replace(one, WITHOUT[one])
    return text


def test_what_others_have_on_a_released_object_is_named_and_the_run_refused(world: HandWorld, tmp_path: Path) -> None:
    shared = shared_as_granted(world)
    text = released("      shared: {existing: shared}\n")
    assert losses(world, tmp_path, FRAUD, shared, text=text) == [], "only what the contract had granted goes"
    world.grant("external_location", "shared", "analysts", "READ_FILES")
    (one,) = losses(world, tmp_path, FRAUD, shared, text=text)
    assert "external location fraud/shared in dev" in one.message
    assert "this run deletes its access list: analysts loses READ_FILES" in one.message
    assert not one.allowed
    override = f"{{object: fraud/shared, kind: external_location, environment: dev, {WHY}}}"
    (named,) = losses(world, tmp_path, FRAUD, shared, text=f"removal_overrides: [{override}]\n{text}")
    assert named.allowed
    renamed = ENTITLED.replace("{existing: shared}", "{existing: other}")
    messages = [one.message for one in losses(world, tmp_path, FRAUD, shared, text=renamed)]
    assert any("this run deletes its access list: analysts loses READ_FILES" in one for one in messages), messages


def test_what_others_have_goes_with_no_list_of_the_account(world: HandWorld, tmp_path: Path) -> None:
    world.allow("authorization/tokens", "CAN_USE", group_name="analysts")
    world.grant("catalog", "system", "analysts", "USE_CATALOG", "SELECT")
    text = released("tokens: {users: [engineers], max_days: 30}, ")
    messages = [one.message for one in losses(world, tmp_path, ACCOUNT, tokens_list(), system_grant(), text=text)]
    assert any("the token users of workspace nonprod" in one and "analysts loses CAN_USE" in one for one in messages)
    assert any("catalog system" in one and "analysts loses SELECT" in one for one in messages), messages


def test_a_stack_that_goes_gives_up_the_lists_of_what_stays(world: HandWorld) -> None:
    contract = world.compiled.contract
    location = "databricks:index/externalLocation:ExternalLocation"
    made = Resource(f"urn:s::p::{location}::fraud-landing", location, "l", {}, {}, "nonprod", custom=True)
    lists = (
        grants("fraud-landing", "acme-landing", {"engineers": ["READ_FILES"]}),
        grants("fraud-shared", "shared", {"engineers": ["READ_FILES"]}),
    )
    found = [*ended_lists(None, StackState("x", 0, (made, *lists), ()), ("dev", "fraud"), contract)]
    assert [one.listed for one in found] == [ObjectId("dev", Kind.EXTERNAL_LOCATION, "fraud", "shared")]
