"""A run that is killed between two writes of states loses nothing, and the next one goes on."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from rolecall.engine.run import Engine
from rolecall.engine.state import States
from rolecall.engine.state_files import StateFiles
from rolecall.engine.state_moves import StateMoves
from rolecall.engine.state_store import EngineStore, StateStore
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
        self.states = States(f"file://{folder}", "rolecall", Path("pulumi"), folder, {})
        self.writes_left = 99

    def select(self, stack: str) -> None:
        self.put(stack, {"manifest": {}})

    def command(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None, text: str | None = None
    ) -> str:
        stack = arguments[-1]
        if arguments[1] == "export":
            return json.dumps({"version": 3, "deployment": self.of(stack)})
        assert text is not None
        self.write(stack, json.loads(text))
        return ""

    def write(self, stack: str, exported: dict[str, Any]) -> None:
        if self.writes_left == 0:
            raise Killed
        self.writes_left -= 1
        whole(exported["deployment"])
        self.put(stack, exported["deployment"])

    def put(self, stack: str, told: dict[str, Any]) -> None:
        (self.folder / f"{stack}.json").write_text(json.dumps({"version": 3, "checkpoint": {"latest": told}}))

    def of(self, stack: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.folder / f"{stack}.json").read_text())["checkpoint"]["latest"]
        return told

    def with_engine(self, stacks: Collection[str]) -> StateStore:
        del stacks
        return EngineStore(self, self.states)

    def in_files(self, stacks: Collection[str]) -> StateStore:
        del stacks
        return KillableFiles(self)


class KillableFiles(StateFiles):
    """Counts its writes, and is killed instead of one of them."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend.folder)
        self._backend = backend

    def write(self, stack: str, exported: dict[str, Any]) -> None:
        self._backend.write(stack, exported)
        super().write(stack, exported)


@pytest.fixture(params=["with the engine", "in files"])
def moves(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Backend, StateMoves]:
    backend = Backend(tmp_path)
    store = backend.with_engine if request.param == "with the engine" else backend.in_files
    return backend, StateMoves(backend.states, store)


@pytest.mark.parametrize("writes", [0, 1])
def test_killed_between_the_writes_the_next_run_goes_on(moves: tuple[Backend, StateMoves], writes: int) -> None:
    backend, mover = moves
    first = deployment("dev.a", job("dev.a", "a-train", "7"), job("dev.a", "a-score", "8"))
    backend.put("dev.a", copy.deepcopy(first))
    backend.writes_left = writes
    with pytest.raises(Killed):
        mover.apply(mover.pending([WANTED]))
    assert ids(backend.of("dev.a")) == {"a-train": "7", "a-score": "8"}, "nothing is given away before it is taken over"
    backend.writes_left = 99
    # The next run goes on, even where the contract does not say any more what it was renamed from.
    (begun,) = mover.pending([])
    assert begun == WANTED
    mover.apply([begun])
    assert ids(backend.of("dev.a")) == {"a-score": "8"}
    assert ids(backend.of("dev.b")) == {"b-train": "7"}
    assert mover.pending([WANTED]) == []


def test_nothing_is_moved_where_that_cannot_be_noted(moves: tuple[Backend, StateMoves], tmp_path: Path) -> None:
    backend, mover = moves
    backend.put("dev.a", deployment("dev.a", job("dev.a", "a-train", "7")))
    (tmp_path / ".pulumi" / "rolecall" / "rolecall" / ".moves.json.new").mkdir(parents=True)
    with pytest.raises(StateUnwritable):
        mover.apply([WANTED])
    assert ids(backend.of("dev.a")) == {"a-train": "7"}
