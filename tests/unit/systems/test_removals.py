"""How much one run may take away."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.errors import RemovalRefused
from rolecall.systems.removals import GUARDED_FROM, RemovalOverride, check_removals

TODAY = date(2026, 11, 20)
PEOPLE = st.sets(st.integers(0, 60).map(str), max_size=40)


def refused(before: set[str], after: set[str], override: RemovalOverride | None = None) -> bool:
    try:
        check_removals("members of a group", before, after, override, TODAY)
    except RemovalRefused as error:
        return "nothing was changed" in error.what
    return False


@given(PEOPLE, PEOPLE)
def test_more_than_a_third_or_everybody_needs_a_written_override(before: set[str], after: set[str]) -> None:
    gone = before - after
    too_many = len(before) >= GUARDED_FROM and len(gone) > len(before) / 3
    assert refused(before, after) is (too_many or (bool(gone) and not after))
    override = RemovalOverride(reason="split", owner="ada", expires=TODAY)
    assert not refused(before, after, override)


@given(PEOPLE, PEOPLE)
def test_adding_is_never_refused(before: set[str], more: set[str]) -> None:
    assert not refused(before, before | more)


def test_an_override_that_has_ended_does_not_count() -> None:
    override = RemovalOverride(reason="split", owner="ada", expires=date(2026, 11, 19))
    with pytest.raises(RemovalRefused, match="override of ada ended on 2026-11-19"):
        check_removals("members", ["one"], [], override, TODAY)
