"""The list of grants as a table, JSON or CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from rolecall.access.grant import Grant, Reason
from rolecall.access.nesting import NestedGrant, nested_grants
from rolecall.compiled import CompiledContract, environment_named
from rolecall.console.output import SCHEMA_VERSION, GrantsFormat, cell, out, print_document, print_table
from rolecall.console.reasons import reason_row
from rolecall.console.shown import csv_cell
from rolecall.contract import Kind
from rolecall.contract.naming import subject_name
from rolecall.contract.problems import one_of
from rolecall.errors import UsageError
from rolecall.ids.ids import ServicePrincipalId, Subject

if TYPE_CHECKING:
    from rolecall.documents.access import GrantRow, ReasonRow


COLUMNS = ("subject", "verb", "kind", "object", "environment", "via", "role", "because", "ticket", "expires", "place")


@dataclass(frozen=True)
class Selection:
    """Which grants to show, and in which order."""

    subject: str | None
    name: str | None
    kind: str | None
    environment: str | None
    by: str
    every: bool


def show_grants(compiled: CompiledContract, selection: Selection, output: GrantsFormat) -> None:
    """Write the selected grants.

    Raises:
        UsageError: the selection names what there is not.
        InvalidContract: the environment is none of the contract's.
    """
    _check(compiled, selection)
    order = _by_object if selection.by == "object" else _by_subject
    rows = [
        _row(one.grant, compiled.compilation.grants[one.source], one.via)
        for one in sorted(_chosen(compiled, selection), key=lambda one: (order(one.grant), one.via))
    ]
    if output is GrantsFormat.JSON:
        print_document({"schema_version": SCHEMA_VERSION, "grants": rows})
    elif output is GrantsFormat.CSV:
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({name: csv_cell(value) for name, value in row.items()} for row in _flat(rows))
    else:
        _print_table(rows, selection)


def _check(compiled: CompiledContract, selection: Selection) -> None:
    if selection.by not in ("subject", "object"):
        raise UsageError(f"--by is {selection.by!r}", "It may be subject or object.")
    if selection.kind is not None and selection.kind not in list(Kind):
        raise UsageError(f"--kind is {selection.kind!r}", one_of(selection.kind, list(Kind)))
    if selection.environment is not None:
        environment_named(compiled.contract, selection.environment)
    subjects = {subject_name(grant.subject) for grant in compiled.compilation.grants} | set(compiled.contract.groups)
    keys = {key for project in compiled.contract.projects for key in _principals(compiled, project)}
    if selection.subject is not None and selection.subject not in subjects | keys:
        raise UsageError(f"there is no subject {selection.subject!r}", one_of(selection.subject, subjects))


def _principals(compiled: CompiledContract, project: str) -> list[str]:
    return [f"{project}/{key}" for key in compiled.contract.projects[project].service_principals]


def _chosen(compiled: CompiledContract, selection: Selection) -> Iterator[NestedGrant]:
    """Yield what is selected: what subjects hold themselves, and what groups hold through groups that include them."""
    grants = compiled.compilation.grants
    own = [grant for grant in grants if selection.every or compiled.access[grant.target][grant.subject] is grant.verb]
    every = [NestedGrant(grant, grant, ()) for grant in own]
    every += nested_grants(compiled.contract.groups, own, compiled.access, every=selection.every)
    yield from (one for one in every if _is_chosen(selection, one.grant))


def _is_chosen(selection: Selection, grant: Grant) -> bool:
    return (
        (selection.subject is None or selection.subject in _names(grant.subject))
        and (selection.name is None or selection.name in grant.target.name)
        and (selection.kind is None or grant.target.kind == selection.kind)
        and (selection.environment is None or grant.target.environment == selection.environment)
    )


def _names(subject: Subject) -> set[str]:
    own = {subject.name} if isinstance(subject, ServicePrincipalId) else set()
    return {subject_name(subject), *own}


def _by_subject(grant: Grant) -> tuple[object, ...]:
    return (
        grant.subject.type,
        subject_name(grant.subject),
        grant.target.environment,
        grant.target.kind,
        grant.target.name,
    )


def _by_object(grant: Grant) -> tuple[object, ...]:
    return (
        grant.target.kind,
        grant.target.name,
        grant.target.environment,
        grant.subject.type,
        subject_name(grant.subject),
    )


def _row(grant: Grant, reasons: Iterable[Reason], via: tuple[str, ...]) -> GrantRow:
    return {
        "subject": subject_name(grant.subject),
        "subject_type": str(grant.subject.type),
        "verb": str(grant.verb),
        "kind": str(grant.target.kind),
        "object": grant.target.name,
        "environment": grant.target.environment,
        "via": [*via],
        "reasons": [reason_row(reason) for reason in reasons],
    }


def _flat(rows: Iterable[GrantRow]) -> Iterable[dict[str, Any]]:
    """Yield a row for each reason."""
    for row in rows:
        for reason in row["reasons"]:
            yield {name: value or "" for name, value in {**row, **reason, "via": " > ".join(row["via"])}.items()}


def _print_table(rows: list[GrantRow], selection: Selection) -> None:
    if not rows:
        out.print("no grants match")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    first, second = ("object", "subject") if selection.by == "object" else ("subject", "object")
    for column in (first, "verb", second, "environment", "expires", "why"):
        table.add_column(column, overflow="fold")
    previous = ""
    for row in rows:
        shown = {"subject": row["subject"], "object": f"{row['kind'].replace('_', ' ')} {row['object']}"}
        head = shown[first] if shown[first] != previous else ""
        previous = shown[first]
        expires = "\n".join(reason["expires"] or "" for reason in row["reasons"])
        why = "\n".join(_why(reason, row["via"]) for reason in row["reasons"])
        table.add_row(*map(cell, (head, row["verb"], shown[second], row["environment"], expires, why)))
    print_table(table)
    out.print(f"{len(rows):,} grants")


def _why(reason: ReasonRow, via: list[str]) -> str:
    through = f"via {' > '.join(via)}: " if via else ""
    text = through + (f"role {reason['role']}" if reason["role"] else reason["because"])
    ticket = f", {reason['ticket']}" if reason["ticket"] else ""
    return f"{text}{ticket}" + (f"  {reason['place']}" if reason["place"] else "")
