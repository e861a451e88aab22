"""Order in which things go: nothing of the account's stack goes before what needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rolecall.deploy.plan import Step
from rolecall.engine.events import Outcome, ResourceStep
from rolecall.stack_names import ACCOUNT_STACK


def kept_at_first(steps: Sequence[Step], previews: Mapping[str, Outcome]) -> list[str]:
    """Return what the account's stack deletes only once all other stacks are done, by its names in the engine.

    A catalog goes after the schemas in it, a group's assignment to a workspace after what the group holds there.

    Args:
        steps: the stacks of the run.
        previews: what previews said.
    """
    previewed = previews.get(ACCOUNT_STACK)
    if previewed is None or not any(step.stack != ACCOUNT_STACK and step.runs for step in steps):
        return []
    return list(dict.fromkeys(previewed.deleted))


def failed_before(outcomes: Mapping[str, Outcome]) -> str:
    """Return why the account's stack must not delete anything yet: the stacks that did not come to their end."""
    failed = sorted(stack for stack, outcome in outcomes.items() if stack != ACCOUNT_STACK and not outcome.fine)
    return f"what is deleted last waits for {', '.join(failed)}" if failed else ""


def both(first: Outcome, last: Outcome) -> Outcome:
    """Return what came of two runs of one stack, the second of which only deletes."""
    changes = dict(last.changes)
    for operation, count in first.changes.items():
        if operation not in ("same", "read"):
            changes[operation] = changes.get(operation, 0) + count
    return replace(
        last,
        changes=changes,
        warnings=[*dict.fromkeys([*first.warnings, *last.warnings])],
        finished=[*first.finished, *last.finished],
        resource_changes=[*first.resource_changes, *last.resource_changes],
        seconds=first.seconds + last.seconds,
        ran=first.ran or last.ran,
    )


def held_back(first: Outcome, reason: str, previewed: Outcome) -> Outcome:
    """Return what came of the account's stack where nothing of it could be deleted yet."""
    left: list[ResourceStep] = [one for one in previewed.begun if one.operation == "delete"]
    return replace(first, not_run=reason, undone=[*first.undone, *left])
