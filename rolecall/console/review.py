"""The review of a change as a comment: whether it is valid, who gains, who loses, what a deployment would do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
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
from rolecall.console.output import ReviewFormat, print_json, print_text
from rolecall.console.review_annotations import Annotation, github, of_differences, of_preview, of_problems, sarif
from rolecall.console.review_snapshot import PERSON, Live, table
from rolecall.console.shown import markdown, markdown_lines
from rolecall.console.sides import Named
from rolecall.contract.files import read_files
from rolecall.engine.events import Outcome
from rolecall.errors import ExitCode, InvalidContract, Problem, RolecallError
from rolecall.pull_requests.comment import Section, compose, mark_of
from rolecall.pull_requests.platforms import GITHUB_LIMIT, platform_of

if TYPE_CHECKING:
    from rolecall.console.deployment import Result
    from rolecall.documents.access import ContractDifferences

# Characters of a name in the title.
TITLE = 120
NOT_VALID = "**Not valid: nothing of this can be deployed.**"
PREVIEW_COLUMNS = ("environment", "who", "object", "now", "afterwards")


@dataclass(frozen=True)
class Review:
    """A review.

    Attributes:
        mark: the first line, by which the comment is found.
        head: the lines after it, as Markdown.
        sections: the parts, the most important one first.
        annotations: the findings at their lines.
        exit_code: INVALID where the later contract is not valid; that of a preview that fails or is refused; CHANGES
            where access differs; else FINE.
    """

    mark: str
    head: tuple[str, ...]
    sections: tuple[Section, ...]
    exit_code: int
    annotations: tuple[Annotation, ...] = ()


def show_review(review: Review, *, post: bool, output: ReviewFormat = ReviewFormat.MARKDOWN) -> None:
    """Write a review to standard output, and as a comment to the pull request of the CI job where that is asked for.

    Raises:
        UsageError: this is no job for a pull request.
        SystemRefused: the token may not write comments.
        SystemUnreachable: the platform does not answer.
    """
    platform = platform_of(os.environ) if post else None
    text = compose(review.mark, review.head, review.sections, platform.limit if platform else GITHUB_LIMIT)
    if output is ReviewFormat.SARIF:
        print_json(sarif(review.annotations))
    elif output is ReviewFormat.GITHUB:
        sys.stdout.write(github(review.annotations))
    else:
        print_text(text)
    if platform is not None:
        platform.put(text)


def review_of(
    first: Named,
    second: Named,
    today: date,
    preview: Callable[[], Result] | None = None,
    live: Live | None = None,
) -> Review:
    """Return the review of a change from an earlier to a later contract.

    Args:
        first: the earlier contract.
        second: the later one.
        today: the first day that counts.
        preview: returns what a deployment of the later one would do; is called where that is valid.
        live: what was live, from a snapshot.
    """
    mark = _mark(first, second)
    title = f"### Access in {markdown(second.name[:TITLE])}, compared with {markdown(first.name[:TITLE])}"
    refused = _problems(second, today)
    notes = [*of_problems(refused, second)]
    problems = tuple(f"- {markdown_lines(second.shown(str(one)))}" for one in refused)
    sections = [Section("The contract is not valid", problems, "rolecall check")] if refused else []
    head = (title, *(("", live.line()) if live else ()), *(("", NOT_VALID) if refused else ()))
    differs = False
    drift = [*live.unread(), *live.drift()] if live else []
    try:
        report = difference_document(first, second, today, live.people if live else None)
    except InvalidContract as error:
        if not refused:
            lines = tuple(f"- {markdown_lines(one)}" for one in error.problems)
            sections.append(
                Section("The earlier contract is not valid, so nothing is compared", lines, "rolecall check")
            )
        differs = True
    else:
        command = f"rolecall diff {first.name}..{second.name}" if second.folder else f"rolecall diff {first.name}"
        found = [*_escalations(report, command), *_changes(report, command)]
        differs = bool(found) or any(one["verdict"] != Verdict.EQUIVALENT for one in report["verdicts"])
        notes += of_differences(report, second)
        sections = [_verdicts(report, command), *sections, *found]
        sections += live.sections(report, second.compiled(today), command) if live else []
    sections += drift
    if refused:
        return Review(mark, head, tuple(sections), ExitCode.INVALID, tuple(notes))
    if preview is not None:
        refusals, others, exit_code, of_run = _previewed(preview)
        notes += of_run
        if refusals or exit_code:
            code = exit_code or ExitCode.FINDINGS
            return Review(mark, head, (*refusals, *sections, *others), code, tuple(notes))
        sections += others
    return Review(mark, head, tuple(sections), ExitCode.CHANGES if differs else ExitCode.FINE, tuple(notes))


def _mark(first: Named, second: Named) -> str:
    """Return the comment's first line: of the contract's organization and account, wherever its file is.

    The earlier contract decides: a change does not choose the comment that it overwrites.
    """
    for one in (first, second):
        tree = read_files(one.path, []).tree
        databricks = tree.get("databricks")
        if organization := tree.get("organization"):
            account = databricks.get("account_id") if isinstance(databricks, dict) else None
            return mark_of(f"{organization}\n{account}")
    return mark_of(second.shown(str(second.path)).partition(":")[2] or str(second.path))


def _previewed(preview: Callable[[], Result]) -> tuple[list[Section], list[Section], int, list[Annotation]]:
    """Return what a deployment would refuse, or why it fails, what it would do, its exit code, and its findings."""
    from rolecall.deploy.undone import exit_code_of

    try:
        found = preview()
    except RolecallError as error:
        line = f"- {markdown_lines(f'{error.what}. {error.how_to_go_on}'.strip())}"
        return [Section("The preview failed", (line,), "rolecall preview")], [], error.exit_code, []
    return (
        [*_refusals(found)],
        [*_live(found), *_forecast(found), *_counts(found)],
        exit_code_of(found.outcomes.values()),
        [*of_preview(found)],
    )


def _problems(second: Named, today: date) -> list[Problem]:
    try:
        compile_file(second.path, today, placeholders=True)
    except InvalidContract as error:
        return error.problems
    return []


def _verdicts(report: ContractDifferences, command: str) -> Section:
    losses = groups_of(report)["losses"]
    rows: list[tuple[str, str, str]] = []
    for one in report["verdicts"]:
        lost = next((row["path"] for row in losses if row["environment"] == one["environment"]), None)
        example = one["witness"] or (f"not any more: {lost}" if lost else None)
        why = "; ".join(text for text in (one["remark"], example) if text)
        rows.append((markdown(one["environment"] or SHARED), one["verdict"], markdown(why)))
    lines = ["| environment | verdict | for example |", "| --- | --- | --- |"]
    for name, verdict, why in rows:
        lines.append(f"| {name} | {verdict if verdict == Verdict.EQUIVALENT else f'**{verdict}**'} | {why} |")
    return Section("Verdict", tuple(lines), command, fixed=2, folds=False)


def _changes(report: ContractDifferences, command: str) -> Iterator[Section]:
    for title, found in groups_of(report).items():
        # People have a section of their own.
        if rows := [row for row in found if row["subject_type"] != PERSON]:
            yield table(f"{len(rows):,} {title}", COLUMNS, [cells_of(row) for row in rows], command)


def _escalations(report: ContractDifferences, command: str) -> Iterator[Section]:
    lines = lines_of(report)[: len(report["new_escalations"]) + len(report["ended_escalations"])]
    if lines:
        yield Section("Escalations", tuple(f"- {markdown(line)}" for line in lines), command)


def _refusals(previewed: Result) -> Iterator[Section]:
    lines = [
        f"- {markdown(stack)}: **{markdown(one.policy)}** {markdown_lines(one.message)}"
        for stack, outcome in previewed.outcomes.items()
        for one in outcome.violations
        if one.mandatory
    ]
    lines += [
        f"- {markdown(stack)}: {markdown_lines(f'{resource}: {message}' if resource else message)}"
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
        yield table(title, PREVIEW_COLUMNS, rows, "rolecall preview --verbose")


def _forecast(previewed: Result) -> Iterator[Section]:
    lines = previewed.forecast.sentences() if previewed.forecast is not None else []
    if lines:
        yield Section("Forecast", tuple(f"- {markdown(line)}" for line in lines), "rolecall preview")


def _counts(previewed: Result) -> Iterator[Section]:
    changed = {stack: one for stack, one in previewed.outcomes.items() if one.changed}
    if changed:
        lines = tuple(f"- {markdown(stack)}: {markdown(one.sentence())}" for stack, one in changed.items())
        yield Section(f"{len(changed):,} of {len(previewed.outcomes):,} stacks change", lines, "rolecall preview")
    warnings = [
        f"- {markdown(stack)}: {markdown_lines(text)}"
        for stack, outcome in previewed.outcomes.items()
        for text in dict.fromkeys([*outcome.warnings, *_advice(outcome)])
    ]
    if warnings:
        yield Section("Warnings", tuple(warnings), "rolecall preview")


def _advice(outcome: Outcome) -> Iterator[str]:
    yield from (one.message for one in outcome.violations if not one.mandatory)
