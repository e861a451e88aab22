"""The problems of a contract: for people with the line and a pointer, for machines as documents."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rolecall import __version__
from rolecall.console.frames import Sources
from rolecall.console.output import SCHEMA_VERSION, CheckFormat, cell, err, print_document, print_json
from rolecall.console.shown import plain, terminal
from rolecall.console.shown import sarif as sarif_text
from rolecall.console.violation_documents import SARIF_SCHEMA, SARIF_VERSION, relative_file
from rolecall.contract.problem_pages import problem_pages
from rolecall.errors import InvalidContract, Problem

if TYPE_CHECKING:
    from rolecall.documents.check import InvalidResult, ProblemRow

NO_TEXTS: Mapping[str, str] = {}
# What CI systems show a problem without a place at.
NO_FILE = "Pulumi.yaml"


def show_problems(error: InvalidContract, texts: Mapping[str, str] = NO_TEXTS) -> None:
    """Write each problem with its line, a pointer, and how to go on.

    Args:
        error: the problems.
        texts: texts of what is no file, by its name.
    """
    sources = Sources(error.problems, texts)
    for problem in error.problems:
        frame = sources.frame(problem)
        column = f":{frame.column}" if frame else ""
        where = f"{problem.place}{column}: " if problem.place else ""
        err.print(f"[bold]{terminal(where)}[/]{cell(problem.what)} [dim]{terminal(f'[{problem.id}]')}[/]")
        for line in frame.lines() if frame else ():
            err.print(f"[dim]{terminal(line)}[/]")
        err.print(f"    {cell(problem.allowed)}")
    ids = list(dict.fromkeys(problem.id for problem in error.problems))
    example = f"; `rolecall explain {ids[0]}` explains one" if ids else ""
    err.print(f"[red]{cell(error.what)}[/]{terminal(example)}")


def write_problems(error: InvalidContract, output: CheckFormat, texts: Mapping[str, str] = NO_TEXTS) -> None:
    """Write problems as a document for a machine.

    Args:
        error: the problems.
        output: the format, which is not TABLE.
        texts: texts of what is no file, by its name.
    """
    if output is CheckFormat.JSON:
        print_document(problems_json(error, texts))
        return
    rows = [_row(problem, Sources(error.problems, texts)) for problem in error.problems]
    if output is CheckFormat.GITHUB:
        sys.stdout.write("".join(f"{_annotation('error', row)}\n" for row in rows))
    elif output is CheckFormat.GITLAB:
        print_json([_code_quality(row, "major") for row in rows])
    else:
        print_json(_sarif(rows))


def write_warnings(warnings: Sequence[tuple[str, str]], output: CheckFormat) -> None:
    """Write that a contract is valid, with warnings (id and text), as a document for a machine other than JSON."""
    rows = [_warning(name, text) for name, text in warnings]
    if output is CheckFormat.GITHUB:
        sys.stdout.write("".join(f"{_annotation('warning', row)}\n" for row in rows))
    elif output is CheckFormat.GITLAB:
        print_json([_code_quality(row, "minor") for row in rows])
    else:
        print_json(_sarif([]))


def problems_json(error: InvalidContract, texts: Mapping[str, str] = NO_TEXTS) -> InvalidResult:
    """Return a contract's problems as a document."""
    sources = Sources(error.problems, texts)
    problems = [_row(problem, sources) for problem in error.problems]
    return {"schema_version": SCHEMA_VERSION, "valid": False, "problems": problems}


def _row(problem: Problem, sources: Sources) -> ProblemRow:
    frame = sources.frame(problem)
    return {
        "id": problem.id,
        "file": problem.place.file if problem.place else None,
        "line": problem.place.line if problem.place else None,
        "column": frame.column if frame else None,
        "length": frame.length if frame else None,
        "source": frame.text if frame else None,
        "what": problem.what,
        "allowed": problem.allowed,
    }


def _warning(name: str, text: str) -> ProblemRow:
    return {
        "id": name,
        "file": None,
        "line": None,
        "column": None,
        "length": None,
        "source": None,
        "what": text,
        "allowed": "",
    }


def _file(row: ProblemRow) -> str:
    """Return a file as CI systems know it: relative to the folder in which the command runs."""
    file = row["file"]
    if file is None:
        return NO_FILE
    return relative_file(file)


def _annotation(level: str, row: ProblemRow) -> str:
    """https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message."""
    where = {"file": _file(row), "line": row["line"], "col": row["column"], "title": row["id"]}
    if row["column"] and row["length"]:
        where["endColumn"] = row["column"] + row["length"]
    return workflow_command(level, _message(row), **where)


def workflow_command(level: str, message: str, **where: str | int | None) -> str:
    """Return a command to GitHub's runner.

    Args:
        level: error, warning or notice.
        message: the message.
        where: file, line, column and title.
    """
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in where.items() if value is not None)
    return f"::{level} {properties}::{_data(message)}"


def _data(text: str) -> str:
    """Escape as the runner reads it: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts."""
    shown = plain(text.replace("\n", "\0")).replace(r"\x00", "\n")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _message(row: ProblemRow) -> str:
    return f"{row['what']}\n{row['allowed']}".rstrip()


def _code_quality(row: ProblemRow, severity: str) -> dict[str, Any]:
    """https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""
    seed = "\0".join((row["id"], _file(row), row["what"]))
    return {
        "description": plain(_message(row).replace("\n", " ")),
        "check_name": row["id"],
        "fingerprint": hashlib.sha256(seed.encode()).hexdigest(),
        "severity": severity,
        "location": {"path": _file(row), "lines": {"begin": row["line"] or 1}},
    }


def _sarif(rows: Sequence[ProblemRow]) -> dict[str, Any]:
    """https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""
    pages = problem_pages()
    named = sorted({row["id"] for row in rows})
    rules = [
        {"id": name, "shortDescription": {"text": page.cause}, "help": {"text": page.fix}}
        if (page := pages.get(name))
        else {"id": name}
        for name in named
    ]
    results = [_result(row, named.index(row["id"])) for row in rows]
    driver = {"name": "rolecall", "version": __version__, "rules": rules}
    return {
        "$schema": SARIF_SCHEMA,
        "version": SARIF_VERSION,
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _result(row: ProblemRow, index: int) -> dict[str, Any]:
    region: dict[str, int] = {"startLine": row["line"] or 1}
    if row["column"] and row["length"]:
        region |= {"startColumn": row["column"], "endColumn": row["column"] + row["length"]}
    location = {"artifactLocation": {"uri": quote(plain(_file(row)))}, "region": region}
    return {
        "ruleId": row["id"],
        "ruleIndex": index,
        "level": "error",
        "message": {"text": sarif_text(_message(row))},
        "locations": [{"physicalLocation": location}],
    }
