"""The author of a group's name, or of a system's answer, cannot change how another reader sees it."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import Mock
from xml.etree import ElementTree

import pytest

from rolecall.access.expiring import Expiry
from rolecall.compiled import CompiledContract
from rolecall.console import deployment, expiring, grants, outcomes, parity, policies, shown
from rolecall.console.answer_format import AnswerFormat
from rolecall.console.failure import show_error
from rolecall.console.output import GrantsFormat, PolicyFormat, ReportFormat, err, out, print_json
from rolecall.console.parity_documents import html, markdown
from rolecall.console.violation_documents import RuleShown, Shown, junit, sarif
from rolecall.documents.access import ExpiryRow, GrantRow, ReasonRow
from rolecall.engine.events import Outcome, ResourceStep, Violation
from rolecall.errors import InvalidContract, Place, Problem, SystemRefused, UsageError
from rolecall.ids.characters import engine_text
from rolecall.parity.report import Cell, CellState, Ending, Finding, FindingKind, Matrix, Report, Row, SystemSummary
from rolecall.policies.context import Context
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding as PolicyFinding
from rolecall.policies.rule import Resource, message
from rolecall.provider.server import _guarded
from tests.conftest import ROOT
from tests.support.contracts import compiled

ATTACKS = {
    "cursor": "a\x1b[2J\x1b[1A\x1b]0;title\x07b",
    "link of a terminal": "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "eight-bit control": "a\x9b31mred\x85next",
    "order": "admins\u202eegnahc\u2066x\u2069",
    "nothing to see": "adm\u200bins\u00ad\u3164\ufe0f",
    "line": "fine\nno findings\r\x0b\x0c\u2028\u2029end",
    "markup": "[/] [bold red]x[/bold red] [link=https://evil.example]y[/link] [/nothing] \\[",
    "emoji": "a :white_check_mark: b",
    "cells": "a | b || c \\| d",
    "mention": "@ada @acme/owners #1 !2 GH-3 ada@example.com",
    "address": "https://evil.example www.evil.example <https://evil.example>",
    "link": "[here](https://evil.example) ![x](https://evil.example/x.png) [a][b]\n\n[b]: https://evil.example",
    "element": "<img src=x onerror=alert(1)> <script>alert(1)</script> &lt;b&gt; </td></tr>",
    "block": "# a",
    "list": "1. a",
    "code": "`a` ```b``` ~~c~~ $d$ *e* __f__",
    "comment": "<!-- a --> ]]> --> <![CDATA[x]]>",
    "formula": "=cmd|'/c calc'!A1",
    "formula behind a blank": "  +1+1",
    "formula of full width": "\uff1d1+1",
    "at": "@SUM(A1)",
    "command": "::error file=a::b\n  ::set-output name=x::y\n::stop-commands::z",
    "old command": "x ##[error]y ##vso[task.setvariable variable=a]b ##teamcity[x]",
    "argument": "{0} {{1}} {",
    "surrogate": "\udc80",
    "no character": "\ufffe\x00",
}
TODAY = date(2026, 11, 20)
PLACE = Place("contract.yaml", 1)


@pytest.fixture(params=ATTACKS, ids=list(ATTACKS))
def attack(request: pytest.FixtureRequest) -> str:
    return ATTACKS[request.param]


def report(text: str) -> Report:
    finding = Finding(text, FindingKind.EXTRA, None, text, text, text, Place(text, 1), text)
    row = Row(text, (Cell(text, CellState.DIFFERENT), Cell(text, CellState.EQUAL)))
    systems = (SystemSummary(text, 1, 1, 1, 1, 1.0), SystemSummary(text, 0, 0, 0, 0, 0.0, failure=text))
    told: ExpiryRow = {
        "kind": text,
        "what": text,
        "owner": text,
        "effect": text,
        "place": text,
        "expires": text,
        "days": 1,
        "expired": False,
    }
    matrix = Matrix((text, text), (row,))
    return Report(systems, (finding,), matrix, Matrix((text, text), (row,), "job"), (Ending(text, told),))


def outcome(text: str) -> Outcome:
    violations = [Violation(text, text, text, f"{text}\n{text}", mandatory=True)]
    found = Outcome(violations=violations, errors=[(text, text), ("", text)], warnings=[text], exit_code=1)
    found.finished = found.undone = [ResourceStep("create", "t", text)]
    found.changes = {"create": 1}
    return found


def violation(text: str) -> Shown:
    return Shown(text, text, text, text, f"{text} ({text}:3): {text}\n{text}", mandatory=True, exemption=text)


Render = Callable[[str, CompiledContract], None]


def _show_grants(text: str, found: CompiledContract) -> None:
    reason: ReasonRow = {"role": text, "because": text, "ticket": text, "expires": None, "place": text}
    other: ReasonRow = {**reason, "role": None}
    row: GrantRow = {
        "subject": text,
        "subject_type": text,
        "verb": text,
        "kind": text,
        "object": text,
        "environment": text,
        "via": [text],
        "reasons": [reason, other],
    }
    selection = grants.Selection(None, None, None, None, "subject", every=False)
    grants._print_table([row], selection)


def _show_outcomes(text: str, found: CompiledContract) -> None:
    not_run = Outcome(ran=False, not_run=text)
    outcomes.show_outcomes({f"dev.{text}": outcome(text), text: not_run, "dev.b": outcome(text)}, found.contract, text)


def _show_ending(text: str, found: CompiledContract) -> None:
    entry = Expiry(text, text, TODAY, text, Place(text, 1), text)
    expiring.show_expiring(found, [entry], TODAY, 30, AnswerFormat.TABLE)
    expiring.warn([entry], TODAY, to_stderr=False)


def _show_errors(text: str, found: CompiledContract) -> None:
    show_error(UsageError(text, text))
    show_error(InvalidContract([Problem(text, Place(text, 1), text, text)]))


def _print_as_it_is(text: str, found: CompiledContract) -> None:
    out.print(text)
    err.print(f"[bold]{text}")


RENDERERS: dict[str, Render] = {
    "parity": lambda text, _: parity.show_report(report(text), ReportFormat.TABLE),
    "grants": _show_grants,
    "outcomes": _show_outcomes,
    "expiring": _show_ending,
    "errors": _show_errors,
    "violations": lambda text, _: policies.write_violations([violation(text)], PolicyFormat.TABLE),
    "violations of a deployment": lambda text, _: deployment._write_violations(
        {text: outcome(text)}, PolicyFormat.JUNIT
    ),
    "a text that nobody made ready": _print_as_it_is,
}


@pytest.fixture
def contract(tmp_path: Path) -> CompiledContract:
    return compiled(tmp_path)


@pytest.mark.parametrize("command", RENDERERS)
def test_nothing_but_text_reaches_a_terminal(
    contract: CompiledContract, capsys: pytest.CaptureFixture[str], attack: str, command: str
) -> None:
    RENDERERS[command](attack, contract)
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        hidden = [one for one in text if one not in "\n" and unicodedata.category(one) in shown.HIDDEN]
        assert hidden == []
        for line in text.split("\n"):
            assert not line.lstrip().startswith("::"), line
            assert re.search(r"##\w*\[", line) is None, line


@pytest.mark.parametrize("command", [name for name in RENDERERS if "nobody" not in name])
def test_markup_is_shown_as_it_stands(
    contract: CompiledContract, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    RENDERERS[command]("[red]loud[/red] :tada:", contract)
    captured = capsys.readouterr()
    folded = re.sub(r"\s+", "", captured.out + captured.err)
    assert "[red]loud[/red]" in folded
    assert ":tada:" in folded


def test_documents_in_json_give_no_command(capsys: pytest.CaptureFixture[str], attack: str) -> None:
    print_json({"name": attack})
    text = capsys.readouterr().out
    assert json.loads(text) == {"name": attack}
    assert text.isascii()
    assert re.search(r"##\w*\[", text) is None


def test_markdown_of_parity_holds_text_only(attack: str) -> None:
    text = markdown(report(attack))
    for line in text.split("\n"):
        assert _is_harmless_markdown(line), line
    tables = [part for part in text.split("\n\n") if part.startswith("|")]
    assert len(tables) == 5
    for table in tables:
        widths = {len(_cells(line)) for line in table.split("\n")}
        assert len(widths) == 1, table


def test_markdown_is_text(attack: str) -> None:
    assert _is_harmless_markdown(shown.markdown(attack))
    assert len(_cells(f"| {shown.markdown_lines(attack)} |")) == 3


def _cells(line: str) -> list[str]:
    """Return a row's cells as GFM splits them: at bars that no backslash escapes."""
    return re.split(r"(?<!\\)(?:\\\\)*\|", line)


def _is_harmless_markdown(line: str) -> bool:
    """Return whether a line has neither element, link, mention, reference, code nor anything that is not shown."""
    rest = re.sub(r"\\.", " ", line.replace("<br>", " "))
    active = re.search(r"[<>`*~$\[\]]|(?<!&)#\w|[@!]\w|://\w|\bwww\.|\bGH-\d|:\w+:", rest.replace("&#8203;", "\u200b"))
    return active is None and all(unicodedata.category(one) not in shown.HIDDEN for one in line)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.attributes |= {name for name, _ in attrs}


def test_html_of_parity_has_only_its_own_elements(attack: str) -> None:
    own, attacked = _Elements(), _Elements()
    own.feed(html(report("a")))
    attacked.feed(html(report(attack)))
    assert attacked.found == own.found
    assert attacked.attributes <= {"lang", "charset", "name", "content", "class"}


def test_csv_holds_no_formula(attack: str, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [shown.csv_cell(attack), shown.csv_cell(f"\t{attack}")]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    (read,) = csv.reader(io.StringIO(written.getvalue()))
    for one in read:
        assert unicodedata.normalize("NFKC", one).lstrip()[:1] not in ("=", "+", "-", "@")


def test_grants_in_csv_hold_no_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '{role: developer, group: engineers, environments: [dev], ticket: "=1+1"}'
    from tests.support.contracts import CONTRACT

    replaced = re.sub(r"ticket: [A-Z]+-1", 'ticket: "=1+1"', CONTRACT)
    assert replaced != CONTRACT, text
    selection = grants.Selection(None, None, None, None, "subject", every=False)
    grants.show_grants(compiled(tmp_path, replaced), selection, GrantsFormat.CSV)
    rows = [*csv.DictReader(io.StringIO(capsys.readouterr().out))]
    assert "'=1+1" in {row["ticket"] for row in rows}
    assert not any(value.startswith("=") for row in rows for value in row.values())


def test_junit_is_xml_of_its_own_elements(attack: str) -> None:
    rule = RuleShown(attack, attack, attack, (attack,))
    read = ElementTree.fromstring(junit([violation(attack)], {attack: rule}, {attack: [attack]}))  # noqa: S314 - our own
    assert {one.tag for one in read.iter()} <= {"testsuites", "testsuite", "testcase", "failure", "system-out"}


def test_sarif_has_no_link_and_no_argument(attack: str) -> None:
    document = sarif([violation(attack)], {})
    text = document["runs"][0]["results"][0]["message"]["text"]
    assert re.search(r"(?<!\\)(?:\\\\)*[\[\]]", text) is None
    assert re.search(r"(?<!\{)(?:\{\{)*\{(?!\{)", text) is None
    assert json.loads(json.dumps(document)) == document
    uri = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[\w.~/%-]*", uri, re.ASCII)


@pytest.mark.parametrize("text", ["dev-churn-trainer", "projects/a.yaml:12", "Ünïcødé 日本語 العربية", "a b_c.d, e"])
def test_plain_names_stay_as_they_are(text: str) -> None:
    for function in (shown.plain, shown.terminal, shown.markdown, shown.csv_cell, shown.html, shown.xml, shown.sarif):
        assert function(text) == text


PRINTING = ("print", "add_row", "add_column")
# What makes text ready, and what numbers are formatted with.
READY, NUMBERS = {"terminal", "cell", "len"}, (",", "f")


def _is_ready(value: ast.expr) -> bool:
    """Return whether what is printed is a constant, a number, or was made ready."""
    match value:
        case ast.Constant() | ast.Name():
            # A name holds a table, or a cell that a line before has put together; no name is put into a line.
            return True
        case ast.JoinedStr(values=parts):
            return all(not isinstance(one, ast.Name) and _is_ready(one) for one in parts)
        case ast.FormattedValue(value=inner, format_spec=ast.JoinedStr(values=[ast.Constant(value=str(spec))])):
            return spec.endswith(NUMBERS) or _is_text_ready(inner)
        case ast.FormattedValue(value=inner):
            return _is_text_ready(inner)
        case ast.Call(func=ast.Name(id=name)):
            return name in READY or name.startswith("_")
        case ast.Call(func=ast.Attribute(value=inner, attr="rstrip" | "isoformat")):
            return _is_ready(inner) or ast.unparse(value).endswith("expires.isoformat()")
        case ast.Starred(value=ast.Call(func=ast.Name(id="map"), args=[ast.Name(id=name), *_])):
            return name in READY
        case ast.Starred(value=ast.Name()):
            return True
        case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, right=second):
            return _is_ready(first) and _is_ready(second)
    return False


def _is_text_ready(value: ast.expr) -> bool:
    return not isinstance(value, ast.Name) and _is_ready(value)


def _printed() -> Iterator[tuple[str, ast.expr]]:
    for folder in ("console", "cli", "demo"):
        for path in sorted((ROOT / "rolecall" / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Attribute(value=ast.Name(), attr=name), args=arguments) if name in PRINTING:
                        yield from ((f"{path.name}:{node.lineno}: {ast.unparse(one)}", one) for one in arguments)


def test_every_text_that_is_printed_was_made_ready() -> None:
    printed: Sequence[tuple[str, ast.expr]] = [*_printed()]
    assert len(printed) > 60
    assert [where for where, value in printed if not _is_ready(value)] == []


@pytest.mark.parametrize("name", [*ATTACKS, "a colour of the engine"])
def test_what_the_engine_is_given_to_print_is_text(name: str) -> None:
    """Plain `pulumi` prints what providers and packs say as it is."""
    text = ATTACKS.get(name, "<{%fg 1%}>red<{%reset%}>")
    found = Violations.found(text)
    for said in (engine_text(text), message(found, Violations.finding(text), Context())):
        assert [one for one in said if one not in "\n\t" and unicodedata.category(one) in shown.HIDDEN] == []
        assert "<{%" not in said


class Violations:
    """A resource that somebody else has named, and what a rule finds of it."""

    @staticmethod
    def found(text: str) -> Resource:
        return Resource("a:b:C", text, "prod", Properties({}), {}, f"urn:pulumi:prod::p::a:b:C::{text}")

    @staticmethod
    def finding(text: str) -> PolicyFinding:
        return PolicyFinding(text, text)


def test_an_error_of_the_provider_is_text(attack: str) -> None:
    refused = Mock()
    refused.abort.side_effect = RuntimeError
    for error in (SystemRefused(attack), UsageError(attack, attack), ValueError(attack)):
        with pytest.raises(RuntimeError):
            _guarded(refused, Mock(side_effect=error))
        said = str(refused.abort.call_args[0][1])
        assert [one for one in said if one not in "\n\t" and unicodedata.category(one) in shown.HIDDEN] == []


def test_commands_are_searched_once_in_empty_lines() -> None:
    """Each of them began the search anew: seconds for a description of 100,000 characters."""
    text = "\n" * 100_000
    assert shown.plain(f"{text} ::error::", lines=True) == rf"{text} \x3a:error::"
