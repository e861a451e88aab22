"""What the first deployment of a list that is managed elsewhere would revoke."""

from __future__ import annotations

from rolecall.deploy.first_lists import revoked
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, Subject, SubjectType

ANALYSTS, READERS = GroupId("analysts"), LiveSubject(SubjectType.GROUP, "readers")


def test_subjects_and_words_that_the_contract_does_not_grant_are_revoked() -> None:
    live: dict[Subject, set[str]] = {ANALYSTS: {"READ_FILES", "WRITE_FILES"}, READERS: {"READ_FILES"}}
    assert revoked(live, {ANALYSTS: ["READ_FILES"]}) == {ANALYSTS: {"WRITE_FILES"}, READERS: {"READ_FILES"}}


def test_what_is_granted_already_is_not_revoked() -> None:
    assert revoked({ANALYSTS: {"READ_FILES"}}, {ANALYSTS: ["READ_FILES", "WRITE_FILES"]}) == {}


def test_the_deployers_own_entry_does_not_count() -> None:
    assert revoked({DeployerId("d3e8cb4f-794d-4b81-ad63-165c2b5c44f7"): {"MANAGE"}}, {}) == {}
