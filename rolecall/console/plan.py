"""What a run changes, access first: who gains and who loses, then each object with its properties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rich import box
from rich.table import Table

from rolecall.console.output import cell, out, print_table
from rolecall.console.shown import terminal
from rolecall.contract.contract import Contract
from rolecall.engine.events import Outcome
from rolecall.engine.planned import PlannedChange, PropertyChange
from rolecall.slices.access_changes import AccessChange

NOTHING = "nothing"
COLUMNS = ("environment", "who", "object", "now", "afterwards")
# Lines of each part that are shown without --verbose; the rest is counted.
SHOWN_ACCESS, SHOWN_TOGETHER, SHOWN_OBJECTS = 20, 4, 12
# The order in which a reviewer has to see them.
ORDER = ("delete", "replace", "update", "import", "create")
SIGNS = {"delete": "-", "replace": "±", "update": "~", "import": "<", "create": "+"}


@dataclass(frozen=True)
class Detail:
    """How much of a plan is shown.

    Attributes:
        values: each property with its values before and after, instead of its name.
        everything: all lines, instead of the first ones of each part.
    """

    values: bool = False
    everything: bool = False


def show_plan(
    access: Sequence[AccessChange], outcomes: Mapping[str, Outcome], contract: Contract, detail: Detail
) -> None:
    """Write what a run changes.

    Args:
        access: who gains and who loses.
        outcomes: what came of each stack, by its name.
        contract: the contract; what belongs to its protected environments comes first.
        detail: how much to show.
    """
    _show_access(in_order(access, contract), detail)
    _show_objects(outcomes, {one.source for one in access}, detail)


def in_order(access: Iterable[AccessChange], contract: Contract) -> list[AccessChange]:
    """Return changes of access in the order for a reviewer: protected environments first, losses before gains."""
    names = list(contract.environments)

    def key(one: AccessChange) -> tuple[object, ...]:
        known = contract.environments.get(one.environment or "")
        place = names.index(one.environment) if known is not None and one.environment else len(names)
        return (known is None or not known.protected, place, bool(one.after), one.object, one.subject)

    return sorted(access, key=key)


def _show_access(access: Sequence[AccessChange], detail: Detail) -> None:
    if not access:
        return
    gains = sum(1 for one in access if not one.before)
    losses = sum(1 for one in access if not one.after)
    counts = f"{gains:,} gained, {losses:,} lost, {len(access) - gains - losses:,} changed"
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=f"access: {counts}", title_justify="left", title_style="bold"
    )
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    together = _together(access)
    shown = together if detail.everything else together[:SHOWN_ACCESS]
    for first, objects in shown:
        style = "red" if not first.after else "green" if not first.before else ""
        kept = objects if detail.everything else objects[:SHOWN_TOGETHER]
        names = [*kept, f"and {len(objects) - len(kept):,} more"] if len(kept) < len(objects) else kept
        values = (first.environment or "", first.subject, "\n".join(names))
        table.add_row(*map(cell, (*values, first.before or NOTHING, first.after or NOTHING)), style=style)
    print_table(table)
    _show_rest(sum(len(objects) for _, objects in together[len(shown) :]))


def _together(access: Iterable[AccessChange]) -> list[tuple[AccessChange, list[str]]]:
    """Return changes with the objects on which a subject has the same one, in the order of the first of each."""
    found: dict[AccessChange, list[str]] = {}
    for one in access:
        found.setdefault(replace(one, object=""), []).append(one.object)
    return list(found.items())


def _show_objects(outcomes: Mapping[str, Outcome], shown_lists: Collection[tuple[str, str]], detail: Detail) -> None:
    by_operation: defaultdict[str, list[tuple[str, PlannedChange]]] = defaultdict(list)
    for stack, outcome in outcomes.items():
        for change in outcome.made:
            # Who has what is shown above.
            if (change.type, change.name) not in shown_lists:
                by_operation[change.operation].append((stack, change))
    for operation in ORDER:
        changes = by_operation[operation]
        if not changes:
            continue
        out.print(f"  [bold]{terminal(operation)}[/] {len(changes):,}")
        shown = changes if detail.everything else changes[:SHOWN_OBJECTS]
        for stack, change in shown:
            out.print(terminal(f"    {SIGNS[operation]} {_named(stack, change)}{_properties(change, detail)}"))
            if detail.values:
                for one in change.properties:
                    out.print(f"        {terminal(_values(one))}")
        _show_rest(len(changes) - len(shown))


def _named(stack: str, change: PlannedChange) -> str:
    return f"{change.type.rpartition(':')[2]} {change.name} ({stack})"


def _properties(change: PlannedChange, detail: Detail) -> str:
    if detail.values or not change.properties:
        return ""
    return f": {', '.join(one.path for one in change.properties)}"


def _values(one: PropertyChange) -> str:
    return f"{one.path}: {one.before or 'not set'} → {one.after or 'not set'}"


def _show_rest(count: int) -> None:
    if count > 0:
        out.print(f"    [dim]and {count:,} more; --verbose shows all[/]")
