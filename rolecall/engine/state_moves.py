"""Moves resources between the states of a project's stacks, such that a run that is killed in between loses nothing.

Every stack that takes something over is written first, with what it hands over still in it; then every stack that hands
something away. Until the second write is done, a file beside the states says what was begun.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rolecall.engine import journal
from rolecall.engine.moving import CONNECTION, Deployment, Source, Taken, TakeOver, rewrite, take_over
from rolecall.engine.run import Engine
from rolecall.engine.state import States
from rolecall.errors import StateUnreadable, StateUnwritable


class StateMoves:
    """Moves resources between states.

    Args:
        engine: runs the engine's commands, on the backend that is meant.
        states: the states there.
    """

    def __init__(self, engine: Engine, states: States) -> None:
        self._engine, self._states = engine, states

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
            EngineFailed: the engine does not take a state; those that were written before hold everything.
            StateUnwritable: what is begun cannot be noted; nothing is moved then.
        """
        stacks = {one.stack for one in wanted} | {source.stack for one in wanted for source in one.sources}
        there = {stack for stack in sorted(stacks) if self._states.read(stack) is not None}
        exported = {stack: self._export(stack) for stack in sorted(there)}
        before = {stack: payload["deployment"] for stack, payload in exported.items()}
        after = copy.deepcopy(before)
        moves = take_over(after, self._states.project, wanted)
        if not moves:
            self._forget()
            return []
        targets = sorted({move.wanted.stack for move in moves})
        sources = sorted({move.source.stack for move in moves} - {one for one in targets if one not in there})
        self._note([move.wanted for move in moves])
        version = next(iter(exported.values()))["version"]
        written: dict[str, Deployment] = {}
        for stack in targets:
            if stack not in there:
                self._engine.select(stack)
            written[stack] = _with_given_away(before.get(stack), after[stack])
            self._import(stack, version, written[stack])
        for stack in sources:
            if written.get(stack) != after[stack]:
                self._import(stack, version, after[stack])
        self._forget()
        return moves

    def remove(self, stack: str) -> None:
        """Remove a stack whose state holds nothing outside any more; its configuration stays."""
        state = self._states.read(stack)
        if state is not None and not state.pending and not any(one.custom for one in state.resources):
            self._engine.command(["stack", "rm", stack, "--yes", "--force", "--preserve-config"])

    def _export(self, stack: str) -> dict[str, Any]:
        # Each stack encrypts with a key of its own: what moves is re-encrypted by the receiving stack.
        payload: dict[str, Any] = json.loads(
            self._engine.command(["stack", "export", "--show-secrets", "--stack", stack])
        )
        return payload

    def _import(self, stack: str, version: int, deployment: Deployment) -> None:
        text = json.dumps({"version": version, "deployment": deployment})
        self._engine.command(["stack", "import", "--stack", stack], text=text)

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
                "Look which of two stacks holds what was moved (`pulumi stack export`), then remove the file. "
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
            raise StateUnwritable(f"what is moved between stacks cannot be noted: {error}", how) from error

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
