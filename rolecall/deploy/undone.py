"""Which changes a failed run has still to make, and which command makes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rolecall.deploy.deployment import Deployment
from rolecall.engine.events import Outcome, ResourceStep, Status
from rolecall.engine.stack_state import StackState
from rolecall.errors import ExitCode
from rolecall.stack_names import ACCOUNT_STACK

# What a run would do to a resource that is there, and that it did not come to: only the engine can compare it.
NOT_COMPARED = "not compared"
GRAVEST_FIRST = (
    *(ExitCode.DEFECT, ExitCode.UNREACHABLE, ExitCode.FAILED, ExitCode.INVALID, ExitCode.INTERRUPTED),
    ExitCode.FINDINGS,
)


def undone(
    outcome: Outcome,
    state: StackState | None,
    declared: Sequence[tuple[str, str]] | None,
    planned: Sequence[ResourceStep] | None,
) -> list[ResourceStep]:
    """Return the changes that a failed run did not make, in the order in which they would have been made.

    Args:
        outcome: the run.
        state: the state before it; None where there was none.
        declared: type and name of everything that its program declares; None where it has declared nothing yet.
        planned: what a preview right before it said it would do; None where there was none.
    """
    done = set(outcome.finished)
    known = list(dict.fromkeys([*(planned or ()), *outcome.begun]))
    if planned is None:
        mentioned = {(one.type, one.name) for one in (*known, *outcome.finished)}
        known += [one for one in _unreached(state, declared) if (one.type, one.name) not in mentioned]
    return [one for one in known if one not in done]


def _unreached(state: StackState | None, declared: Sequence[tuple[str, str]] | None) -> Iterator[ResourceStep]:
    present = {(one.type, one.name) for one in state.resources} if state is not None else set()
    for kind, name in dict.fromkeys(declared or ()):
        yield ResourceStep(NOT_COMPARED if (kind, name) in present else "create", kind, name)
    if declared is not None:
        for kind, name in sorted(present - set(declared)):
            yield ResourceStep("delete", kind, name)


def next_command(deployment: Deployment, outcomes: Mapping[str, Outcome], environments: Collection[str]) -> str | None:
    """Return the command that goes on from where a run has ended; None where all of it went well.

    Args:
        deployment: what was to be done.
        outcomes: what became of each stack.
        environments: the contract's environments, in their order.
    """
    parts = {environment_of(stack) for stack, outcome in outcomes.items() if not outcome.fine}
    if not parts:
        return None
    names = [*deployment.environments]
    if ACCOUNT_STACK not in parts:
        names = [name for name in names or environments if environment_of(name) in parts]
        if not deployment.environments and (set(names) != parts or len(names) == len(environments)):
            # Everything, or also what the contract has no more.
            names = []
    flags = [f"--policy-pack {pack}" for pack in deployment.packs]
    flags += ["--refresh"] if deployment.refresh else []
    return " ".join(["rolecall", str(deployment.operation), *names, *flags])


def environment_of(stack: str) -> str:
    """Return the environment of a stack, or `account`: a stack is called ENVIRONMENT or ENVIRONMENT.PROJECT."""
    return stack.partition(".")[0]


def without_numbers(outcome: Outcome, reason: str) -> Outcome:
    """Return what became of a stack that was previewed and then not run: no number of the preview counts as done."""
    return Outcome(
        warnings=outcome.warnings,
        violations=outcome.violations,
        ran=False,
        not_run=reason,
        planned=outcome.changes,
        undone=[*outcome.begun],
        seconds=outcome.seconds,
    )


def blocked_before(outcome: Outcome) -> Outcome:
    """Return what became of a stack whose preview failed, so that it was not run."""
    return replace(outcome, preview=False, changes={}, planned=outcome.changes, finished=[], undone=[*outcome.begun])


def exit_code_of(outcomes: Iterable[Outcome]) -> int:
    """Return the exit code of a run: that of the gravest outcome. A blocked stack is a finding."""
    codes = {ExitCode.FINDINGS if one.status is Status.BLOCKED else one.exit_code for one in outcomes if one.exit_code}
    return next((code for code in GRAVEST_FIRST if code in codes), ExitCode.FAILED if codes else ExitCode.FINE)
