"""Hand-added members of groups that Rolecall provisions, named before a run removes them.

A run writes the members that the identity provider has. Service principals and other groups are members as well, with
all access of the group: https://docs.databricks.com/en/admin/users-groups/groups.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rolecall.contract.naming import group_resource
from rolecall.engine.stack_state import Resource, StackState
from rolecall.provider.registry import FUNCTIONS
from rolecall.slices.part import Part
from rolecall.systems.access_list import Lost
from rolecall.systems.databricks.group_members import GroupMembers, GroupMembersInputs, Member
from rolecall.systems.identity_members import MembersArguments
from rolecall.systems.registry import BY_NAME


def provisioned_groups(part: Part, state: StackState) -> Iterator[tuple[str, Resource, str]]:
    """Yield the provisioned groups of a stack: the key, the list of members, and the id in the identity provider."""
    contract = part.contract
    spec = BY_NAME.get(contract.identity.provider) if contract.identity is not None else None
    if part.slice.environment is not None or spec is None:
        return
    recorded = {(one.type, one.name): one for one in state.resources}
    for key, declared in contract.groups.items():
        name = group_resource(contract, key)
        members = recorded.get((GroupMembers.token, name))
        made = next((recorded[token, name] for token in _groups_of(spec.name) if (token, name) in recorded), None)
        external_id = declared.external or (made.id if made is not None else None)
        if members is not None and external_id:
            yield key, members, external_id


def added_members(part: Part, key: str, recorded: Resource, external_id: str, *, changes: Collection[str]) -> Lost:
    """Return the members whom the next write of a provisioned group removes and no run has added.

    Args:
        part: the account's slice.
        key: the group's key.
        recorded: the list of members in the state.
        external_id: the group's id in the identity provider.
        changes: the groups whose members in the identity provider this run changes.

    Raises:
        RolecallError: a system refuses the caller or does not answer.
    """
    identity = part.contract.identity
    assert identity is not None
    found = FUNCTIONS[f"rolecall:{identity.provider}:getGroupMembers"]()
    people = found.call(MembersArguments(group_id=external_id))["members"]
    known = {str(one.get("userName")): str(one.get("externalId")) for one in recorded.inputs.get("members") or []}
    ids = {str(one["externalId"]) for one in people}
    if ids == {*known.values()} and key not in changes:
        return {}
    wanted = [Member(user_name=str(one["userName"]), external_id=str(one["externalId"])) for one in people]
    # Members that this run adds to the identity provider's group.
    wanted += [Member(user_name=one, external_id=one) for one in part.contract.groups[key].members or ()]
    lost = GroupMembers().first_losses(GroupMembersInputs(group_id=recorded.id, members=wanted))
    names = {name.casefold() for name in known}
    return {name: words for name, words in lost.items() if name.casefold() not in names}


def _groups_of(system: str) -> Iterator[str]:
    yield f"rolecall:{system}:Group"
