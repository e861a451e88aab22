"""Who loses access by a run of plain Pulumi: named in its preview and before its first write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

from rolecall.contract.contract import Contract
from rolecall.deploy.closed_addresses import closed_addresses
from rolecall.deploy.guard import PRINCIPALS
from rolecall.deploy.plain_engine import departures, refuse_losses, require_packs
from rolecall.deploy.unrecorded_lists import SHOWN, hand_made_of_stack, losses_of_stack
from rolecall.engine.stack_state import StackState
from rolecall.errors import RolecallError, UsageError, explained
from rolecall.slices.group_names import names_now
from rolecall.slices.holders import holders_of
from rolecall.slices.listed_objects import described, listed_object
from rolecall.slices.part import Part
from rolecall.slices.removals import removals
from rolecall.systems.databricks.lookups import Lookups

AT_PREVIEW = "`pulumi up` refuses this run: "


def plain_warnings(
    contract: Contract, part: Part, state: StackState | None, lookups: Lookups, today: date, *, previews: bool
) -> Iterator[str]:
    """Yield who loses access by a run, and in a preview why the run itself would be refused.

    Args:
        contract: the whole contract, with its `removal_overrides`.
        part: the slice that the program declares.
        state: the stack's current state; None for a new stack.
        lookups: lookups of the account's groups.
        today: the day on which an override must be valid.
        previews: whether it is a preview, whose caller may lack read permissions.
    """
    if previews:
        try:
            require_packs(contract, Path())
        except UsageError as error:
            yield f"{AT_PREVIEW}{explained(error)}"
    if state is not None:
        yield from _recorded(contract, part, state, lookups)
        yield from _deleted(contract, part, state, lookups)
        yield from hand_made_of_stack(part, state)
    try:
        yield from (one.message for one in losses_of_stack(part, state, contract, lookups, today) if one.allowed)
        if part.slice.environment is None:
            closed = closed_addresses(contract, state, partial(lookups.workspace_host, contract))
            yield from (one.message for one in closed if not one.locks_out and not one.is_unread)
        if previews:
            refuse_losses(contract, part, state, lookups, today)
    except RolecallError as error:
        # A run that writes is refused with the same error.
        yield f"{AT_PREVIEW}{explained(error)}"


def _deleted(contract: Contract, part: Part, state: StackState, lookups: Lookups) -> Iterator[str]:
    """Yield the lists and assignments that go as a whole; the name of an assignment is the group's in a workspace."""
    for one in departures(contract, part, state, lookups):
        if one.resource.type in PRINCIPALS or holders_of(one.resource.type, one.resource.outputs):
            kind = one.resource.type.rpartition(":")[2]
            yield f"{one.resource.name} ({kind}) is deleted, with the access that it grants"


def _recorded(contract: Contract, part: Part, state: StackState, lookups: Lookups) -> Iterator[str]:
    place = part.slice.environment or "", part.slice.project or ""
    for change in removals(part, state, names_now(contract, lookups, [state])):
        if lost := sorted({*change.before} - {*change.after}):
            listed = listed_object(change, *place, contract)
            shown = described(listed) if listed is not None else change.resource
            more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
            yield f"{shown}: access is revoked from {', '.join(lost[:SHOWN])}{more}"
