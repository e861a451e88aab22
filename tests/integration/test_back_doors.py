"""Parity in one deployed world: every declared property, and access that is given behind the contract's back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2

from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.installation import Installation
from rolecall.engine.provider_reads import NOT_DECLARED, ProviderReads, plain_inputs, plain_outputs, secret_properties
from rolecall.engine.stack_state import Resource, StackState
from rolecall.engine.state import states_beside_engine
from rolecall.systems.databricks.client import account_reader
from rolecall.systems.databricks.live import Live
from tests.integration.test_every_kind import FOLDER
from tests.support.back_doors import BACK_DOORS, Keys
from tests.support.documents import document, stacks
from tests.support.emulator import ServedEmulator, served_together
from tests.support.project import GUARDRAILS, Project, contract_project_with
from tests.support.provider_answers import ServedProvider

pytestmark = pytest.mark.engine


@dataclass
class World:
    """All kinds, deployed once for the tests of this file."""

    installation: Installation
    project: Project

    def states(self) -> dict[str, StackState]:
        states = states_beside_engine("rolecall", self.project.environment())
        found = {stack: states.read(stack) for stack in states.stacks()}
        return {stack: state for stack, state in found.items() if state is not None}

    def parity(self) -> dict[str, Any]:
        answer = self.project.rolecall("parity", "--format", "json")
        assert answer.stdout, answer.stderr
        told = document(("parity",), answer.stdout)
        return {**told, "exit": answer.returncode}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with served_together(yaml.safe_load((FOLDER / "emulators.yaml").read_text())) as installation:
        variables = {**installation.variables(), "DATABRICKS_RATE_LIMIT": "500", "ROLECALL_RATE_LIMIT": "500"}
        folder = tmp_path_factory.mktemp("world")
        project = contract_project_with(folder, variables, (FOLDER / "contract.yaml").read_text())
        project.deployed("up", "--policy-pack", str(GUARDRAILS))
        yield World(installation, project)


# What no service lets anybody change, or what makes another object of it; the reason stands beside it.
NOT_CHANGED_LIVE = {
    "AccessControlRuleSet": "its list is compared by subject",
    "Grants": "its list is compared by subject",
    "Grant": "its list is compared by subject",
    "Permissions": "its list is compared by subject",
    "PermissionAssignment": "its list is compared by subject",
    "MwsWorkspaces": "a workspace's cloud settings are replaced, not changed",
    "MetastoreAssignment": "another metastore is another assignment",
    "SystemSchema": "it is enabled or not",
    "SecretScope": "a scope has no setting but its name",
    "Directory": "another path is another folder",
    "Volume": "all that is declared of it makes it another volume",
    "WorkspaceBinding": "its provider replaces it; test_workspace_bindings and the back doors change its mode",
    "VectorSearchEndpoint": "another name or type is another endpoint",
    "Connection": "its options are secret, and an update without them would remove them",
}


# Another word of those that a property may have: some of them end the provider where they are none of its own.
WORDS = {
    "ALLOW_ALL": "RESTRICT_TOKENS_AND_JOB_RUN_AS",
    "RESTRICT_TOKENS_AND_JOB_RUN_AS": "ALLOW_ALL",
    "GREATER_THAN": "LESS_THAN",
    "VOLUME": "TABLE",
    "DATABRICKS": "TOKEN",
    "UNPAUSED": "PAUSED",
}


def test_every_declared_property_that_is_changed_live_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each property of one resource of each type is changed by the provider's own client, seen, and changed back; then
    all of them are changed at once, and `up --refresh` repairs them.
    """
    for name, value in world.project.environment().items():
        monkeypatch.setenv(name, value)
    assert world.parity()["findings"] == [], "an unchanged world is equal"
    states = world.states()
    hosts = {name: host for state in states.values() for name, host in state.hosts.items() if name != "account"}
    account = world.installation.get(DatabricksEmulator)
    live = Live(account_reader(account.addresses[""], account.account.id), account.account.id, hosts)
    seen: defaultdict[str, set[str]] = defaultdict(set)
    missed: list[str] = []
    all_repairable: list[tuple[Any, Resource, dict[str, Any]]] = []
    with (
        ServedProvider(world.project.toolchain, world.project.environment()) as changing,
        ProviderReads(
            world.project.toolchain, world.project.environment(), [account.addresses[""], *hosts.values()]
        ) as reads,
    ):
        connections: dict[str, Any] = {}
        for state, resource in one_of_each_type(states):
            if secret_properties(resource):
                continue
            settings = state.settings[resource.connection]
            stub = connections.setdefault(str(settings), changing.connection(settings))
            before = live_properties(stub, resource)
            repairable: dict[str, Any] = {}
            all_repairable.append((stub, resource, repairable))
            for name, ways in changes(resource):
                tried = ((one, updated(stub, resource, resource.inputs, one)) for one in ways)
                changed, after = next((one for one in tried if one[1]), ({}, None))
                if after is None:
                    continue
                quiet = live.understands([resource]) and live.is_same(resource)
                found = [] if quiet else reads.differences(resource, settings)
                token = resource.type.rpartition(":")[2]
                if found is None or any(one.path.partition(".")[0].partition("[")[0] == name for one in found):
                    seen[token].add(name)
                    repairable[name] = changed[name]
                elif live_properties(stub, resource).get(name) != before.get(name):
                    missed.append(f"{token}.{name}")
                assert updated(stub, after, changed, dict(resource.inputs)), (token, name)
        left_changed = sum(changed_together(*each) for each in all_repairable)
    live.close()
    assert not missed, ", ".join(missed)
    types = {resource.type.rpartition(":")[2] for _, resource in one_of_each_type(states)}
    assert types - set(seen) <= set(NOT_CHANGED_LIVE), types - set(seen)
    assert sum(map(len, seen.values())) >= 40
    assert left_changed >= 40
    assert len(world.parity()["findings"]) >= left_changed
    world.project.deployed("up", "--refresh", "--policy-pack", str(GUARDRAILS))
    assert world.parity()["findings"] == [], "a run with --refresh repairs every declared property"


def one_of_each_type(states: dict[str, StackState]) -> list[tuple[StackState, Resource]]:
    """Return one resource of each type of the Databricks provider, the one with the most declared properties."""
    found: dict[str, tuple[StackState, Resource]] = {}
    for state in states.values():
        for one in state.resources:
            if one.type.startswith("databricks:"):
                first = found.get(one.type)
                if first is None or len(one.inputs) > len(first[1].inputs):
                    found[one.type] = (state, one)
    return list(found.values())


def changes(resource: Resource) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each declared property with changes of its value; the first that its service accepts is used."""
    for name, value in plain_inputs(resource.inputs).items():
        if name.startswith("__") or name in NOT_DECLARED:
            continue
        if name == "name" and resource.type.endswith(":Volume"):
            # A renamed volume stays, with its files and its access list: parity goes on naming it.
            continue
        for ways in others(value):
            yield name, [{**resource.inputs, name: other} for other in ways]


def others(value: Any) -> Iterator[list[Any]]:
    """Yield changes of each part of a value; several, because a service may reject some."""
    if isinstance(value, bool):
        yield [not value]
    elif isinstance(value, (int, float)):
        yield [value + 1]
    elif isinstance(value, str) and value.startswith("{"):
        yield ["{}"]
    elif isinstance(value, str) and value in WORDS:
        yield [WORDS[value]]
    elif isinstance(value, str):
        yield [str(int(value) + 1) if value.isdigit() else f"{value}x", "Small"]
    elif isinstance(value, list):
        if len(value) > 1:
            yield [value[:-1]]
        for position, entry in enumerate(value[:1]):
            for ways in others(entry):
                yield [[*value[:position], other, *value[position + 1 :]] for other in ways]
    elif isinstance(value, dict):
        for key, entry in value.items():
            if not key.startswith("__"):
                for ways in others(entry):
                    yield [{**value, key: other} for other in ways]


def updated(stub: Any, resource: Resource, old: Any, new: Any) -> Resource | None:
    """Change an object in place through the provider; return it, or None where its service did not take the change.

    A new name is a new id of what Unity Catalog keeps.
    """
    news, olds = struct(new), struct(live_properties(stub, resource))
    told: Any = {"id": resource.id, "urn": resource.urn, "olds": olds, "news": news, "old_inputs": struct(old)}
    try:
        checked = stub.Check(provider_pb2.CheckRequest(urn=resource.urn, olds=struct(old), news=news))
        if checked.failures:
            return None
        differs = stub.Diff(provider_pb2.DiffRequest(**told))
        if differs.replaces:
            return None
        answer = stub.Update(provider_pb2.UpdateRequest(**told))
    except grpc.RpcError:
        return None
    live = json_format.MessageToDict(answer.properties)
    return replace(resource, id=str(live.get("id") or resource.id), outputs={**resource.outputs, **live})


def changed_together(stub: Any, resource: Resource, values: dict[str, Any]) -> int:
    """Change properties of one object, one on top of the other; return how many its service took."""
    current, inputs, count = resource, dict(resource.inputs), 0
    for name, value in values.items():
        after = updated(stub, current, inputs, {**inputs, name: value})
        if after is not None:
            current, inputs, count = after, {**inputs, name: value}, count + 1
    return count


def live_properties(stub: Any, resource: Resource) -> dict[str, Any]:
    """Return the properties that a refresh of the engine would find; a service ignores some changes."""
    request = provider_pb2.ReadRequest(
        id=resource.id, urn=resource.urn, properties=struct(resource.outputs), inputs=struct(resource.inputs)
    )
    found: dict[str, Any] = json_format.MessageToDict(stub.Read(request).properties)
    return found


def struct(values: Any) -> struct_pb2.Struct:
    return json_format.ParseDict(plain_outputs(values), struct_pb2.Struct())


def test_thirty_back_doors_are_named_with_what_closes_them(world: World) -> None:
    """Each is opened by the vendor's own client; nothing else is reported but what the doors themselves bring."""
    assert world.parity()["findings"] == []
    emulator = ServedEmulator(world.installation.get(DatabricksEmulator))
    keys = Keys(emulator, emulator.workspace("staging-eu"), emulator.account())
    for door in BACK_DOORS:
        door.open(keys)
    person = Keys(emulator, emulator.as_person("staging-eu"), emulator.account())
    person.job("harmless")
    told = world.parity()
    assert told["exit"] == 1
    unnamed: list[str] = []
    explained: set[int] = set()
    for door in BACK_DOORS:
        named = [
            number
            for number, one in enumerate(told["findings"])
            if door.names in f"{one['resource']} {one['object']} {one['property']} {one['subject']}"
            and door.says in f"{one['live']} {one['contract']}"
        ]
        explained |= {*named}
        unnamed += [] if named else [door.names]
        assert all(told["findings"][number]["repair"] for number in named), door.names
    assert unnamed == []
    false_alarms = [one for number, one in enumerate(told["findings"]) if number not in explained]
    assert not false_alarms, str(false_alarms)
    assert any("harmless" in one["what"] for one in told["others"]), "what reaches nothing is listed by name too"
    assert told["read"]
    # What parity says that a run repairs, a preview with refresh finds.
    answer = world.project.rolecall("preview", "--refresh", "account", "staging", "--format", "json")
    found = stacks(answer.stdout)
    repaired = {one["resource"].rpartition(" ")[2] for one in told["findings"] if one["finding"] == "different"}
    assert repaired
    assert {stack for stack, one in found.items() if one["changes"].get("update")} >= repaired
    # What a run leaves alone, parity goes on to name.
    world.project.deployed("up", "--refresh", "account", "staging")
    left = world.parity()["findings"]
    assert {one["finding"] for one in left} <= {"unmanaged", "extra"}
    assert all("rolecall" not in one["repair"] for one in left if one["finding"] == "unmanaged")
