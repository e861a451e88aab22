"""What a subject loses on a list that no state has."""

from __future__ import annotations

from rolecall.ids.ids import GroupId
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import ASSIGNMENT, GRANTS, PERMISSIONS
from rolecall.slices.unrecorded_list import UnrecordedList
from rolecall.systems.databricks.list_entries import ListAddress

DEPLOYER = "d3e8cb4f-794d-4b81-ad63-165c2b5c44f7"


def lost(
    token: str, live: dict[str, set[str]], kept: dict[str, set[str]], kind: Kind | None = None, **known: set[str]
) -> dict[str, set[str]]:
    left, recorded = ({name: frozenset(words) for name, words in each.items()} for each in (kept, known))
    listed = UnrecordedList(GroupId("any"), "any", "any", ListAddress(token, "any/any"), left, recorded, kind)
    return listed.lost(live, DEPLOYER)


def test_subjects_and_words_that_the_contract_does_not_grant_are_lost() -> None:
    live = {"analysts": {"READ_FILES", "WRITE_FILES"}, "readers": {"READ_FILES"}}
    found = lost(GRANTS.token, live, {"analysts": {"READ_FILES"}})
    assert found == {"analysts": {"WRITE_FILES"}, "readers": {"READ_FILES"}}


def test_what_is_granted_already_is_not_lost_whatever_its_letters() -> None:
    assert lost(GRANTS.token, {"Analysts": {"READ_FILES"}}, {"analysts": {"READ_FILES", "WRITE_FILES"}}) == {}


def test_what_a_state_has_is_not_lost_silently() -> None:
    assert lost(GRANTS.token, {"readers": {"READ_FILES"}}, {}, readers={"READ_FILES"}) == {}


def test_a_privilege_that_has_others_replaces_them_but_not_those_beside_it() -> None:
    live = {"analysts": {"SELECT", "MANAGE"}}
    assert lost(GRANTS.token, live, {"analysts": {"ALL_PRIVILEGES"}}) == {"analysts": {"MANAGE"}}


def test_a_higher_level_has_the_lower_ones() -> None:
    raised = lost(PERMISSIONS.token, {"a": {"CAN_VIEW"}}, {"a": {"CAN_MANAGE"}}, Kind.JOB)
    lowered = lost(PERMISSIONS.token, {"a": {"CAN_MANAGE"}}, {"a": {"CAN_VIEW"}}, Kind.JOB)
    unknown = lost(PERMISSIONS.token, {"a": {"CAN_DO_NEW"}}, {"a": {"CAN_MANAGE"}}, Kind.JOB)
    assert (raised, lowered, unknown) == ({}, {"a": {"CAN_MANAGE"}}, {"a": {"CAN_DO_NEW"}})
    assert lost(ASSIGNMENT.token, {"a": {"ADMIN"}}, {"a": {"USER"}}, Kind.WORKSPACE) == {"a": {"ADMIN"}}
    assert lost(ASSIGNMENT.token, {"a": {"USER"}}, {"a": {"ADMIN"}}, Kind.WORKSPACE) == {}


def test_the_deployers_own_entry_does_not_count() -> None:
    assert lost(GRANTS.token, {DEPLOYER: {"MANAGE"}, f"servicePrincipals/{DEPLOYER}": {"x"}}, {}) == {}
