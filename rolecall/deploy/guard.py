"""No run takes away more than a third of an object's grants, unless the contract says that this is meant."""

from __future__ import annotations

from datetime import date

from rolecall.contract.contract import Contract
from rolecall.contract.removal_override import RemovalOverride as Written
from rolecall.deploy.session import Session
from rolecall.engine.events import Outcome, Violation
from rolecall.engine.holders import HoldersChange
from rolecall.engine.state import StackState
from rolecall.errors import RemovalRefused
from rolecall.slices.removals import removals
from rolecall.slices.slice import Slice
from rolecall.systems.removals import RemovalOverride, check_removals

RULE = "removals-need-an-override"


def guard_removals(outcome: Outcome, contract: Contract, today: date) -> None:
    """Make a failure of a preview that would take too much away; nothing is deployed then.

    Args:
        outcome: the preview.
        contract: the contract, with the overrides that it carries.
        today: the day on which an override has to hold.
    """
    for change in outcome.holders:
        violation = _violation(change, contract, today)
        if violation is not None:
            outcome.violations.append(violation)
            outcome.exit_code = outcome.exit_code or 1


def refused_removals(session: Session, one: Slice, state: StackState) -> Outcome | None:
    """Return the refusal of a slice that would take too much away, found without the engine; None where it may run.

    Args:
        session: the deployment.
        one: the slice.
        state: its stack.
    """
    found = [
        violation
        for change in removals(session.part(one), state)
        if (violation := _violation(change, session.compiled.contract, session.today)) is not None
    ]
    return Outcome(violations=found, exit_code=1, ran=False) if found else None


def _violation(change: HoldersChange, contract: Contract, today: date) -> Violation | None:
    override = next((one for one in contract.removal_overrides if _is_about(one, change)), None)
    written = (
        RemovalOverride(reason=override.reason, owner=override.owner, expires=override.expires) if override else None
    )
    kind = change.type.rpartition(":")[2]
    try:
        check_removals(f"{change.resource} ({kind})", change.before, change.after, written, today)
    except RemovalRefused as refused:
        message = f"{refused.what}\n{refused.how_to_go_on}"
        return Violation(RULE, "rolecall", change.resource, message, mandatory=True)
    return None


def _is_about(override: Written, change: HoldersChange) -> bool:
    return override.object is not None and override.object.replace("/", "-") == change.resource
