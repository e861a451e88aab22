"""The journal of each stack that is being deployed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress

from rolecall.deploy.lost_states import MARKED
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.session import Session
from rolecall.engine.events import Outcome
from rolecall.engine.journal import ONE_WRITE, Journal
from rolecall.errors import StateUnreadable, StateUnwritable
from rolecall.slices.owner import owner_of
from rolecall.slices.slice import Slice
from rolecall.systems.databricks.adoption import IDENTIFYING


class Journals:
    """Opens and closes journals.

    Attributes:
        by_stack: the open journals, by stack.
    """

    def __init__(self) -> None:
        self.by_stack: dict[str, Journal] = {}
        self._failed: dict[str, Collection[tuple[str, str]]] = {}
        self._unfinished: set[str] = set()

    def record(self, stack: str, outcome: Outcome) -> None:
        """Record the failed creates of a run: the service may have created the object although its answer was lost."""
        self._failed[stack] = [(one.type, one.name) for one in outcome.unanswered if one.type in MARKED]
        if not outcome.fine:
            self._unfinished.add(stack)

    @contextmanager
    def open(self, session: Session, operation: str, step: Step) -> Iterator[Mapping[str, str]]:
        """Keep a stack's journal while its engine runs, and yield more environment variables for the engine.

        The state of a new stack is written once, at the end; the journal has its resources meanwhile. The state of
        `account` is written at every step, because some of its resources cannot be found again by name. Afterwards the
        journal of any stack keeps only the failed creates, whose objects the next run looks for and adopts. Where state
        is no local file, it is written at every step, and failed creates are noted in it.
        """
        if step.slice is None or operation != "up":
            yield {}
            return
        try:
            yield from self._kept(session, step, step.slice)
        finally:
            # What a first run has left behind must be known as ours when the contract has it no more. Where that cannot
            # be noted, the run's own failure is what people have to read; parity names such a stack.
            with suppress(StateUnreadable, StateUnwritable):
                if step.stack in self._unfinished:
                    session.states.own(step.stack, owner_of(session.compiled.contract, step.slice))
            self._unfinished.discard(step.stack)

    def _kept(self, session: Session, step: Step, declared: Slice) -> Iterator[Mapping[str, str]]:
        path = session.states.journal_file(step.stack)
        if path is None:
            yield from self._in_backend(session, step.stack)
            return
        new = step.why is Why.NEW and declared.environment is not None
        journal = self.by_stack[step.stack] = Journal(path, IDENTIFYING, checkpoints=not new)
        journal.begin(session.compiled.contract.organization)
        before = session.states.written(step.stack)
        try:
            yield {ONE_WRITE: "true"} if new else {}
        finally:
            del self.by_stack[step.stack]
            failed = self._failed.pop(step.stack, [])
            if not new or session.states.written(step.stack) != before:
                # On a full disk the journal stays as it is; the next run does not find what is too much in it.
                with suppress(StateUnwritable):
                    journal.keep(failed)

    def _in_backend(self, session: Session, stack: str) -> Iterator[Mapping[str, str]]:
        journal = self.by_stack[stack] = Journal(None, IDENTIFYING)
        journal.begin(session.compiled.contract.organization)
        try:
            yield {}
        finally:
            del self.by_stack[stack]
            if kept := journal.entries_of(self._failed.pop(stack, [])):
                session.states.keep_failed(stack, kept)
