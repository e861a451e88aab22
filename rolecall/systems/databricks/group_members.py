"""All members of a group of the account in one object, written with one PATCH: for groups that Rolecall provisions."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import Field

from rolecall.access.answers import understood
from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.access_list import PLACE, AccessList, Lost
from rolecall.systems.databricks.account import account, groups, scim, users
from rolecall.systems.removals import RemovalOverride, check_removals
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

_making_people = threading.Lock()
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Member(Model):
    """A person, as the identity provider knows them."""

    user_name: str = Field(min_length=1, description="the name that they sign in with")
    external_id: str = Field(min_length=1, description="their id in the identity provider")


class GroupMembersInputs(Model):
    """The members of a group."""

    group_id: str = Field(min_length=1, description="id of the group in the account")
    members: list[Member] = Field(description="all people directly in it; the order means nothing")
    member_groups: list[str] = Field(
        default_factory=list, description="ids of all other members: groups and service principals"
    )
    removal_override: RemovalOverride | None = Field(
        default=None, description="allows to remove more than a third, or everybody"
    )


class GroupMembers(Resource[GroupMembersInputs]):
    """All members of a group that Rolecall provisions. People whom the account lacks are made."""

    token = "rolecall:databricks:GroupMembers"
    description = "All members of a group of the Databricks account, written with one request."
    replaced_by = frozenset({"groupId"})
    unordered = frozenset({"members", "memberGroups"})
    access_list = AccessList(("groupId",), entries="members", subject=("userName",), words="")

    def first_losses(self, inputs: GroupMembersInputs) -> Lost:
        """Return the members that no run has added; people match by the id in the identity provider, or by name.

        Groups and service principals are members as well, with all access of the group.
        """
        ids = {one.external_id for one in inputs.members}
        names = {one.user_name.casefold() for one in inputs.members}
        lost: Lost = {}
        with understood(f"{self.token} {inputs.group_id}"):
            people = {str(user["id"]): user for user in users.get()}
            nested = {str(group["id"]): str(group["displayName"]) for group in groups.get()}
            for member in _members(inputs.group_id) or ():
                person = people.get(member)
                if person is None:
                    if member not in inputs.member_groups:
                        shown = f"{nested[member]} (group)" if member in nested else f"{member} (service principal)"
                        lost[shown] = {PLACE}
                elif person.get("externalId") not in ids and str(person["userName"]).casefold() not in names:
                    lost[str(person["userName"])] = {PLACE}
        return lost

    def create(self, inputs: GroupMembersInputs) -> Live[GroupMembersInputs]:
        """Fill the group."""
        return self._write(inputs)

    def read(self, identity: str, declared: GroupMembersInputs | None) -> Live[GroupMembersInputs] | None:
        """Return who is in the group now."""
        held = _members(identity)
        if held is None:
            return None
        by_id = {str(user["id"]): user for user in users.get()}
        people = [by_id[one] for one in held if one in by_id]
        return Live(
            identity,
            GroupMembersInputs(
                group_id=identity,
                members=[
                    Member(user_name=str(one["userName"]), external_id=str(one.get("externalId") or one["id"]))
                    for one in sorted(people, key=lambda one: str(one["userName"]))
                ],
                member_groups=sorted(one for one in held if one not in by_id),
            ),
        )

    def update(self, identity: str, old: GroupMembersInputs, new: GroupMembersInputs) -> Live[GroupMembersInputs]:
        """Add who is missing and remove who is too many, in this order and in one request."""
        return self._write(new)

    def delete(self, identity: str, declared: GroupMembersInputs) -> None:
        """Stop keeping the list; it goes with the group."""

    def _write(self, inputs: GroupMembersInputs) -> Live[GroupMembersInputs]:
        held = account().poll_until(lambda: _members(inputs.group_id), lambda members: members is not None, seconds=30)
        if held is None:
            raise RequestRejected(f"the Databricks account has no group {inputs.group_id}", status=404)
        wanted_names = [member.user_name for member in inputs.members] + list(inputs.member_groups)
        names = {str(user["id"]): str(user["userName"]) for user in users.get()}
        before = [names.get(member, member) for member in held]
        today = datetime.now(UTC).date()
        # Before anybody is made: a list that is too short may be a mistake of the identity provider's.
        check_removals(
            f"members of Databricks group {inputs.group_id}", before, wanted_names, inputs.removal_override, today
        )
        # Groups are written side by side and share people: who is missing is made by one of them.
        with _making_people:
            wanted = {*_identities(inputs.members), *inputs.member_groups}
        missing, extra = sorted(wanted - set(held)), sorted(set(held) - wanted)
        operations: list[Json] = []
        if missing:
            operations.append({"op": "add", "path": "members", "value": [{"value": member} for member in missing]})
        operations += [{"op": "remove", "path": f'members[value eq "{member}"]'} for member in extra]
        if operations:
            path = scim(f"Groups/{inputs.group_id}")
            request = Request("PATCH", path, body={"schemas": [PATCH], "Operations": operations})
            account().once(
                lambda: True if set(_members(inputs.group_id) or ()) == wanted else None, request, lambda _answer: True
            )
        return Live(inputs.group_id, inputs)


def _members(group_id: str) -> list[str] | None:
    try:
        found = account().get(scim(f"Groups/{group_id}"), attributes="id,members")
    except ObjectMissing:
        return None
    return [str(member["value"]) for member in found.get("members") or []]


def _identities(members: Iterable[Member]) -> list[str]:
    """Return the account's id of each person; who is not there is made.

    Raises:
        RequestRejected: a person of that name has another id in the identity provider: it is another person.
    """
    by_external = {str(user.get("externalId")): user for user in users.get() if user.get("externalId")}
    by_name = {str(user["userName"]).lower(): user for user in users.get()}
    found: list[str] = []
    for member in members:
        user = by_external.get(member.external_id) or by_name.get(member.user_name.lower())
        if user is None:
            user = _made(member)
        elif not user.get("externalId"):
            operation = {"op": "replace", "path": "externalId", "value": member.external_id}
            body = {"schemas": [PATCH], "Operations": [operation]}
            account().send(Request("PATCH", scim(f"Users/{user['id']}"), body=body))
            users.forget()
        elif user["externalId"] != member.external_id:
            raise RequestRejected(
                f"user {member.user_name!r} has the external id {user['externalId']} in the Databricks account; the "
                f"identity provider says {member.external_id}: it is another person and inherits nothing",
                "Remove the old user from the account, then run it again.",
                status=409,
            )
        found.append(str(user["id"]))
    return found


def _made(member: Member) -> Json:
    body = {
        "schemas": [USER],
        "userName": member.user_name,
        "displayName": member.user_name.partition("@")[0],
        "externalId": member.external_id,
        "active": True,
    }

    def find() -> Json | None:
        users.forget()
        return next((user for user in users.get() if user.get("externalId") == member.external_id), None)

    made = account().once(find, Request("POST", scim("Users"), body=body), lambda answer: dict(answer.body))
    users.forget()
    return made
