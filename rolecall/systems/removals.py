"""Limits of removals in one run: at most a third, and never everything because a system returned nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from pydantic import Field

from rolecall.errors import RemovalRefused
from rolecall.systems.resource import Model

# Once there are so many, more than a third of them may go only with a written override.
GUARDED_FROM = 10
LARGEST_SHARE = 1 / 3


class RemovalOverride(Model):
    """A written permission to remove more than a third."""

    reason: str = Field(description="why so many go")
    owner: str = Field(description="who answers for it")
    expires: date = Field(description="the last day on which it is valid")


def check_removals(
    what: str, before: Collection[str], after: Collection[str], override: RemovalOverride | None, today: date
) -> None:
    """Refuse too many removals.

    Args:
        what: the group or object, as messages call it.
        before: who is there.
        after: who is to be there.
        override: the permission that the contract carries, if it carries one.
        today: the day on which it has to hold.

    Raises:
        RemovalRefused: too many would go, and no override that holds today allows it.
    """
    gone = sorted(set(before) - set(after))
    everybody = bool(gone) and not after
    too_many = len(before) >= GUARDED_FROM and len(gone) > len(before) * LARGEST_SHARE
    if not everybody and not too_many:
        return
    if override is not None and override.expires >= today:
        return
    shown = ", ".join(gone[:5]) + (" …" if len(gone) > 5 else "")
    ended = f" The override of {override.owner} ended on {override.expires}." if override else ""
    raise RemovalRefused(
        f"{what}: {len(gone)} of {len(before)} would be removed ({shown}); nothing was changed.{ended}",
        "If that is right, write removal_overrides in the contract, with reason, owner and expiry date.",
    )
