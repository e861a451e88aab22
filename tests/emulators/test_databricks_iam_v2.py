"""The second version of Databricks' identity API, in the account and in a workspace; through the vendor's own SDK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied, ResourceAlreadyExists
from databricks.sdk.service import iamv2

from tests.support.emulator import ServedEmulator, served

ACTIVE = iamv2.State.ACTIVE


@pytest.fixture(scope="module")
def emulator() -> Iterator[ServedEmulator]:
    with served() as running:
        yield running


def test_principals_are_those_of_scim(emulator: ServedEmulator) -> None:
    account = emulator.account()
    group = account.iam_v2.create_group(iamv2.Group(group_name="scorers", external_id="00g-scorers"))
    assert account.groups.get(str(group.group_id)).display_name == "scorers"
    with pytest.raises(ResourceAlreadyExists):
        account.iam_v2.create_group(iamv2.Group(group_name="scorers"))
    renamed = iamv2.Group(group_name="raters", external_id="ignored")
    account.iam_v2.update_group(str(group.group_id), renamed, "group_name")
    found = account.iam_v2.get_group(str(group.group_id))
    assert (found.group_name, found.external_id) == ("raters", "00g-scorers")
    with pytest.raises(InvalidParameterValue, match="update mask"):
        account.iam_v2.update_group(str(group.group_id), renamed, "members")
    principal = account.iam_v2.create_service_principal(iamv2.ServicePrincipal("scorer", ACTIVE))
    assert (
        account.service_principals.get(str(principal.service_principal_id)).application_id == principal.application_id
    )
    inactive = iamv2.ServicePrincipal("scorer", iamv2.State.INACTIVE)
    account.iam_v2.update_service_principal(str(principal.service_principal_id), inactive, "account_sp_status")
    assert account.service_principals.get(str(principal.service_principal_id)).active is False
    name = iamv2.UserFullName(given_name="Gia", family_name="Ng")
    user = account.iam_v2.create_user(iamv2.User("gia@example.com", name, ACTIVE))
    assert account.users.get(str(user.user_id)).display_name == "Gia Ng"
    assert "gia@example.com" in [one.username for one in account.iam_v2.list_users(page_size=1)]
    account.iam_v2.delete_user(str(user.user_id))
    with pytest.raises(NotFound):
        account.iam_v2.get_user(str(user.user_id))


def test_members_and_the_groups_above(emulator: ServedEmulator) -> None:
    account = emulator.account()
    inner, outer = (account.iam_v2.create_group(iamv2.Group(group_name=name)) for name in ("inner", "outer"))
    ben = int(emulator.id_of("ben@example.com"))
    members = account.iam_v2
    members.create_direct_group_member(int(str(inner.group_id)), iamv2.DirectGroupMember(ben))
    members.create_direct_group_member(int(str(outer.group_id)), iamv2.DirectGroupMember(int(str(inner.group_id))))
    with pytest.raises(InvalidParameterValue, match="member of itself"):
        members.create_direct_group_member(int(str(inner.group_id)), iamv2.DirectGroupMember(int(str(outer.group_id))))
    (direct,) = members.list_direct_group_members(int(str(outer.group_id)))
    assert (direct.principal_type, direct.display_name) == (iamv2.PrincipalType.GROUP, "inner")
    above = {one.group_id for one in members.list_transitive_parent_groups(ben).transitive_parent_groups or []}
    assert above >= {inner.group_id, outer.group_id}
    members.delete_direct_group_member(int(str(inner.group_id)), ben)
    with pytest.raises(NotFound):
        members.get_direct_group_member(int(str(inner.group_id)), ben)


def test_access_to_a_workspace_is_direct_or_by_a_group(emulator: ServedEmulator) -> None:
    account, workspace = emulator.account(), emulator.workspace()
    team = account.iam_v2.create_group(iamv2.Group(group_name="team"))
    cleo = int(emulator.id_of("cleo@example.com"))
    number = emulator.emulator.account.workspaces["nonprod"].id
    account.iam_v2.create_direct_group_member(int(str(team.group_id)), iamv2.DirectGroupMember(cleo))
    emulator.assign("team", "ADMIN")
    full = iamv2.WorkspaceAccessDetailView.FULL
    found = account.iam_v2.get_workspace_access_detail(number, cleo, view=full)
    assert found.access_type is iamv2.WorkspaceAccessDetailAccessType.INDIRECT
    assert found.permissions == [iamv2.WorkspacePermission.ADMIN_PERMISSION]
    assert workspace.workspace_iam_v2.get_workspace_access_detail_local(cleo).permissions is None
    names = [one.group_name for one in workspace.workspace_iam_v2.list_groups_proxy()]
    assert "team" in names
    with pytest.raises(NotFound):
        account.iam_v2.get_workspace_access_detail(number, int(emulator.id_of("analysts")))


def test_only_administrators_ask(emulator: ServedEmulator) -> None:
    emulator.assign("ben@example.com")
    with pytest.raises(PermissionDenied):
        [*emulator.as_person().workspace_iam_v2.list_users_proxy()]
