"""Moves resources between the states of a project's stacks, such that a run that is killed in between loses nothing.

Every stack that takes something over is written first, with what it hands over still in it; then every stack that hands
something away. Until the second write is done, a file beside the states says what was begun.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rolecall.engine import journal
from rolecall.engine.moving import CONNECTION, Deployment, Source, Taken, TakeOver, rewrite, take_over
from rolecall.engine.state import States
from rolecall.engine.state_store import Exported, StateStore
from rolecall.errors import StateUnreadable, StateUnwritable


class StateMoves:
    """Moves resources between states.

    Args:
        states: the states of the backend.
        store_for: returns what reads and writes the states of some stacks there.
    """

    def __init__(self, states: States, store_for: Callable[[Collection[str]], StateStore]) -> None:
        self._states, self._store_for = states, store_for

    def pending(self, wanted: Iterable[TakeOver]) -> list[TakeOver]:
        """Return those that a state still has where they were, and those that a killed run had begun to move.

        Raises:
            StateUnreadable: a state cannot be read.
        """
        asked = [*wanted, *self._begun()]
        names: dict[str, set[tuple[str, str]]] = {}
        for stack in {source.stack for one in asked for source in one.sources}:
            state = self._states.read(stack)
            names[stack] = {(one.type, one.name) for one in state.resources} if state is not None else set()
            names[stack] |= {(CONNECTION, one) for one in state.settings} if state is not None else set()
        found = [one for one in asked if any((one.type, each.name) in names[each.stack] for each in one.sources)]
        return list(dict.fromkeys(found))

    def apply(self, wanted: Sequence[TakeOver]) -> list[Taken]:
        """Move what is wanted; return what was moved.

        Raises:
            EngineFailed: a state is invalid, locked or cannot be written; those written before it contain everything.
            StateUnwritable: what is begun cannot be noted; nothing is moved then.
        """
        stacks = {one.stack for one in wanted} | {source.stack for one in wanted for source in one.sources}
        there = {stack for stack in sorted(stacks) if self._states.read(stack) is not None}
        store = self._store_for(stacks)
        with store.locked(stacks):
            read = {stack: store.read(stack) for stack in sorted(there)}
            # An engine that was killed while it created a stack has left a state with nothing in it.
            exported = {stack: payload for stack, payload in read.items() if payload["deployment"]}
            after = {stack: copy.deepcopy(payload["deployment"]) for stack, payload in exported.items()}
            moves = take_over(after, self._states.project, wanted)
            if moves:
                self._note([move.wanted for move in moves])
                self._write(store, exported, after, moves)
            self._forget()
            return moves

    def _write(
        self, store: StateStore, exported: Mapping[str, Exported], after: Mapping[str, Deployment], moves: list[Taken]
    ) -> None:
        """Write every stack that receives resources, then every stack that hands them over."""
        targets = sorted({move.wanted.stack for move in moves})
        sources = sorted({move.source.stack for move in moves} - {one for one in targets if one not in exported})
        any_other = next(iter(exported.values()))
        written: dict[str, Deployment] = {}
        for stack in targets:
            before = exported.get(stack, any_other)
            written[stack] = _with_given_away(
                exported[stack]["deployment"] if stack in exported else None, after[stack]
            )
            store.write(stack, {**before, "deployment": written[stack]})
        for stack in sources:
            if written.get(stack) != after[stack]:
                store.write(stack, {**exported[stack], "deployment": after[stack]})

    def remove(self, stack: str) -> None:
        """Remove a stack whose state holds nothing outside any more; its configuration stays."""
        state = self._states.read(stack)
        if state is not None and not state.pending and not any(one.custom for one in state.resources):
            self._store_for([]).remove(stack)

    @property
    def _file(self) -> Path | None:
        beside = journal.file_of(self._states.backend, self._states.project, "")
        return beside.with_name(".moves.json") if beside is not None else None

    def _begun(self) -> list[TakeOver]:
        if self._file is None or not self._file.exists():
            return []
        try:
            payload = json.loads(self._file.read_text(encoding="utf-8"))
            return [
                TakeOver(one["stack"], one["type"], one["name"], tuple(Source(**each) for each in one["sources"]))
                for one in payload
            ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            what = f"{self._file}, which notes what a run was moving between stacks, cannot be read: {error}"
            how = (
                "Check which of the two stacks has what was moved (`pulumi stack export`), then remove the file. "
                "Nothing was changed."
            )
            raise StateUnreadable(what, how) from error

    def _note(self, wanted: Sequence[TakeOver]) -> None:
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new = self._file.with_name(".moves.json.new")
            new.write_text(json.dumps([asdict(one) for one in wanted]), encoding="utf-8")
            new.replace(self._file)
        except OSError as error:
            how = "Nothing was moved. Make room, or make the place writable, and run it again."
            raise StateUnwritable(f"the moves between stacks cannot be recorded: {error}", how) from error

    def _forget(self) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)


def _with_given_away(before: Deployment | None, after: Deployment) -> Deployment:
    """Return a deployment after a move, with what it hands over still in it."""
    held = {one["urn"] for one in after.get("resources") or []}
    renamed = {one.get("id") for one in after.get("resources") or [] if one.get("id")}
    lost = [
        one
        for one in (before or {}).get("resources") or []
        if one["urn"] not in held and (not one.get("id") or one["id"] not in renamed)
    ]
    known = held | {one["urn"] for one in lost}
    kept = copy.deepcopy([one for one in lost if not one.get("parent") or one["parent"] in known])
    for one in kept:
        rewrite(one, {}, known)
    return {**after, "resources": [*(after.get("resources") or []), *kept]}
