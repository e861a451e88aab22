"""Which requests the Databricks emulator refuses to administrators of workspaces, and to who administers nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import PermissionDenied

from rolecall.emulators.application import Endpoint
from rolecall.emulators.databricks.models import GROUP, SERVICE_PRINCIPAL, Principal
from tests.support.emulator import CONTROL, ServedEmulator, served

# Whether every user of an account may list its principals is not documented; a deployment needs no answer to it.
LISTS = tuple(f"/api/2.0/accounts/{{account_id}}/scim/v2/{one}" for one in ("Groups", "Users", "ServicePrincipals"))
OPEN = (*LISTS, *(f"{one}/{{id}}" for one in LISTS), "/api/2.0/accounts/{account_id}/scim/v2/Me")


@pytest.fixture(scope="module")
def world() -> Iterator[ServedEmulator]:
    with served() as emulator:
        yield emulator


def _token(emulator: ServedEmulator, name: str, level: str | None) -> str:
    account = emulator.emulator.account
    principal = account.add(SERVICE_PRINCIPAL, name)
    for workspace in account.workspaces.values() if level else ():
        workspace.assignments[principal.id] = str(level)
    return account.issue(principal.id, emulator.emulator.clock.now() + 3600, 0)


def _account_routes(emulator: ServedEmulator) -> list[Endpoint]:
    return [one for one in emulator.emulator.emulator.endpoints if one.path.startswith("/api/")]


def test_an_administrator_of_workspaces_is_refused_by_every_route_of_the_account(world: ServedEmulator) -> None:
    token = _token(world, "workspaces-only", "ADMIN")
    account = world.emulator.account
    known = {
        "account_id": account.id,
        "workspace_id": str(next(iter(account.workspaces.values())).id),
        "principal_id": next(iter(account.principals)),
        "principal": next(iter(account.principals)),
    }
    routes = _account_routes(world)
    assert len(routes) > 50
    answered = []
    for one in routes:
        path = one.path
        for name, value in known.items():
            path = path.replace(f"{{{name}}}", value)
        path = path.replace("{id}", "0").replace("{", "").replace("}", "")
        query = {"name": f"accounts/{account.id}/ruleSets/default"} if path.endswith("/rule-sets") else {}
        body = {"name": f"accounts/{account.id}/ruleSets/default", "rule_set": {}} if one.method == "PUT" else {}
        answer = CONTROL.request(
            one.method,
            f"{world.account_host}{path}",
            headers={"Authorization": f"Bearer {token}"},
            params=query,
            json=body if one.method != "GET" else None,
        )
        if one.method == "GET" and one.path in OPEN:
            continue
        if answer.status_code != 403:
            answered.append((one.method, one.path, answer.status_code, answer.text[:120]))
    assert answered == []


def test_who_administers_no_workspace_reads_names_and_ids_of_groups_alone(world: ServedEmulator) -> None:
    world.assign("engineers")
    reader = _token(world, "reader", "USER")
    client = WorkspaceClient(host=world.host("nonprod"), token=reader, auth_type="pat", client_id="", client_secret="")
    (found,) = (
        one
        for one in client.groups.list(attributes="id,displayName,externalId,members,meta")
        if one.display_name == "engineers"
    )
    assert (found.id, found.external_id, found.members, found.meta) == (world.id_of("engineers"), None, [], None)
    (complete,) = (one for one in world.workspace().groups.list() if one.display_name == "engineers")
    assert complete.external_id == "00g-engineers"
    assert complete.members
    with pytest.raises(PermissionDenied):
        client.groups.create(display_name="mine")


def test_a_group_of_one_workspace_is_told_from_a_group_of_the_account(world: ServedEmulator) -> None:
    account = world.emulator.account
    local = account.add(GROUP, "local", local_to="nonprod")
    assert isinstance(local, Principal)
    world.assign("engineers")
    kinds = {one.display_name: one.meta and one.meta.resource_type for one in world.workspace().groups.list()}
    assert (kinds["local"], kinds["engineers"], kinds["admins"]) == ("WorkspaceGroup", "Group", "WorkspaceGroup")
    assert "local" not in {one.display_name for one in world.workspace("prod").groups.list()}
    assert "local" not in {one.display_name for one in world.account().groups.list()}
