"""What an engine that somebody runs by hand was told about packs."""

from __future__ import annotations

import pytest

from rolecall.deploy.plain_engine import packs_named


@pytest.mark.parametrize(
    ("arguments", "packs"),
    [
        (["pulumi", "up"], []),
        (["pulumi", "up", "--policy-pack", "a"], ["a"]),
        (["pulumi", "up", "--policy-pack=a", "--policy-pack", "b"], ["a", "b"]),
        (["pulumi", "up", "--policy-pack=a,b"], ["a", "b"]),
        (["pulumi", "up", "--policy-pack-config=a"], []),
        (["pulumi", "up", "--policy-pack"], []),
    ],
)
def test_packs_are_read_from_the_command_line(arguments: list[str], packs: list[str]) -> None:
    assert [*packs_named(arguments)] == packs
