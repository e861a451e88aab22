"""Reading and checking the rights of a deployer without the account, through the emulator's workspaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.service import sharing

from rolecall.compiled import CompiledContract, compile_file
from rolecall.emulators.databricks.models import GROUP, SERVICE_PRINCIPAL, USER, account_from_json
from rolecall.emulators.databricks.rule_sets import MANAGE, USE
from rolecall.errors import InvalidContract, NeedsAccount, SystemRefused
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.parity import Report, compare
from rolecall.slices.looking_up import look_up_all
from rolecall.systems.databricks.given_account import GivenAccount
from rolecall.systems.databricks.rights import RIGHTS, Mode, missing_rights
from rolecall.systems.registry import SYSTEMS
from tests.support.contracts import TODAY, write
from tests.support.emulator import CONTROL, served
from tests.support.given_world import SECRET, GivenWorld


@pytest.fixture(scope="module")
def prepared() -> Iterator[GivenWorld]:
    with served() as emulator:
        yield GivenWorld(emulator)


@pytest.fixture
def world(prepared: GivenWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[GivenWorld]:
    """The world, restored after the test; this process signs in as its deployer."""
    for name, value in prepared.variables().items():
        monkeypatch.setenv(name, value)
    before = account_from_json(prepared.account.to_json())
    yield prepared
    for field in ("principals", "workspaces", "rule_sets", "admins"):
        current = getattr(prepared.account, field)
        current.clear()
        current.extend(before.admins) if field == "admins" else current.update(getattr(before, field))


def compiled(world: GivenWorld, folder: Path) -> CompiledContract:
    return compile_file(write(folder, world.contract), TODAY, world.variables())


def report(world: GivenWorld, folder: Path) -> Report:
    found = compiled(world, folder)
    return compare(found, [*found.contract.environments], [one for one in SYSTEMS if one.name == "databricks"])


def test_groups_and_principals_are_found_by_their_ids_and_no_route_of_the_account_is_used(
    world: GivenWorld, tmp_path: Path
) -> None:
    world.account.principals[world.id_of("analysts")].display_name = "renamed-analysts"
    impostor = world.account.add(SERVICE_PRINCIPAL, "impostor", external_id="rolecall:acme:dev:churn:trainer")
    world.account.workspaces["nonprod"].assignments[impostor.id] = "USER"
    world.emulator.clear_statistics()
    found = look_up_all(compiled(world, tmp_path))
    assert found.groups["analysts"].name == "renamed-analysts"
    assert found.ids == {name: one.id for name, one in found.groups.items()}
    observed = report(world, tmp_path)
    assert int(CONTROL.get(f"{world.emulator.account_host}/__stats").json()["total"]) == 0
    assert [one for one in observed.findings if one.kind.value == "unknown"] == []


def test_what_a_workspace_lacks_is_named_with_the_line_of_the_contract(world: GivenWorld, tmp_path: Path) -> None:
    held = world.account.workspaces["nonprod"].assignments
    del held[world.trainers["dev"].id], held[world.id_of("engineers")]
    local = world.account.add(GROUP, "local-emergency", local_to="nonprod")
    text = world.contract.replace(world.emergency.id, local.id)
    with pytest.raises(InvalidContract) as caught:
        look_up_all(compile_file(write(tmp_path, text), TODAY, world.variables()))
    problems = {(one.id, one.place.line if one.place else 0) for one in caught.value.problems}
    lines = world.contract.splitlines()
    line = {word: next(at for at, text in enumerate(lines, 1) if word in text) for word in ("engineers: {", "churn/tr")}
    assert ("group-not-assigned", line["engineers: {"]) in problems
    assert ("principal-not-assigned", line["churn/tr"]) in problems
    assert any("'emergency'" in one.what for one in caught.value.problems), "a group of one workspace is no account's"


def test_a_deactivated_principal_is_refused_and_not_equal(world: GivenWorld, tmp_path: Path) -> None:
    world.account.principals[world.trainers["prod"].id].active = False
    with pytest.raises(InvalidContract) as caught:
        look_up_all(compiled(world, tmp_path))
    assert [one.id for one in caught.value.problems] == ["principal-deactivated"]
    found = [one.live for one in report(world, tmp_path).findings if one.kind.value == "different"]
    assert "service principal churn/trainer in prod is deactivated in the account" in found


def test_each_missing_right_of_a_deployment_is_named(world: GivenWorld, tmp_path: Path) -> None:
    contract = compiled(world, tmp_path).contract
    assert [*missing_rights(contract, contract.environments, GivenAccount(contract))] == []
    for name, withdraw, restore in world.rights():
        withdraw()
        (missing,) = missing_rights(contract, contract.environments, GivenAccount(contract))
        restore()
        assert missing.startswith(name)
    assert [*missing_rights(contract, [], GivenAccount(contract))] == []


CREATE: dict[str, Callable[[WorkspaceClient], object]] = {
    "CREATE CATALOG": lambda client: client.catalogs.create("made"),
    "CREATE CONNECTION": lambda client: client.api_client.do(
        "POST", "/api/2.1/unity-catalog/connections", body={"name": "a", "connection_type": "GLUE", "options": {}}
    ),
    "CREATE EXTERNAL LOCATION": lambda client: client.external_locations.create("a", "s3://made/a", "credential"),
    "CREATE RECIPIENT": lambda client: client.recipients.create("a", sharing.AuthenticationType.TOKEN),
    "CREATE SERVICE CREDENTIAL": lambda client: client.credentials.create_credential("a"),
    "CREATE SHARE": lambda client: client.shares.create("a"),
    "CREATE STORAGE CREDENTIAL": lambda client: client.storage_credentials.create("a"),
}


def test_every_documented_privilege_is_one_that_the_service_asks_for(world: GivenWorld) -> None:
    """The service refuses without it, and names it in its answer, which a deployment shows."""
    named = {one.name for one in RIGHTS if Mode.WORKSPACES in one.modes and one.name.startswith("CREATE")}
    assert named == CREATE.keys()
    client = WorkspaceClient(
        host=world.emulator.host("nonprod"),
        client_id=world.deployer.application_id,
        client_secret=SECRET,
        auth_type="oauth-m2m",
    )
    for name, create in CREATE.items():
        with pytest.raises(PermissionDenied, match=name):
            create(client)


def test_without_the_role_on_a_principal_its_users_are_unknown_and_never_equal(
    world: GivenWorld, tmp_path: Path
) -> None:
    target = ObjectId("dev", Kind.SERVICE_PRINCIPAL, "churn", "trainer")
    world.account.rule_sets[world.rule_set("dev")]["grant_rules"] += [
        {"role": USE, "principals": [f"servicePrincipals/{world.deployer.application_id}"]},
        {"role": USE, "principals": ["users/ada@example.com"]},
    ]
    (extra,) = (
        one for one in report(world, tmp_path).findings if one.target == target and one.subject.startswith("ada@")
    )
    assert (extra.kind.value, extra.live) == ("extra", "run")
    world.account.rule_sets[world.rule_set("dev")]["grant_rules"] = []
    found = [one for one in report(world, tmp_path).findings if one.target == target]
    assert [one.kind.value for one in found] == ["unknown"]
    assert MANAGE in f"{found[0]}"
    others = [one for one in report(world, tmp_path).findings if one.target and one.target != target]
    assert "unknown" not in {one.kind.value for one in others}


def test_parity_names_who_repairs_an_assignment(world: GivenWorld, tmp_path: Path) -> None:
    world.account.workspaces["prod"].assignments[world.id_of("ada@example.com")] = "USER"
    world.account.workspaces["prod"].assignments[world.previewer.id] = "ADMIN"
    del world.account.workspaces["prod"].assignments[world.id_of("analysts")]
    found = {
        one.subject: (one.kind.value, one.how)
        for one in report(world, tmp_path).findings
        if one.target == ObjectId("prod", Kind.WORKSPACE, None, "prod")
    }
    assert {name: kind for name, (kind, _) in found.items()} == {
        "ada@example.com (person)": "extra",
        f"{world.previewer.application_id} (service principal)": "extra",
        "analysts": "missing",
    }
    assert all("an administrator of workspace prod" in how for _, how in found.values())


def test_members_that_workspaces_list_are_reported(world: GivenWorld, tmp_path: Path) -> None:
    # A person that no workspace lists.
    unseen = world.account.add(USER, "eve", user_name="eve@example.com", local_to="nowhere")
    world.account.principals[world.id_of("engineers")].members += [world.trainers["dev"].id, unseen.id]
    found = report(world, tmp_path)
    shown = [one.resource for one in found.findings if "in group" in str(one.resource)]
    assert shown == ["service principal churn/trainer in dev in group engineers"]
    assert any("in the contract's groups" in one for one in found.not_read)


def test_nothing_else_of_the_account_is_asked(world: GivenWorld, tmp_path: Path) -> None:
    account = GivenAccount(compiled(world, tmp_path).contract)
    for name in ("accounts/A/ruleSets/default", "accounts/A/groups/1/ruleSets/default"):
        with pytest.raises(NeedsAccount, match="account administrator"):
            account.rule_set("A", name)
    with pytest.raises(NeedsAccount):
        account.get("/api/2.0/accounts/A/workspaces")
    assert issubclass(NeedsAccount, SystemRefused)


def test_a_previewer_reads_what_a_preview_needs(
    world: GivenWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = look_up_all(compiled(world, tmp_path))
    for name, value in world.variables(previews=True).items():
        monkeypatch.setenv(name, value)
    assert look_up_all(compiled(world, tmp_path)) == expected


def test_a_previewer_without_entry_to_a_workspace_is_refused_by_name(
    world: GivenWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in world.variables(previews=True).items():
        monkeypatch.setenv(name, value)
    del world.account.workspaces["prod"].assignments[world.previewer.id]
    with pytest.raises(SystemRefused, match="not assigned to this workspace"):
        look_up_all(compiled(world, tmp_path))


def test_a_deployer_of_the_account_is_refused_without_either_right(world: GivenWorld) -> None:
    account, emulator = world.account, world.emulator
    named = {one.name for one in RIGHTS if Mode.ACCOUNT in one.modes}
    assert named == {"account administrator", "workspace administrator"}
    deployer = account.admins.pop()
    with pytest.raises(PermissionDenied, match="account admins"):
        emulator.account().groups.create(display_name="made")
    account.workspaces["nonprod"].assignments[deployer] = "USER"
    with pytest.raises(PermissionDenied, match="administrator of workspace nonprod"):
        emulator.workspace().api_client.do("GET", "/api/2.0/preview/permissionassignments")
