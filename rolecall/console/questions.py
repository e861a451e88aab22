"""Answers of the access graph as a table, JSON, CSV, Markdown or a drawing."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from rolecall.access.graph.nodes import Node, Right, actor_name, actor_type
from rolecall.access.graph.words import Grants, Step, sentence, steps
from rolecall.console.answer_format import AnswerFormat
from rolecall.console.output import SCHEMA_VERSION, cell, err, out, print_document, print_table, print_text
from rolecall.console.reasons import reason_row
from rolecall.console.shown import csv_cell, markdown, markdown_lines, terminal

if TYPE_CHECKING:
    from rolecall.access.graph.graph import AccessGraph
    from rolecall.access.graph.questions import Answer
    from rolecall.compiled import CompiledContract
    from rolecall.documents.questions import AnswerEnd, AnswerRow, AnswerStep


@dataclass(frozen=True)
class Known:
    """The graph that questions are put to, and the reasons of its grants.

    Attributes:
        graph: the graph.
        grants: the contract's grants, with their reasons.
        warnings: what the graph leaves out.
    """

    graph: AccessGraph
    grants: Grants
    warnings: tuple[str, ...] = ()


def known_access(compiled: CompiledContract, *, live: bool) -> Known:
    """Return the access graph of a contract, or of live access.

    Args:
        compiled: the contract.
        live: read the systems, as parity does, for grants and for the people in groups.
    """
    from rolecall.access.graph.graph import build
    from rolecall.access.graph.powers import powers_of

    powers = powers_of(compiled.contract, compiled.loaded.places)
    grants = compiled.compilation.grants
    if not live:
        return Known(build(powers, compiled.access), grants)
    from rolecall.parity.compare import compare
    from rolecall.parity.live_access import live_access
    from rolecall.systems.registry import SYSTEMS

    seen = live_access(compare(compiled, list(compiled.contract.environments), SYSTEMS))
    graph = build(powers, seen.access, seen.members, compiled.access, seen.steps)
    return Known(graph, grants, (*seen.unknown, *seen.unplaced))


def show_answers(known: Known, answers: Sequence[Answer], output: AnswerFormat, nothing: str) -> None:
    """Write answers.

    Args:
        known: the graph that they come from.
        answers: the answers.
        output: how to write them.
        nothing: the sentence for no answer.
    """
    for warning in known.warnings:
        err.print(f"[yellow]not in the graph:[/] {terminal(warning)}")
    if output is AnswerFormat.JSON:
        rows = [row_of(one, known.grants) for one in answers]
        print_document({"schema_version": SCHEMA_VERSION, "answers": rows})
    else:
        show_found(known.grants, answers, output, nothing)


def show_found(grants: Grants, answers: Sequence[Answer], output: AnswerFormat, nothing: str) -> None:
    """Write answers in any format but JSON, whose documents differ.

    Args:
        grants: the grants, with the reasons.
        answers: the answers.
        output: how to write them.
        nothing: the sentence for no answer.
    """
    if output is AnswerFormat.CSV:
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: csv_cell(value) for name, value in row.items()} for row in _flat(answers, grants))
    elif output is AnswerFormat.MARKDOWN:
        print_text(_markdown(answers, grants, nothing))
    elif output is AnswerFormat.TABLE:
        _print_table(answers, grants, nothing)
    else:
        from rolecall.console.drawings import drawing

        print_text(drawing([(one, [steps(path, grants) for path in one.paths]) for one in answers], output.value))


COLUMNS = ("subject", "subject_type", "action", "kind", "object", "environment", "steps", "path", "roles", "places")


def row_of(one: Answer, grants: Grants) -> AnswerRow:
    """Return an answer as plain values."""
    return {
        "subject": actor_name(one.actor),
        "subject_type": actor_type(one.actor),
        **end_of(one.end),
        "paths": [[_step(step) for step in steps(path, grants)] for path in one.paths],
        "all_paths": one.complete,
    }


def end_of(end: Node) -> AnswerEnd:
    """Return a right, or an assumed actor, as plain values."""
    if isinstance(end, Right):
        return {
            "action": end.action,
            "kind": str(end.target.kind),
            "object": end.target.name,
            "environment": end.target.environment,
        }
    environment = getattr(end, "environment", None)
    return {"action": "act as", "kind": actor_type(end), "object": actor_name(end), "environment": environment}


def _step(step: Step) -> AnswerStep:
    return {
        "from": str(step.hop.source),
        "step": step.hop.why,
        "to": str(step.hop.target),
        "place": str(step.hop.place) if step.hop.place else None,
        "reasons": [reason_row(reason) for reason in step.reasons],
    }


def _flat(answers: Iterable[Answer], grants: Grants) -> Iterable[dict[str, str]]:
    """Yield a row for each path."""
    for one in answers:
        for path in one.paths:
            way = steps(path, grants)
            roles = dict.fromkeys(reason.role for step in way for reason in step.reasons if reason.role)
            places = dict.fromkeys(place for step in way for place in step.places)
            end = {name: str(value or "") for name, value in end_of(one.end).items()}
            yield {
                "subject": actor_name(one.actor),
                "subject_type": actor_type(one.actor),
                **end,
                "steps": str(len(way)),
                "path": sentence(way),
                "roles": " ".join(roles),
                "places": " ".join(places),
            }


def _cells(one: Answer, grants: Grants) -> tuple[str, str, str, str]:
    ways = [str(number) + ". " + sentence(steps(path, grants)) for number, path in enumerate(one.paths, 1)]
    if len(one.paths) == 1:
        ways = [ways[0].removeprefix("1. ")]
    more = [] if one.complete or len(one.paths) == 1 else ["and more (`--paths`)"]
    return actor_name(one.actor), actor_type(one.actor), end_text(one.end), "\n".join([*ways, *more])


def end_text(end: Node) -> str:
    """Return a right, or an assumed actor, in words."""
    return str(end) if isinstance(end, Right) else f"act as {end}"


def _markdown(answers: Sequence[Answer], grants: Grants, nothing: str) -> str:
    if not answers:
        return markdown(nothing)
    head = "| who | type | can | how |\n| --- | --- | --- | --- |"
    return "\n".join([head, *(f"| {' | '.join(map(markdown_lines, _cells(one, grants)))} |" for one in answers)])


def _print_table(answers: Sequence[Answer], grants: Grants, nothing: str) -> None:
    if not answers:
        out.print(terminal(nothing))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("who", "type", "can", "how"):
        table.add_column(column, overflow="fold")
    for one in answers:
        table.add_row(*map(cell, _cells(one, grants)))
    print_table(table)
    out.print(f"{len(answers):,} answer{'' if len(answers) == 1 else 's'}")
