"""The findings of a review at the lines of the contract: SARIF for code scanning, commands for GitHub's runner."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rolecall import __version__
from rolecall.console.contract_difference import cells_of
from rolecall.console.problems import workflow_command
from rolecall.console.shown import plain
from rolecall.console.shown import sarif as sarif_text
from rolecall.console.sides import Named
from rolecall.console.violation_documents import FALLBACK, SARIF_SCHEMA, SARIF_VERSION, Shown, relative_file
from rolecall.errors import Problem

if TYPE_CHECKING:
    from rolecall.console.deployment import Result
    from rolecall.documents.access import ContractChange, ContractDifferences


class Level(StrEnum):
    """How much a finding matters; the words are SARIF's (3.27.10)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Annotation:
    """A finding.

    Attributes:
        rule: the id of its sort.
        level: how much it matters.
        message: what it is.
        file: the file, relative to the repository or the working folder.
        line: the line, from 1.
    """

    rule: str
    level: Level
    message: str
    file: str
    line: int


# What the findings are that are no problem of `rolecall check` and no policy's violation.
RULES = {
    "access-gained": "A subject can do more than before.",
    "access-lost": "A subject can do less than before.",
    "new-escalation": "A subject can act as a stronger one, which it could not before.",
}


def of_problems(problems: Iterable[Problem], second: Named) -> Iterator[Annotation]:
    """Yield the problems of the later contract."""
    for one in problems:
        place = (one.place.file, one.place.line) if one.place else FALLBACK
        yield Annotation(one.id, Level.ERROR, f"{one.what}\n{one.allowed}".rstrip(), *_here(place, second))


def of_differences(report: ContractDifferences, second: Named) -> Iterator[Annotation]:
    """Yield who gains, at the line that grants it, who loses, and new escalations."""
    for row in report["changes"]:
        gains = row["change"] != "loss"
        # A line that is gone is in no file of the later contract.
        place = _split(row["place"]) if gains and row["place"] else None
        rule, level = ("access-gained", Level.WARNING) if gains else ("access-lost", Level.NOTE)
        yield Annotation(rule, level, _sentence(row), *_here(place or (str(second.path), 1), second))
    for text in report["new_escalations"]:
        yield Annotation("new-escalation", Level.WARNING, text, *_here((str(second.path), 1), second))


def of_preview(previewed: Result) -> Iterator[Annotation]:
    """Yield what the deployment would refuse, and advice."""
    for stack, outcome in previewed.outcomes.items():
        for one in outcome.violations:
            shown = Shown(one.policy, one.pack, stack, one.resource, one.message, one.mandatory)
            level = Level.ERROR if one.mandatory else Level.WARNING
            yield Annotation(one.policy, level, f"{stack}: {one.message}", *shown.place)


def sarif(annotations: Sequence[Annotation]) -> dict[str, Any]:
    """Return findings in the Static Analysis Results Interchange Format 2.1.0."""
    named = sorted({one.rule for one in annotations})
    rules = [{"id": name, **({"shortDescription": {"text": RULES[name]}} if name in RULES else {})} for name in named]
    driver = {"name": "rolecall review", "version": __version__, "rules": rules}
    results = [_result(one, named.index(one.rule)) for one in annotations]
    return {
        "$schema": SARIF_SCHEMA,
        "version": SARIF_VERSION,
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def github(annotations: Iterable[Annotation]) -> str:
    """Return findings as commands to GitHub's runner, a line each."""
    words: dict[Level, str] = {Level.NOTE: "notice"}
    lines = [
        workflow_command(words.get(one.level, one.level), one.message, file=one.file, line=one.line, title=one.rule)
        for one in annotations
    ]
    return "".join(f"{line}\n" for line in lines)


def _result(one: Annotation, index: int) -> dict[str, Any]:
    seed = hashlib.sha256("\0".join((one.rule, one.file, one.message)).encode()).hexdigest()
    physical = {"artifactLocation": {"uri": quote(plain(one.file))}, "region": {"startLine": one.line}}
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": str(one.level),
        "message": {"text": sarif_text(one.message)},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {"rule/file/message": seed},
    }


def _sentence(row: ContractChange) -> str:
    who, thing, before, after, path = cells_of(row)
    return f"{who} on {thing}: {before} → {after}\n{path}"


def _split(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return file, int(line)


def _here(place: tuple[str, int], second: Named) -> tuple[str, int]:
    """Return a file as code scanning knows it: in the repository, or relative to the working folder."""
    file, line = place
    if second.folder is not None:
        file = second.shown(file)
        return file.removeprefix(f"{second.name}:"), line
    return relative_file(file), line
