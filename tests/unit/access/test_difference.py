"""Differences between given and live access."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rolecall.access.difference import Change, differences
from rolecall.access.effective import Access, effective
from rolecall.access.grant import Grant
from rolecall.contract import Kind, Verb
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, Subject, SubjectType

JOB = ObjectId("dev", Kind.JOB, "a", "b")
subjects = st.builds(LiveSubject, st.sampled_from(SubjectType), st.sampled_from(["x", "y", "z"]))
held = st.dictionaries(subjects, st.sampled_from(Verb))


@given(held, held)
def test_every_difference_is_told_once_and_nothing_else(
    first: dict[Subject, Verb], second: dict[Subject, Verb]
) -> None:
    given_access: Access = {JOB: first}
    found = differences(given_access, {JOB: second})
    repaired = dict(second)
    for one in found:
        if one.given is None:
            del repaired[one.subject]
        else:
            repaired[one.subject] = one.given
    assert repaired == first
    assert len({one.subject for one in found}) == len(found)
    assert bool(found) == (first != second)


def test_each_sort_of_change() -> None:
    x, y, z = (GroupId(name) for name in "xyz")
    found = differences({JOB: {x: Verb.RUN, y: Verb.RUN}}, {JOB: {y: Verb.EDIT, z: Verb.VIEW}})
    assert {(str(one.subject), one.change) for one in found} == {
        ("x", Change.MISSING),
        ("y", Change.DIFFERENT),
        ("z", Change.EXTRA),
    }


def test_objects_that_only_the_system_has_are_not_the_contracts() -> None:
    assert not differences({}, {JOB: {GroupId("x"): Verb.RUN}})


def test_the_highest_verb_counts() -> None:
    x = GroupId("x")
    grants = [Grant(JOB, x, verb) for verb in (Verb.EDIT, Verb.VIEW, Verb.RUN)]
    assert effective(grants) == {JOB: {x: Verb.EDIT}}
