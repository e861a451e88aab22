"""Other owners' entries on a list of an orchestrator or identity provider are not removed silently."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2 as rpc

from rolecall.compiled import CompiledContract, compile_file
from rolecall.contract.naming import subject_name
from rolecall.deploy.own_list_losses import added_by_hand, lost_by
from rolecall.deploy.unrecorded_lists import Loss, losses_of_stack
from rolecall.engine.stack_state import Resource, StackState
from rolecall.errors import RemovalRefused
from rolecall.ids.ids import GroupId, ServicePrincipalId
from rolecall.provider.checking import with_defaults
from rolecall.provider.registry import RESOURCES
from rolecall.provider.server import Provider
from rolecall.provider.values import struct
from rolecall.slices.counterparts import counterparts_of, jobs_to_run
from rolecall.slices.own_lists import OwnList, changed_own_lists, first_own_lists
from rolecall.slices.part import Part, part_of
from rolecall.slices.slice import ACCOUNT, Slice
from rolecall.systems.conformance import list_violations
from rolecall.systems.connections import forget_all
from rolecall.systems.databricks.lookups import Lookups
from tests.provider.cases import CASES, DEPLOYMENT, OWNER, POOL
from tests.support.contracts import CONTRACT, TODAY, VARIABLES, write
from tests.support.identity import Company, company
from tests.support.identity_contract import contract as identity_contract
from tests.support.prefect_server import ask, prefect_server
from tests.support.provider import ProviderClient

TRAINER = subject_name(ServicePrincipalId("dev", "churn", "trainer"))
WHY = "reason: moved, owner: ada, expires: 2099-01-01"
CHURN = Slice("dev", "churn")


class InProcess:
    """Makes resources in this process, as a provider's client does."""

    def create(self, token: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
        resource = RESOURCES[token]()
        live = resource.create(resource.model.model_validate(inputs))
        return live.id, {**live.inputs.properties(), **live.computed}


CLIENT = cast("ProviderClient", InProcess())


@pytest.fixture
def systems(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    # Emptying the real server takes longer than most of these tests.
    address = prefect_server() if "prefect" in request.node.name else ""
    with company(prefect=address) as running:
        for name, value in {**running.variables(), "ROLECALL_RETRY_SECONDS": "4"}.items():
            monkeypatch.setenv(name, value)
        forget_all()
        yield running
    forget_all()


def of_conductor(systems: Company, declared: dict[str, Any]) -> None:
    target = {"type": declared["targetType"], "id": declared["targetId"]}
    body = {"subject": {"type": "GROUP", "id": "others"}, "target": target, "access": ["EXECUTE"]}
    systems.conductor_call("POST", "auth/authorization", body)


def of_harness(systems: Company, declared: dict[str, Any]) -> None:
    systems.harness.project.assignments["theirs"] = {
        "identifier": "theirs",
        "resourceGroupIdentifier": declared["targetId"],
        "roleIdentifier": "_pipeline_executor",
        "principal": {"type": "USER_GROUP", "scopeLevel": "project", "identifier": "others"},
    }


def of_prefect(systems: Company, declared: dict[str, Any]) -> None:
    key, base = systems.prefect.variables()["PREFECT_API_KEY"], systems.prefect.url
    found = ask("POST", f"{base}/deployments/filter", {}, key).json()
    of_pool = declared["targetType"] == "WORK_POOL"
    ada = next(key for key, one in systems.prefect.account.members.items() if one["email"] == "ada@example.com")
    path = (
        f"{base}/work_pools/{declared['targetId']}/access" if of_pool else f"{base}/deployments/{found[0]['id']}/access"
    )
    held = ask("GET", path, None, key).json()
    lists: dict[str, list[str]] = {f"{level}_actor_ids": [] for level in ("view", "run", "manage")}
    lists |= {f"{level}_team_ids": [] for level in ("view", "run", "manage")}
    for level in ("view", "run", "manage"):
        for one in held.get(f"{level}_actors") or []:
            lists[f"{level}_{'team' if one['type'] == 'team' else 'actor'}_ids"].append(one["id"])
    lists["manage_actor_ids"].append(ada)
    ask("PUT", path, {"access_control": lists}, key).raise_for_status()


def of_okta(systems: Company, declared: dict[str, Any]) -> None:
    user = systems.okta_call("GET", "users/ben@example.com")["id"]
    systems.okta_call("PUT", f"groups/{declared['groupId']}/users/{user}")


def of_entra(systems: Company, declared: dict[str, Any]) -> None:
    user = systems.graph_call("GET", "users/ben@example.com")["id"]
    bound = [f"{systems.entra.address}/v1.0/directoryObjects/{user}"]
    systems.graph_call("PATCH", f"groups/{declared['groupId']}", {"members@odata.bind": bound})


LISTS: dict[str, Callable[[Company, dict[str, Any]], None]] = {
    "rolecall:conductor:Permissions": of_conductor,
    "rolecall:harness:Permissions": of_harness,
    "rolecall:prefect:Permissions": of_prefect,
    "rolecall:okta:GroupMembership": of_okta,
    "rolecall:entra:GroupMembership": of_entra,
}


def test_every_list_of_a_system_is_tried() -> None:
    lists = {token for token, one in RESOURCES.items() if one.access_list is not None}
    assert lists - {*LISTS} == {"rolecall:databricks:GroupMembers"}


@pytest.mark.parametrize("token", LISTS)
def test_a_list_does_to_entries_of_others_what_it_declares(systems: Company, token: str) -> None:
    declared = CASES[token][0](systems, CLIENT)
    assert list_violations(RESOURCES[token](), declared, lambda: LISTS[token](systems, declared)) == []


class Refusing:
    """The context of a call whose refusal is an exception."""

    def abort(self, _: object, reason: str) -> None:
        raise RemovalRefused(reason)


def created(token: str, declared: dict[str, Any]) -> None:
    """Create a resource through the provider, as an engine does."""
    checked = with_defaults(RESOURCES[token].model, declared)
    request = rpc.CreateRequest(urn=f"urn:pulumi:test::trial::{token}::one", properties=struct(checked))
    Provider(shared=True).Create(request, cast("grpc.ServicerContext", Refusing()))


@pytest.mark.parametrize("token", ["rolecall:conductor:Permissions", "rolecall:okta:GroupMembership"])
def test_the_provider_refuses_a_first_write_that_removes_entries_of_others(systems: Company, token: str) -> None:
    declared = CASES[token][0](systems, CLIENT)
    LISTS[token](systems, declared)
    with pytest.raises(RemovalRefused, match=r"entries that no run has made.* loses ") as caught:
        created(token, declared)
    assert "removal_overrides" in caught.value.what
    ended = {**declared, "removalOverride": {"reason": "x", "owner": "ada", "expires": "2020-01-01"}}
    with pytest.raises(RemovalRefused):
        created(token, ended)
    allowed = {**declared, "removalOverride": {"reason": "x", "owner": "ada", "expires": "2099-01-01"}}
    created(token, allowed)
    resource = RESOURCES[token]()
    assert resource.first_losses(resource.model.model_validate(declared)) == {}, "the override allows it"


@pytest.mark.parametrize("system", ["conductor", "harness", "prefect"])
def test_who_loses_on_a_first_list_of_a_counterpart_is_named_before_any_write(
    systems: Company, tmp_path: Path, system: str
) -> None:
    run_as, shown = "        run_as: trainer\n", system.capitalize()
    text = CONTRACT.replace(run_as, f"{run_as}        counterparts: {{{system}: [dev]}}\n")
    assert losses(tmp_path, CHURN, text) == [], "nothing is there yet"
    for one in first_own_lists(part(tmp_path, CHURN, text), None):
        make_target(systems, system, one.properties)
        LISTS[one.token](systems, dict(one.properties))
    found = losses(tmp_path, CHURN, text)
    job = next(one for one in found if f"job churn/train in dev in {shown}" in one.message)
    assert "its first deployment would replace its access list" in job.message
    assert " loses " in job.message
    refusal = job.refusal(compiled(tmp_path, text).contract)
    assert "removal_overrides: [{object: churn/train, kind: job, environment: dev" in refusal
    overrides = f"{{object: churn/train, kind: job, environment: dev, {WHY}}}"
    if system != "harness":
        shared = next(one for one in found if f"service principal churn/trainer in dev in {shown}" in one.message)
        assert not shared.allowed
        overrides += f", {{object: churn/trainer, kind: service_principal, environment: dev, {WHY}}}"
    allowed = losses(tmp_path, CHURN, f"removal_overrides: [{overrides}]\n{text}")
    assert len(allowed) == len(found)
    assert all(one.allowed for one in allowed), "what an override allows is still named"
    again = part(tmp_path, CHURN, f"removal_overrides: [{overrides}]\n{text}")
    (jobs,) = [jobs_to_run(system, again.contract, again.compiled.access, "dev", {})]
    lists = [one for one in counterparts_of(system, jobs, again.contract) if RESOURCES[one.token].access_list]
    assert lists
    assert all("removalOverride" in one.properties for one in lists), "the provider knows the override too"
    state = StackState(
        "x", 0, tuple(recorded(one.token, one.resource, one.properties) for one in found_lists(tmp_path, text)), ()
    )
    assert losses(tmp_path, CHURN, text, state) == [], "a list that a state has is judged by the state"


@pytest.mark.parametrize("token", LISTS)
def test_entries_that_were_added_by_hand_are_named_before_the_next_write(systems: Company, token: str) -> None:
    declared = CASES[token][0](systems, CLIENT)
    CLIENT.create(token, **declared)
    form = RESOURCES[token].access_list
    assert form is not None
    changed = {**declared, form.entries: declared[form.entries][:1]}
    written = OwnList(GroupId("engineers"), "the list", token, "one", changed)
    assert added_by_hand(written, declared) == {}, "what the contract ends is no news"
    LISTS[token](systems, declared)
    (words,) = added_by_hand(written, declared).values()
    assert words


def test_a_state_of_another_release_is_read_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    token = "rolecall:conductor:Permissions"
    monkeypatch.setattr("rolecall.deploy.own_list_losses.read_live", lambda *_: None)
    holder = {"type": "TENANT", "name": "everybody", "access": ["SHARE"], "since": "2020"}
    older = {"targetType": "SCHEDULE", "targetId": "x", "holders": [holder]}
    assert lost_by(OwnList(GroupId("engineers"), "the list", token, "one", older, ends=True)) == {}
    declared = {"targetType": "TASK_DEF", "targetId": "x", "holders": []}
    assert added_by_hand(OwnList(GroupId("engineers"), "the list", token, "one", declared), older) == {}


def test_only_lists_that_a_run_changes_are_read_for_entries_of_others(tmp_path: Path) -> None:
    run_as = "        run_as: trainer\n"
    text = CONTRACT.replace(run_as, f"{run_as}        counterparts: {{harness: [dev]}}\n")
    held = (recorded(one.token, one.resource, one.properties) for one in found_lists(tmp_path, text))
    state = StackState("x", 0, tuple(held), ())
    assert [*changed_own_lists(part(tmp_path, CHURN, text), state)] == []
    fewer = text.replace(
        "{role: viewer, to: analysts, in: [dev, prod], ticket: SEC-1}", "{role: viewer, to: analysts, in: [prod]}"
    )
    ((one, before),) = changed_own_lists(part(tmp_path, CHURN, fewer), state)
    assert len(before["holders"]) == len(one.properties["holders"]) + 1


@pytest.mark.parametrize("system", ["okta", "entra"])
@pytest.mark.parametrize("adopts", [True, False])
def test_members_who_lose_by_the_first_list_of_a_group_are_named_before_any_write(
    systems: Company, tmp_path: Path, system: str, *, adopts: bool
) -> None:
    users = {"okta": lambda name: systems.okta_call("GET", f"users/{name}@example.com")["id"]}
    users["entra"] = lambda name: systems.graph_call("GET", f"users/{name}@example.com")["id"]
    ada = users[system]("ada")
    text = identity_contract(system).replace(
        "emergency: {managed: true}",
        f"emergency: {{managed: true, members: [{ada}]{', adopt: true' if adopts else ''}}}",
    )
    assert losses(tmp_path, ACCOUNT, text) == [], "there is no such group yet"
    wanted = next(one for one in first_own_lists(part(tmp_path, ACCOUNT, text), None) if one.resource == "emergency")
    assert wanted.group is not None
    owner = "terraform" if adopts else wanted.properties["managedBy"]
    group, _ = CLIENT.create(wanted.group[0], **{**wanted.group[1], "managedBy": owner, "adopt": False})
    LISTS[wanted.token](systems, {"groupId": group})
    (one,) = losses(tmp_path, ACCOUNT, text)
    assert "group emergency in" in one.message
    assert f"{users[system]('ben')} loses its place" in one.message
    assert not one.allowed
    state = StackState("x", 0, (recorded(wanted.group[0], "emergency", {}, group),), ())
    assert [each.message for each in losses(tmp_path, ACCOUNT, text, state)] == [one.message]
    (named,) = losses(tmp_path, ACCOUNT, f"removal_overrides: [{{group: emergency, {WHY}}}]\n{text}", state)
    assert named.allowed


def recorded(token: str, name: str, inputs: Any, identity: str = "x") -> Resource:
    return Resource(f"urn:s::p::{token}::{name}", token, identity, dict(inputs), {}, "native", custom=True)


def compiled(folder: Path, text: str) -> CompiledContract:
    return compile_file(write(folder, text, "changed.yaml"), TODAY, {**VARIABLES, **os.environ}, judged=False)


def part(folder: Path, one: Slice, text: str) -> Part:
    return part_of(compiled(folder, text), one, Lookups())


def found_lists(folder: Path, text: str) -> list[OwnList]:
    return [*first_own_lists(part(folder, CHURN, text), None)]


def losses(folder: Path, one: Slice, text: str, state: StackState | None = None) -> list[Loss]:
    """Return the entries that a run of a stack removes and no run has made."""
    whole = compiled(folder, text)
    return losses_of_stack(part_of(whole, one, Lookups()), state, whole.contract, Lookups(), TODAY)


def make_target(systems: Company, system: str, properties: Any) -> None:
    """Create the object of a list, if the list needs one."""
    if system == "conductor":
        if properties["targetType"] == "TASK_DEF":
            CLIENT.create("rolecall:conductor:TaskDefinition", name=properties["targetId"], managedBy=OWNER)
        else:
            tasks = [{"name": f"databricks-job-as-{TRAINER}", "taskReferenceName": "run", "type": "SIMPLE"}]
            CLIENT.create(
                "rolecall:conductor:WorkflowDefinition", name=properties["targetId"], tasks=tasks, managedBy=OWNER
            )
    elif system == "harness":
        group = [{"type": "PIPELINE", "identifiers": [properties["targetId"]]}]
        identity = properties["targetId"]
        CLIENT.create("rolecall:harness:ResourceGroup", identifier=identity, resources=group, managedBy=OWNER)
    elif properties["targetType"] == "WORK_POOL":
        CLIENT.create("rolecall:prefect:WorkPool", **{**POOL, "name": properties["targetId"]})
    else:
        flow, _, name = properties["targetId"].partition("/")
        deployment = {**DEPLOYMENT, "flow": flow, "name": name, "workPool": f"databricks-jobs-as-{TRAINER}"}
        CLIENT.create("rolecall:prefect:Deployment", **deployment)
