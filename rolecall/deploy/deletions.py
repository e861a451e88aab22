"""Refuses to delete or replace what holds data, unless the contract's `deletions` say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rolecall.contract.contract import Contract
from rolecall.deploy.departures import Leaving
from rolecall.engine.events import Violation
from rolecall.errors import RolecallError
from rolecall.slices.data_objects import DataObject, allowed_by, data_object, is_protected, unwritten
from rolecall.systems.databricks.contents import CATALOG, SCHEMA

RULE = "deletions-need-an-entry"
# Objects in the way that a message names; the rest is counted.
SHOWN = 3
# Answers what lies in an object: host, type token, full name → (sort, full name) each; None if unknown.
Contents = Callable[[str, str, str], "tuple[tuple[str, str], ...] | None"]


@dataclass(frozen=True)
class Judged:
    """An object with data that a run deletes or replaces.

    Attributes:
        leaving: the resource, and the stack that it leaves.
        target: the object.
        is_protected: whether it needs an entry.
        with_data: whether an entry allows to delete what else is in it.
    """

    leaving: Leaving
    target: DataObject
    is_protected: bool
    with_data: bool


def patient_once(contents: Contents) -> Contents:
    """Return a check that skips a host after its first time-out: each of its objects would wait again."""
    down: set[str] = set()

    def ask(host: str, resource_type: str, name: str) -> tuple[tuple[str, str], ...] | None:
        if host in down:
            return None
        try:
            return contents(host, resource_type, name)
        except RolecallError:
            down.add(host)
            return None

    return ask


def judged(leaving: Sequence[Leaving], contract: Contract, today: date) -> list[Judged]:
    """Return the objects with data among what leaves."""
    found = []
    for one in leaving:
        target = data_object(one.resource, one.environment, one.project, contract)
        if target is not None:
            entry = allowed_by(target, contract, today)
            needs_entry = is_protected(target, one.protected, contract)
            found.append(Judged(one, target, needs_entry, entry is not None and entry.with_data))
    return found


def refusals(
    found: Sequence[Judged], leaving: Sequence[Leaving], contract: Contract, today: date, contents: Contents
) -> Iterator[tuple[str, Violation]]:
    """Yield what may not go, with its stack.

    Args:
        found: the objects with data that a run deletes or replaces.
        leaving: everything that it deletes or replaces.
        contract: the contract, with its `deletions`.
        today: the day on which an entry has to hold.
        contents: answers what lies in an object.
    """
    going = {str(one.resource.outputs.get("fullName") or one.resource.id).lower() for one in leaving}
    for one in found:
        inside = _inside(one, contents)
        needed = one.is_protected and allowed_by(one.target, contract, today) is None
        if needed:
            yield one.leaving.stack, _unwritten(one, inside, contract, today)
    for leaver in leaving:
        if leaver.resource.type in (SCHEMA, CATALOG):
            judged_one = next((one for one in found if one.leaving is leaver), None)
            if judged_one is not None and judged_one.with_data:
                continue
            if judged_one is None and covered_with_data(leaver, contract, today):
                continue
            left = [item for item in _asked(leaver, contents) or () if item[1] not in going]
            if left:
                yield leaver.stack, _not_empty(leaver, judged_one, left)


def covered_with_data(leaver: Leaving, contract: Contract, today: date) -> bool:
    """Return whether an entry with `with_data` is about the whole project or environment that something leaves."""
    return any(
        one.with_data
        and one.holds_on(today)
        and (
            (one.environment is not None and one.environment == leaver.environment)
            or (one.project is not None and one.project == leaver.project and one.is_in(leaver.environment))
        )
        for one in contract.deletions
    )


def _inside(one: Judged, contents: Contents) -> tuple[tuple[str, str], ...] | None:
    return _asked(one.leaving, contents) if one.is_protected else None


def _asked(leaver: Leaving, contents: Contents) -> tuple[tuple[str, str], ...] | None:
    return contents(leaver.host, leaver.resource.type, leaver.resource.id) if leaver.host else None


def _unwritten(one: Judged, inside: Sequence[tuple[str, str]] | None, contract: Contract, today: date) -> Violation:
    verb = "replaced by a new one" if one.leaving.replaced else "deleted"
    held = _counted(inside) if inside else ""
    message = unwritten(one.target, verb, held, contract, today)
    return Violation(RULE, "rolecall", str(one.target), message, mandatory=True)


def _not_empty(leaver: Leaving, one: Judged | None, left: Sequence[tuple[str, str]]) -> Violation:
    sort = "schema" if leaver.resource.type == SCHEMA else "catalog"
    shown = ", ".join(f"{kind} {name}" for kind, name in left[:SHOWN])
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    what = f"{sort} {leaver.resource.id} would be deleted and is not empty: {shown}{more}. Nothing was changed."
    entry = one.target.entry() if one is not None else f"project: {leaver.project}, in: [{leaver.environment}]"
    written = f"deletions: [{{{entry}, with_data: true, reason: …, owner: …, expires: YYYY-MM-DD}}]"
    how = f"Move or drop these first, or write `{written}`."
    return Violation(RULE, "rolecall", leaver.resource.id, f"{what}\n{how}", mandatory=True)


def _counted(inside: Sequence[tuple[str, str]]) -> str:
    sorts = {sort: sum(1 for one, _ in inside if one == sort) for sort, _ in inside}
    return ", ".join(f"{count:,} {sort}{'' if count == 1 else 's'}" for sort, count in sorts.items())
