"""Refuses to reset or weaken a setting that protects a workspace or the account, unless the contract states it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from rolecall.contract.contract import Contract
from rolecall.contract.protective_settings import refusal_of, weakened
from rolecall.deploy.plan import Step
from rolecall.engine.events import Outcome, Violation
from rolecall.slices.settings import changed, settings_in, without_deleted_workspaces

RULE = "protective-settings-stay"


def refused_weakenings(
    steps: Sequence[Step], previews: Mapping[str, Outcome], contract: Contract, today: date
) -> Iterator[tuple[str, Violation]]:
    """Yield the protective settings that a run would reset or weaken, each with its stack.

    Args:
        steps: the run's stacks, with all that they hold now.
        previews: the outcomes of previews; a stack without one keeps its settings, unless the whole of it goes.
        contract: the contract, with its `removal_overrides`.
        today: the day on which an override has to hold.
    """
    for step in steps:
        if step.state is None:
            continue
        before = settings_in(step.state.resources)
        preview = previews.get(step.stack)
        after = {} if step.slice is None else changed(before, preview.watched_changes if preview else ())
        for weakening in weakened(without_deleted_workspaces(before, step.state, contract), after):
            message = refusal_of(weakening, contract.removal_overrides, today)
            if message is not None:
                yield step.stack, Violation(RULE, "rolecall", weakening.resource, message, mandatory=True)
