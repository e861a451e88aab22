"""Which slices need a run of the engine, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rolecall.deploy.deployment import Operation
from rolecall.deploy.session import Session
from rolecall.engine.stack_state import StackState
from rolecall.errors import StateUnreadable
from rolecall.slices.group_names import has_recreated_groups
from rolecall.slices.slice import ACCOUNT, Slice, layers_of, place_named


class Why(StrEnum):
    """Why a slice is run, or that it is not."""

    NEW = "new"
    CHANGED = "changed"
    UNFINISHED = "unfinished"
    ASKED = "asked for"
    REMOVED = "not in the contract any more"
    UNREADABLE = "its state cannot be read"
    AS_DECLARED = "as declared"
    ABSENT = "not there"


@dataclass(frozen=True)
class Step:
    """A stack with what is known of it before a run.

    Attributes:
        stack: its name.
        slice: its slice; None where the contract has it no more.
        why: why it is run, or that it is not.
        state: its state; None where there is none.
        failure: why nothing is known of it; it is not run then.
    """

    stack: str
    slice: Slice | None
    why: Why
    state: StackState | None
    failure: StateUnreadable | None = None

    @property
    def runs(self) -> bool:
        """Return whether the engine has to run."""
        return self.why not in (Why.AS_DECLARED, Why.ABSENT, Why.UNREADABLE)


def size_of(step: Step) -> int:
    """Return about how many resources a run will go through."""
    return max(len(step.state.resources), step.state.declared) if step.state else 1


def steps_of(session: Session, layer: list[Slice]) -> list[Step]:
    """Return the steps of a layer; errors as those of `Session.lookups`."""
    return [_step(session, one) for one in layer]


def _step(session: Session, one: Slice) -> Step:
    try:
        state = read_state(session, one.stack)
    except StateUnreadable as error:
        return Step(one.stack, one, Why.UNREADABLE, None, error)
    if session.deployment.operation is Operation.DESTROY:
        there = state is not None and state.anything
        return Step(one.stack, one, Why.ASKED if there else Why.ABSENT, state)
    if state is None or not state.anything:
        return Step(one.stack, one, Why.NEW, state)
    if state.pending:
        return Step(one.stack, one, Why.UNFINISHED, state)
    recreated = one == ACCOUNT and has_recreated_groups(session.compiled.contract, session.lookups, state)
    if recreated or not state.holds(session.part(one).digest):
        return Step(one.stack, one, Why.CHANGED, state)
    asked = (
        session.asks_outside(one)
        or session.deployment.packs
        or session.deployment.refresh
        or session.deployment.all_slices
    )
    return Step(one.stack, one, Why.ASKED if asked else Why.AS_DECLARED, state)


def read_state(session: Session, stack: str) -> StackState | None:
    """Return the state of a stack; one that a killed run has left half written is put in order first.

    Raises:
        StateUnreadable: it is corrupt, and no killed run explains that.
    """
    try:
        return session.states.read(stack)
    except StateUnreadable:
        if stack not in session.interrupted:
            raise
        return session.states.restore(stack)


def removed(session: Session) -> Iterator[Step]:
    """Yield the stacks of this organization's contract that hold something the contract has no slice for any more."""
    contract = session.compiled.contract
    known = {one.stack for layer in layers_of(contract) for one in layer}
    names = session.deployment.environments
    for stack in session.states.stacks():
        if stack in known or (names and not any(stack == name or stack.startswith(f"{name}.") for name in names)):
            continue
        try:
            state = read_state(session, stack)
        except StateUnreadable as error:
            yield Step(stack, None, Why.UNREADABLE, None, error)
            continue
        there = state is not None and (state.resources or state.pending)
        if state is None or not there:
            continue
        if names and stack not in names and (state.slice or place_named(stack))[0] not in names:
            # Of an environment whose name begins as one that was asked for: `dev.eu`, not `dev`.
            continue
        # Without a successful run its owner is unknown: only its name identifies it.
        asked = session.deployment.operation is Operation.DESTROY and not state.organization and bool(names)
        if asked or state.organization == contract.organization:
            yield Step(stack, None, Why.REMOVED, state)
