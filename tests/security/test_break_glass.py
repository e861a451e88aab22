"""Emergency access: a contract names the group, or the reason for having none."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.access.effective import effective
from rolecall.ids.ids import GroupId
from rolecall.kinds.registry import BY_NAME
from tests.support.contracts import HEAD
from tests.support.repository import INCLUDE, ids, load, problems, repository

GROUP = "break_glass: {group: emergency}\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("", {"missing-key"}),
        ("break_glass:\n", {"wrong-value"}),
        ("break_glass: none\n", {"missing-key"}),
        ("break_glass: none\nbreak_glass_reason: ''\n", {"wrong-value"}),
        ("break_glass: nobody\nbreak_glass_reason: x\n", {"wrong-value"}),
        ("break_glass: {group: nobody}\n", {"unknown-group"}),
        (f"{GROUP}break_glass_reason: x\n", {"wrong-value"}),
    ],
)
def test_a_contract_never_leaves_it_out(tmp_path: Path, written: str, found: set[str]) -> None:
    assert GROUP in HEAD
    assert ids(problems(repository(tmp_path, head=INCLUDE + HEAD.replace(GROUP, written)))) == found


def test_none_is_said_with_a_reason(tmp_path: Path) -> None:
    head = INCLUDE + HEAD.replace(
        GROUP, "break_glass: none\nbreak_glass_reason: a sandbox that is made anew every day\n"
    )
    assert load(repository(tmp_path, head=head)).contract.break_glass is None


def test_the_group_holds_the_most_that_a_group_can_on_everything(tmp_path: Path) -> None:
    compiled = load(repository(tmp_path))
    access = effective(compiled.compilation.grants)
    assert access
    for target, held in access.items():
        assert held.get(GroupId("emergency")) is BY_NAME[target.kind].highest, target
