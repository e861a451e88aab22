"""The review of a change as a comment: whether it is valid, who gains, who loses, what a deployment would do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rolecall.access.graph.comparison import Verdict
from rolecall.compiled import compile_file
from rolecall.console.contract_difference import (
    COLUMNS,
    SHARED,
    cells_of,
    difference_document,
    groups_of,
    lines_of,
)
from rolecall.console.output import print_text
from rolecall.console.shown import markdown, markdown_lines
from rolecall.console.sides import Named
from rolecall.errors import InvalidContract
from rolecall.pull_requests.comment import Section, compose
from rolecall.pull_requests.platforms import GITHUB_LIMIT, platform_of

if TYPE_CHECKING:
    from rolecall.console.deployment import Result
    from rolecall.documents.access import ContractDifferences

INVALID, DIFFERS, EQUAL = 2, 1, 0
NOT_VALID = "**Not valid: nothing of this can be deployed.**"
PREVIEW_COLUMNS = ("environment", "who", "object", "now", "afterwards")


@dataclass(frozen=True)
class Review:
    """A review.

    Attributes:
        head: the first lines, as Markdown.
        sections: the parts, the most important one first.
        exit_code: 2 where the later contract is not valid, 1 where access differs or the preview fails, else 0.
    """

    head: tuple[str, ...]
    sections: tuple[Section, ...]
    exit_code: int


def show_review(review: Review, *, post: bool) -> None:
    """Write a review to standard output, and to the pull request of the CI job where that is asked for.

    Raises:
        UsageError: this is no job for a pull request.
        SystemRefused: the token may not write comments.
        SystemUnreachable: the platform does not answer.
    """
    platform = platform_of(os.environ) if post else None
    text = compose(review.head, review.sections, platform.limit if platform else GITHUB_LIMIT)
    print_text(text)
    if platform is not None:
        platform.put(text)


def review_of(first: Named, second: Named, today: date, previewed: Result | None = None) -> Review:
    """Return the review of a change from an earlier to a later contract.

    Args:
        first: the earlier contract.
        second: the later one.
        today: the first day that counts.
        previewed: what a deployment of the later one would do; None where nobody asked the systems.
    """
    title = f"### Access in {markdown(second.name)}, compared with {markdown(first.name)}"
    refused = _problems(second, today)
    invalid = (Section("The contract is not valid", tuple(refused), "rolecall check"),) if refused else ()
    try:
        report = difference_document(first, second, today)
    except InvalidContract as error:
        if invalid:
            return Review((title, "", NOT_VALID), invalid, INVALID)
        lines = tuple(f"- {markdown(one)}" for one in error.problems)
        section = Section("The earlier contract is not valid, so nothing is compared", lines, "rolecall check")
        return Review((title,), (section,), DIFFERS)
    command = f"rolecall diff {first.name}..{second.name}" if second.folder else f"rolecall diff {first.name}"
    head = (title, "", *((NOT_VALID, "") if invalid else ()), *_verdicts(report))
    sections = [*_escalations(report, command), *_changes(report, command)]
    differs = any(one["verdict"] != Verdict.EQUIVALENT for one in report["verdicts"]) or len(sections) > 0
    if invalid:
        return Review(head, (*invalid, *sections), INVALID)
    if previewed is None:
        return Review(head, tuple(sections), DIFFERS if differs else EQUAL)
    found = [*_refusals(previewed), *_live(previewed), *_counts(previewed)]
    failed = any(not one.fine for one in previewed.outcomes.values())
    return Review(head, (*found[:1], *sections, *found[1:]), DIFFERS if differs or failed else EQUAL)


def _problems(second: Named, today: date) -> list[str]:
    try:
        compile_file(second.path, today, placeholders=True)
    except InvalidContract as error:
        return [f"- {markdown(second.shown(str(one)))}" for one in error.problems]
    return []


def _verdicts(report: ContractDifferences) -> Iterator[str]:
    yield "| environment | verdict | for example |"
    yield "| --- | --- | --- |"
    losses = groups_of(report)["losses"]
    for one in report["verdicts"]:
        lost = next((row["path"] for row in losses if row["environment"] == one["environment"]), None)
        example = one["witness"] or (f"not any more: {lost}" if lost else None)
        why = "; ".join(text for text in (one["remark"], example) if text)
        verdict = one["verdict"] if one["verdict"] == Verdict.EQUIVALENT else f"**{one['verdict']}**"
        yield f"| {markdown(one['environment'] or SHARED)} | {verdict} | {markdown(why)} |"


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], rest: str) -> Section:
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    lines += [f"| {' | '.join(map(markdown_lines, row))} |" for row in rows]
    return Section(title, tuple(lines), rest, fixed=2)


def _changes(report: ContractDifferences, command: str) -> Iterator[Section]:
    for title, rows in groups_of(report).items():
        if rows:
            yield _table(f"{len(rows):,} {title}", COLUMNS, [cells_of(row) for row in rows], command)


def _escalations(report: ContractDifferences, command: str) -> Iterator[Section]:
    lines = lines_of(report)[: len(report["new_escalations"]) + len(report["ended_escalations"])]
    if lines:
        yield Section("Escalations", tuple(f"- {markdown(line)}" for line in lines), command)


def _refusals(previewed: Result) -> Iterator[Section]:
    lines = [
        f"- {markdown(stack)}: **{markdown(one.policy)}** {markdown(one.message)}"
        for stack, outcome in previewed.outcomes.items()
        for one in outcome.violations
    ]
    lines += [
        f"- {markdown(stack)}: {markdown(f'{resource}: {message}' if resource else message)}"
        for stack, outcome in previewed.outcomes.items()
        for resource, message in outcome.errors
    ]
    if lines:
        yield Section("What the deployment would refuse", tuple(lines), "rolecall preview")


def _live(previewed: Result) -> Iterator[Section]:
    if previewed.access:
        rows = [
            (one.environment or "", one.subject, one.object, one.before or "nothing", one.after or "nothing")
            for one in previewed.access
        ]
        title = f"{len(rows):,} changes to access lists, as deployed now"
        yield _table(title, PREVIEW_COLUMNS, rows, "rolecall preview --verbose")


def _counts(previewed: Result) -> Iterator[Section]:
    changed = {stack: one for stack, one in previewed.outcomes.items() if one.changed}
    if changed:
        lines = tuple(f"- {markdown(stack)}: {markdown(one.sentence())}" for stack, one in changed.items())
        yield Section(f"{len(changed):,} of {len(previewed.outcomes):,} stacks change", lines, "rolecall preview")
    for stack, outcome in previewed.outcomes.items():
        if outcome.warnings:
            lines = tuple(f"- {markdown(one)}" for one in dict.fromkeys(outcome.warnings))
            yield Section(f"Warnings of {markdown(stack)}", lines, "rolecall preview")
