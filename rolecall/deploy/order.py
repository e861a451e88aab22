"""Which stacks need which others to have gone well: a failure stops those, and no others."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.deploy.departures import place_of
from rolecall.deploy.plan import Step
from rolecall.engine.events import Outcome, Status
from rolecall.slices.slice import place_named
from rolecall.stack_names import ACCOUNT_STACK


def blocker(
    step: Step,
    outcomes: Mapping[str, Outcome],
    *,
    destroying: bool = False,
    places: Mapping[str, tuple[str, str]] | None = None,
) -> str:
    """Return why a stack must not be run, or nothing.

    Projects need the account. Who may use an environment's catalog needs all of its projects, whose service principals
    it names. A stack that the contract has no more goes after what takes over from it. Where everything is destroyed,
    it is the other way round.

    Args:
        step: the stack.
        outcomes: what became of others so far.
        destroying: whether everything is deleted.
        places: environment and project of the stacks of the run, as far as they are known.
    """
    known = places or {}
    for stack, outcome in outcomes.items():
        if stack == step.stack or outcome.fine:
            continue
        if _needs(step, stack, known.get(stack) or place_named(stack), destroying=destroying):
            how = "was not run" if outcome.status is Status.NOT_RUN else f"{outcome.status}"
            return f"it needs {stack}, which {_WAS.get(outcome.status, how)}"
    return ""


_WAS = {Status.FAILED: "failed", Status.BLOCKED: "was blocked", Status.INTERRUPTED: "was interrupted"}


def _needs(step: Step, other: str, other_place: tuple[str, str], *, destroying: bool) -> bool:
    environment, project = place_of(step)
    its, other_project = other_place
    if destroying:
        return step.stack == ACCOUNT_STACK or (bool(project) and its == environment and not other_project)
    if other == ACCOUNT_STACK:
        return step.stack != ACCOUNT_STACK
    return its == environment and bool(other_project) and (step.slice is None or not project)
