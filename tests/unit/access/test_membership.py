"""Who is in which group: comparing two systems, and taking nesting apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.access.membership import (
    GroupState,
    Members,
    MembershipChange,
    Person,
    included,
    membership_differences,
)
from rolecall.contract.group import Group

PEOPLE = st.sets(st.integers(0, 20).map(lambda number: Person(f"id{number}", f"p{number}@example.com")), max_size=12)


def group(people: set[Person], *, listed: bool = True) -> Members:
    return Members(GroupState.PRESENT, "g1", tuple(sorted(people)), "group", listed=listed)


@given(PEOPLE, PEOPLE)
def test_differences_are_exactly_who_is_missing_and_who_is_too_many(source: set[Person], other: set[Person]) -> None:
    found = membership_differences({"group": group(source)}, {"group": group(other)})
    missing = {one.person for one in found if one.change is MembershipChange.MISSING_PERSON}
    extra = {one.person for one in found if one.change is MembershipChange.EXTRA_PERSON}
    assert missing == {one.name for one in source - other}
    assert extra == {one.name for one in other - source}
    assert len(found) == len(missing) + len(extra)


@given(PEOPLE)
def test_a_renamed_person_is_the_same_and_one_without_id_goes_by_name(people: set[Person]) -> None:
    renamed = {Person(one.id, f"new-{one.name}") for one in people}
    assert membership_differences({"group": group(people)}, {"group": group(renamed)}) == []
    nameless = {Person("", one.name.upper()) for one in people}
    assert membership_differences({"group": group(people)}, {"group": group(nameless)}) == []
    others = {Person(f"another-{one.id}", one.name) for one in people}
    found = membership_differences({"group": group(people)}, {"group": group(others)})
    assert len(found) == 2 * len(people), "somebody else under the same name is somebody else"


@pytest.mark.parametrize(
    ("source", "other", "change"),
    [
        (group(set()), Members(GroupState.MISSING), MembershipChange.NOT_PROVISIONED),
        (group(set()), None, MembershipChange.NOT_PROVISIONED),
        (group(set()), Members(GroupState.UNKNOWN, reason="no answer"), MembershipChange.UNKNOWN),
        (Members(GroupState.UNKNOWN, reason="no answer"), group(set()), MembershipChange.UNKNOWN),
        (Members(GroupState.MISSING), group(set()), MembershipChange.MISSING_GROUP),
        (Members(GroupState.ANOTHER, reason="g2"), group(set()), MembershipChange.MISSING_GROUP),
        (group(set()), Members(GroupState.ANOTHER, reason="g2"), MembershipChange.ANOTHER_GROUP),
        (group(set()), Members(GroupState.PRESENT, "g2"), MembershipChange.ANOTHER_GROUP),
        (group({Person("1", "a")}), group(set(), listed=False), None),
        (group(set()), group(set()), None),
    ],
)
def test_states_of_groups(source: Members, other: Members | None, change: MembershipChange | None) -> None:
    found = membership_differences({"group": source}, {"group": other} if other else {})
    assert [one.change for one in found] == ([change] if change else [])


def test_inclusion_through_several_levels_and_rings() -> None:
    groups = {
        "all": Group(managed=True, includes=["teams", "leads"]),
        "teams": Group(managed=True, includes=["one", "two"]),
        "leads": Group(managed=True, includes=["one"]),
        "one": Group(external="1"),
        "two": Group(external="2"),
    }
    assert included(groups, "all") == ["leads", "one", "teams", "two"]
    assert included(groups, "one") == []
    ring = {"a": Group(managed=True, includes=["b"]), "b": Group(managed=True, includes=["a"])}
    assert included(ring, "a") == ["a", "b"]
