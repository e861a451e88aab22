"""Who is in which group: nesting taken apart, and what two systems say compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rolecall.contract.group import Group


def included(groups: Mapping[str, Group], name: str) -> list[str]:
    """Return all groups whose members are in a group, directly or through others; sorted, each once."""
    found: set[str] = set()
    pending = list(groups[name].includes)
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += groups[one].includes
    return sorted(found)


@dataclass(frozen=True, order=True)
class Person:
    """A member of a group: the immutable id in the identity provider, and the sign-in name.

    Two systems mean the same person where the ids are the same; one that knows no id is compared by name.
    """

    id: str
    name: str

    def is_same(self, other: Person) -> bool:
        """Return whether both are the same person."""
        if self.id and other.id:
            return self.id == other.id
        return self.name.casefold() == other.name.casefold()


class GroupState(StrEnum):
    """A group as a system has it."""

    PRESENT = "present"
    MISSING = "missing"
    ANOTHER = "another"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Members:
    """A group as one system has it.

    Attributes:
        state: whether it is there; `another` where its name belongs to a group with another id.
        id: its immutable id in the identity provider, as this system knows it; empty where it knows none.
        people: everybody in it, through nested groups too.
        name: what it is called there now.
        reason: why nothing can be said, or who is there instead.
        listed: whether the system lists members; Databricks does not where it reads the identity provider itself.
    """

    state: GroupState
    id: str = ""
    people: tuple[Person, ...] = ()
    name: str = ""
    reason: str = ""
    listed: bool = True


class MembershipChange(StrEnum):
    """How a group differs between the identity provider and another system."""

    MISSING_PERSON = "missing person"
    EXTRA_PERSON = "extra person"
    NOT_PROVISIONED = "not provisioned"
    MISSING_GROUP = "missing group"
    ANOTHER_GROUP = "another group"
    UNKNOWN = "unknown"


@dataclass(frozen=True, order=True)
class MembershipDifference:
    """One thing in which a system's group differs from the identity provider's."""

    group: str
    change: MembershipChange
    person: str
    detail: str


def membership_differences(source: Mapping[str, Members], other: Mapping[str, Members]) -> list[MembershipDifference]:
    """Return in what another system's groups differ from those of the identity provider, in order.

    Args:
        source: the identity provider's groups, by the contract's names.
        other: the same groups as another system has them.
    """
    found: list[MembershipDifference] = []
    for group, truth in source.items():
        found += _of_one(group, truth, other.get(group, Members(GroupState.MISSING)))
    return sorted(found)


def _of_one(group: str, truth: Members, seen: Members) -> list[MembershipDifference]:
    for one in (truth, seen):
        if one.state is GroupState.UNKNOWN:
            return [MembershipDifference(group, MembershipChange.UNKNOWN, "", one.reason)]
    if truth.state is GroupState.MISSING:
        return [MembershipDifference(group, MembershipChange.MISSING_GROUP, "", "the identity provider has none")]
    if truth.state is GroupState.ANOTHER:
        return [MembershipDifference(group, MembershipChange.MISSING_GROUP, "", truth.reason)]
    if seen.state is GroupState.ANOTHER:
        return [MembershipDifference(group, MembershipChange.ANOTHER_GROUP, "", seen.reason)]
    if seen.state is GroupState.MISSING:
        return [MembershipDifference(group, MembershipChange.NOT_PROVISIONED, "", "not brought to Databricks")]
    if truth.id and seen.id and truth.id != seen.id:
        detail = f"it is {seen.id}; the identity provider's is {truth.id}"
        return [MembershipDifference(group, MembershipChange.ANOTHER_GROUP, "", detail)]
    if not seen.listed:
        return []
    missing = [one for one in truth.people if not any(one.is_same(there) for there in seen.people)]
    extra = [one for one in seen.people if not any(one.is_same(there) for there in truth.people)]
    return [
        *(MembershipDifference(group, MembershipChange.MISSING_PERSON, one.name, "") for one in missing),
        *(MembershipDifference(group, MembershipChange.EXTRA_PERSON, one.name, "") for one in extra),
    ]
