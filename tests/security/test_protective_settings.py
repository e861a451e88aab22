"""A setting that protects is neither removed nor weakened without a written override: a removed line resets it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from rolecall.access.compiler import compile_contract
from rolecall.compiled import CompiledContract
from rolecall.components.data_guard import DataGuard
from rolecall.contract.contract import Contract
from rolecall.contract.loader import LoadedContract
from rolecall.contract.protective_settings import PROTECTIVE_TYPES, Declared, weakened
from rolecall.contract.source import Places
from rolecall.contract.workspace_settings import CONF, IP_ACCESS_LIST, PERMISSIONS, RESTRICT_ADMINS, workspace_settings
from rolecall.deploy.plain_engine import refuse_removals
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.settings_guard import refused_weakenings
from rolecall.engine.changes import change_of
from rolecall.engine.events import Outcome
from rolecall.engine.stack_state import Resource, StackState
from rolecall.errors import RemovalRefused
from rolecall.slices.part import part_of
from rolecall.slices.settings import key_of
from rolecall.slices.slice import ACCOUNT
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import CONTRACT, TODAY, load

PLAIN = 'prod: {host: "${env:ML_PROD_HOST}"}'
SETTINGS = {
    "tokens": "tokens: {max_days: 7}",
    "ip_access": "ip_access: {allow: [203.0.113.0/24], block: [203.0.113.66/32]}",
    "verbose_audit_logs": "verbose_audit_logs: true",
    "restrict_admins": "restrict_admins: true",
}
WHY = "reason: x, owner: ada, expires: 2026-12-01"
# What stands instead of a setting, and weakens it; an empty text leaves the line out.
WEAKER = [
    *((setting, "") for setting in SETTINGS),
    ("tokens", "tokens: {max_days: 8}"),
    ("verbose_audit_logs", "verbose_audit_logs: false"),
    ("restrict_admins", "restrict_admins: false"),
    ("ip_access", "ip_access: {}"),
    ("ip_access", "ip_access: {block: [203.0.113.66/32]}"),
    ("ip_access", "ip_access: {allow: [203.0.113.0/24]}"),
    ("ip_access", "ip_access: {allow: [203.0.112.0/23], block: [203.0.113.66/32]}"),
    ("ip_access", "ip_access: {allow: [203.0.113.0/24, 198.51.100.7/32], block: [203.0.113.66/32]}"),
    ("ip_access", "ip_access: {allow: [203.0.113.0/24], block: [203.0.113.67/32]}"),
]
# Other words for the same, or for more protection.
FINE = [
    ("tokens", "tokens: {max_days: 6}"),
    ("ip_access", "ip_access: {allow: [203.0.113.0/25, 203.0.113.128/25], block: [203.0.113.66/32]}"),
    ("ip_access", "ip_access: {allow: [203.0.113.0/25], block: [203.0.113.64/30]}"),
]


def contract(folder: Path, changed: tuple[str, str] | None = None, entry: str = "") -> Contract:
    said = {**SETTINGS, changed[0]: changed[1]} if changed else SETTINGS
    workspace = ", ".join(['prod: {host: "${env:ML_PROD_HOST}"', *(one for one in said.values() if one)]) + "}"
    return load(folder, f"{entry}\n{CONTRACT.replace(PLAIN, workspace)}").contract


def settings_of(one: Contract) -> list[Declared]:
    return [each for name, workspace in one.workspaces.items() for each in workspace_settings(name, workspace)]


def resource(one: Declared) -> Resource:
    urn = f"urn:pulumi:account::p::{one.type}::{one.name}"
    return Resource(urn, one.type, "1", one.inputs, one.inputs, one.connection, custom=True)


def state(one: Contract) -> StackState:
    return StackState("x", 0, tuple(resource(each) for each in settings_of(one)), ())


def outcome(before: Contract, after: Contract) -> Outcome:
    """Return what the engine's events say of a change from one contract to another one."""
    old, new = ({(one.type, one.name): one for one in settings_of(each)} for each in (before, after))
    found = Outcome(watched=PROTECTIVE_TYPES)
    for key in {**old, **new}:
        pair = {side: _told(each[key]) for side, each in (("old", old), ("new", new)) if key in each}
        operation = "update" if len(pair) == 2 else "delete" if "old" in pair else "create"
        change = change_of({"metadata": {"op": operation, "type": key[0], **pair}}, PROTECTIVE_TYPES)
        assert change is not None
        found.watched_changes.append(change)
    return found


def _told(one: Declared) -> dict[str, Any]:
    provider = f"urn:pulumi:account::p::pulumi:providers:databricks::{one.connection}::id"
    return {"urn": f"urn:pulumi:account::p::{one.type}::{one.name}", "inputs": one.inputs, "provider": provider}


def refused(before: Contract, after: Contract) -> list[str]:
    step = Step(ACCOUNT.stack, ACCOUNT, Why.CHANGED, state(before))
    previews = {ACCOUNT.stack: outcome(before, after)}
    return [violation.message for _, violation in refused_weakenings([step], previews, after, TODAY)]


def refused_in_plain(before: Contract, after: Contract) -> str:
    compilation = compile_contract(after, Places(), TODAY)
    whole = CompiledContract(LoadedContract(after, Places(), ()), compilation)
    with pytest.raises(RemovalRefused) as caught:
        refuse_removals(after, part_of(whole, ACCOUNT, Lookups()), state(before), Lookups(), TODAY)
    return caught.value.what


@pytest.mark.parametrize(("setting", "written"), WEAKER)
def test_weaker_needs_an_override(tmp_path: Path, setting: str, written: str) -> None:
    before, after = contract(tmp_path), contract(tmp_path, (setting, written))
    found = refused(before, after)
    assert found
    assert all("workspace prod" in one and f"object: prod, setting: {setting}," in one for one in found)
    plain = refused_in_plain(before, after)
    assert f"setting: {setting}," in plain
    entry = f"removal_overrides: [{{object: prod, setting: {setting}, {WHY}}}]"
    allowed = contract(tmp_path, (setting, written), entry)
    assert not refused(before, allowed)
    compilation = replace(compile_contract(allowed, Places(), TODAY), access={})
    whole = CompiledContract(LoadedContract(allowed, Places(), ()), compilation)
    refuse_removals(allowed, part_of(whole, ACCOUNT, Lookups()), state(before), Lookups(), TODAY)


@pytest.mark.parametrize(("setting", "written"), FINE)
def test_stronger_needs_nothing(tmp_path: Path, setting: str, written: str) -> None:
    assert not refused(contract(tmp_path), contract(tmp_path, (setting, written)))


@pytest.mark.parametrize(
    "entry",
    [
        "object: nonprod, setting: tokens, reason: x, owner: ada, expires: 2026-12-01",
        "object: prod, setting: ip_access, reason: x, owner: ada, expires: 2026-12-01",
        "object: prod, kind: workspace, reason: x, owner: ada, expires: 2026-12-01",
        "object: prod, setting: tokens, reason: x, owner: ada, expires: 2026-11-01",
    ],
)
def test_an_override_of_something_else_allows_nothing(tmp_path: Path, entry: str) -> None:
    assert refused(contract(tmp_path), contract(tmp_path, ("tokens", ""), f"removal_overrides: [{{{entry}}}]"))


def test_an_override_of_a_setting_lets_nobody_lose_access(tmp_path: Path) -> None:
    from rolecall.ids.ids import ObjectId
    from rolecall.ids.verbs import Kind
    from rolecall.slices.listed_objects import is_about

    entry = f"removal_overrides: [{{object: prod, setting: tokens, {WHY}}}]"
    one = contract(tmp_path, None, entry)
    assert not is_about(one.removal_overrides[0], ObjectId(None, Kind.WORKSPACE, None, "prod"), one)


def test_a_workspace_that_leaves_the_contract_or_gets_another_key_keeps_its_settings(tmp_path: Path) -> None:
    before = contract(tmp_path)
    moved = contract(tmp_path).model_copy(update={"workspaces": {"main": before.workspaces["prod"]}})
    for after in (moved, before.model_copy(update={"workspaces": {}})):
        assert {one.split("setting: ")[1].split(",")[0] for one in refused(before, after)} == {*SETTINGS}


def test_a_program_beside_the_contract_is_stopped_at_its_update(tmp_path: Path) -> None:
    monitoring = (
        "databricks:index/enhancedSecurityMonitoringWorkspaceSetting:EnhancedSecurityMonitoringWorkspaceSetting"
    )
    held = Declared(monitoring, "own", "prod", {"enhancedSecurityMonitoringWorkspace": {"isEnabled": True}})
    one = contract(tmp_path)
    stack = StackState("x", 0, (*state(one).resources, resource(held)), ())
    part: Any = SimpleNamespace(slice=ACCOUNT)
    guard = DataGuard(one, part, stack, TODAY)
    options = pulumi.ResourceOptions()

    def note(declared: Declared, inputs: Any) -> None:
        told: Any = SimpleNamespace(type_=declared.type, name=declared.name, props=inputs, opts=options)
        guard.note(told)

    for each in settings_of(one):
        note(each, each.inputs)
    with pytest.raises(pulumi.RunError, match="enhanced security monitoring would go from True to False"):
        note(held, {"enhancedSecurityMonitoringWorkspace": {"isEnabled": False}})
    rival = Declared(monitoring, "rival", "prod", {})
    options.provider = SimpleNamespace(_name="prod")  # type: ignore[assignment]  # only its name is read
    with pytest.raises(pulumi.RunError, match="by a second declaration, rival"):
        note(rival, {"enhancedSecurityMonitoringWorkspace": {"isEnabled": False}})
    with pytest.raises(pulumi.RunError, match="enhanced security monitoring would be reset"):
        DataGuard(one, part, StackState("x", 0, (resource(held),), ()), TODAY).check()


@pytest.mark.parametrize("kind", sorted(PROTECTIVE_TYPES - {CONF, IP_ACCESS_LIST, PERMISSIONS, RESTRICT_ADMINS}))
def test_each_kind_of_setting_counts_when_it_goes(kind: str) -> None:
    protecting: list[dict[str, Any]] = [
        {"enhancedSecurityMonitoringWorkspace": {"isEnabled": True}},
        {"complianceSecurityProfileWorkspace": {"isEnabled": True}},
        {"automaticClusterUpdateWorkspace": {"enabled": True}},
        {"aibiDashboardEmbeddingAccessPolicy": {"accessPolicyType": "DENY_ALL_DOMAINS"}},
        {"disableLegacyAccess": {"value": True}},
        {"disableLegacyDbfs": {"value": True}},
        {"disableLegacyFeatures": {"value": True}},
        {"egress": {"networkAccess": {"restrictionMode": "RESTRICTED_ACCESS"}}},
        {"publicAccessEnabled": False},
        {"logType": "AUDIT_LOGS"},
    ]
    found = [weakened({"x": Declared(kind, "own", "prod", inputs)}, {}) for inputs in protecting]
    assert any(found)


def test_a_second_declaration_weakens_as_well() -> None:
    """The last one that is written counts: the first stays declared as it was."""
    held = Declared(CONF, "a", "prod", {"customConfig": {"maxTokenLifetimeDays": "7"}})
    own = key_of(CONF, "a")
    for value, connection, weaker in (("90", "prod", True), ("7", "prod", False), ("90", "dev", False)):
        rival = Declared(CONF, "b", connection, {"customConfig": {"maxTokenLifetimeDays": value}})
        assert bool(weakened({own: held}, {own: held, key_of(CONF, "b"): rival})) is weaker
    silent = Declared(CONF, "b", "prod", {"customConfig": {"enableWebTerminal": "false"}})
    assert not weakened({own: held}, {own: held, key_of(CONF, "b"): silent})


def test_what_is_not_known_yet_may_allow_everything() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    key = key_of(IP_ACCESS_LIST, "a")
    held = Declared(IP_ACCESS_LIST, "a", "prod", {"listType": "ALLOW", "ipAddresses": ["203.0.113.0/24"]})
    for addresses in (unknown, [unknown], ["203.0.113.0/24", unknown]):
        then = Declared(IP_ACCESS_LIST, "a", "prod", {"listType": "ALLOW", "ipAddresses": addresses})
        assert weakened({key: held}, {key: then})
