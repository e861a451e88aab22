"""A run that is killed between two writes of states loses nothing, and the next one goes on."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rolecall.engine.run import Engine
from rolecall.engine.state import States
from rolecall.engine.state_moves import StateMoves
from rolecall.errors import StateUnwritable
from tests.unit.engine.test_moving import WANTED, deployment, ids, job, whole


class Killed(Exception):
    pass


class Backend(Engine):
    """Keeps states as the engine does, and is killed instead of one of its writes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Path("pulumi"), {})
        self.folder = folder / ".pulumi" / "stacks" / "rolecall"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.writes_left = 99

    def select(self, stack: str) -> None:
        self.put(stack, {"manifest": {}})

    def command(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None, text: str | None = None
    ) -> str:
        stack = arguments[-1]
        if arguments[1] == "export":
            return json.dumps({"version": 3, "deployment": self.of(stack)})
        if self.writes_left == 0:
            raise Killed
        self.writes_left -= 1
        assert text is not None
        told = json.loads(text)["deployment"]
        whole(told)
        self.put(stack, told)
        return ""

    def put(self, stack: str, told: dict[str, Any]) -> None:
        (self.folder / f"{stack}.json").write_text(json.dumps({"version": 3, "checkpoint": {"latest": told}}))

    def of(self, stack: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.folder / f"{stack}.json").read_text())["checkpoint"]["latest"]
        return told


@pytest.mark.parametrize("writes", [0, 1])
def test_killed_between_the_writes_the_next_run_goes_on(tmp_path: Path, writes: int) -> None:
    engine = Backend(tmp_path)
    first = deployment("dev.a", job("dev.a", "a-train", "7"), job("dev.a", "a-score", "8"))
    engine.put("dev.a", copy.deepcopy(first))
    moves = StateMoves(engine, States(f"file://{tmp_path}", "rolecall", Path("pulumi"), tmp_path, {}))
    engine.writes_left = writes
    with pytest.raises(Killed):
        moves.apply(moves.pending([WANTED]))
    assert ids(engine.of("dev.a")) == {"a-train": "7", "a-score": "8"}, "nothing is given away before it is taken over"
    engine.writes_left = 99
    # The next run goes on, even where the contract does not say any more what it was renamed from.
    (begun,) = moves.pending([])
    assert begun == WANTED
    moves.apply([begun])
    assert ids(engine.of("dev.a")) == {"a-score": "8"}
    assert ids(engine.of("dev.b")) == {"b-train": "7"}
    assert moves.pending([WANTED]) == []


def test_nothing_is_moved_where_that_cannot_be_noted(tmp_path: Path) -> None:
    engine = Backend(tmp_path)
    engine.put("dev.a", deployment("dev.a", job("dev.a", "a-train", "7")))
    (tmp_path / ".pulumi" / "rolecall" / "rolecall" / ".moves.json.new").mkdir(parents=True)
    moves = StateMoves(engine, States(f"file://{tmp_path}", "rolecall", Path("pulumi"), tmp_path, {}))
    with pytest.raises(StateUnwritable):
        moves.apply([WANTED])
    assert ids(engine.of("dev.a")) == {"a-train": "7"}
