"""The state and the systems that an earlier version left: a later one takes them as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.documents import stacks
from tests.support.live import live
from tests.support.recorded import replayed

pytestmark = pytest.mark.engine
# Operations of the engine that end one resource and, for a replacement, begin another.
LOSSES = {"delete", "replace", "delete-replaced", "create-replacement", "discard-replaced"}


@pytest.mark.parametrize("name", ["okta", "entra"])
def test_an_upgrade_replaces_and_deletes_nothing(tmp_path: Path, name: str) -> None:
    with replayed(name, tmp_path / "project") as (running, project):
        before = live(running)
        previewed = project.rolecall("preview", "--format", "json")
        assert previewed.returncode == 0, previewed.stdout + previewed.stderr
        outcomes = stacks(previewed.stdout)
        assert sum(one["changes"].get("same", 0) for one in outcomes.values()) > 10, "the state was read"
        for told in (outcomes, project.deployed("up")):
            changes = {stack: one["changes"] for stack, one in told.items()}
            assert not [stack for stack, one in changes.items() if one.keys() & {*LOSSES, "create"}], changes
        assert live(running) == before
        told = json.loads(project.rolecall("parity", "--format", "json").stdout)
        assert told["equal"] is True, told["findings"]
        again = project.deployed("up", "--every-stack")
        assert {kind for one in again.values() for kind in one["changes"]} == {"same"}, again
        assert live(running) == before
