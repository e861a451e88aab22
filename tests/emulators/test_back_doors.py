"""Back doors of every row of live access, opened in an emulated world without an engine, and named by parity."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.parity.report import Finding
from tests.support.hand_world import hand_world
from tests.support.more_back_doors import DOORS, HARMLESS, Door


def opens(door: Door, finding: Finding) -> bool:
    about = f"{finding.about} {finding.subject}"
    return door.names in about and door.says in f"{finding.live} {finding.given}"


def test_every_back_door_is_named_with_what_closes_it_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hand_world(tmp_path, monkeypatch) as world:
        assert world.findings() == [], "a world as declared is equal"
        for make in HARMLESS:
            make(world)
        assert world.findings() == [], "what reaches nothing of the contract is no finding"
        for door in DOORS:
            door.open(world)
        report = world.parity()
        assert report.not_read == ()
        assert report.exit_code == 1
        assert [door.names for door in DOORS if not any(opens(door, one) for one in report.findings)] == []
        others = [one for one in report.findings if not any(opens(door, one) for door in DOORS)]
        assert [(one.about, one.subject, one.live) for one in others] == [], "no false alarm"
        assert [one.about for one in report.findings if not one.how] == []
