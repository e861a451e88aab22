from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.texts import all_texts
from rolecall.policies.types import ALERT_V2, DASHBOARD, JOB, PIPELINE, QUERY, SQL_QUERY

# Names, literals and comments, in the order in which they begin: a quote in a name or a comment begins no literal.
# apache/spark, sql/api/src/main/antlr4/org/apache/spark/sql/catalyst/parser/SqlBaseLexer.g4
_BEGIN = re.compile(r"""`|(?<!\w)[rR]['"]|['"]|--[^\r\n]*|/\*""")
_QUOTED = {
    "`": re.compile(r"`(?:[^`]|``)*`"),
    "'": re.compile(r"'(?:[^'\\]|\\.|'')*'", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\]|\\.|"")*"', re.DOTALL),
    "r'": re.compile(r"[rR]'[^']*'"),
    'r"': re.compile(r'[rR]"[^"]*"'),
}
_COMMENT_BOUND = re.compile(r"/\*|\*/")
# Runs a literal as a statement: https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-aux-execute-immediate.html
_RUNS_TEXT = re.compile(r"(?i)\bEXECUTE\s+IMMEDIATE\b")
# https://docs.databricks.com/en/sql/language-manual/index.html#security-statements, and ALTER … OWNER TO. Blanks are
# single. A statement that does not begin the text is known by its privilege: columns and tables are called so too.
_BEGINS, _REST = r"(?i)(?:^|[;'\"]) ?", r"[^;]{1,2000}?"
_PRIVILEGE = (
    r"(?:ACCESS|ALL|APPLY|BROWSE|CREATE|EXECUTE|EXTERNAL|MANAGE|MODIFY|READ|REFRESH|SELECT|SET|USAGE|USE|WRITE)[A-Z_]*"
)
# Anything but one literal without escapes may be concatenated from harmless-looking parts.
_COMPUTED = r"""(?i)\bEXECUTE IMMEDIATE\b(?! ?(?:r?'[^'\\]*'|r?"[^"\\]*") ?(?:;|$|(?:USING|INTO)\b))"""
_STATEMENTS = (
    (re.compile(_COMPUTED), "a statement that is put together when it runs"),
    (re.compile(rf"{_BEGINS}GRANT |\bGRANT {_PRIVILEGE}\b{_REST}\bTO\b"), "GRANT"),
    (
        re.compile(rf"{_BEGINS}(?:REVOKE|DENY) |\b(?:REVOKE|DENY) {_PRIVILEGE}\b{_REST}\b(?:FROM|TO)\b"),
        "REVOKE or DENY",
    ),
    (re.compile(rf"(?i)\bALTER [A-Z]+ {_REST}(?<!RENAME COLUMN )\bOWNER TO\b"), "ALTER … OWNER TO"),
    (re.compile(rf"(?i)\bSYNC (?:SCHEMA|TABLE)\b{_REST}\bSET OWNER\b"), "SYNC … SET OWNER"),
    (re.compile(r"(?i)\b(?:CREATE|ALTER|DROP) (?:SHARE|RECIPIENT|GROUP)\b"), "a share, recipient or group"),
    (re.compile(r"(?i)\b(?:CREATE|CREATE OR REPLACE|DROP) POLICY\b"), "a policy"),
    (re.compile(rf"(?i)\bALTER [A-Z]+ {_REST}\b(?:SET|DROP) (?:ROW FILTER|MASK)\b"), "a row filter or column mask"),
    (re.compile(r"(?i)\bALTER COLUMN \S+ (?:SET|DROP) MASK\b"), "a column mask"),
)
# Properties with SQL, including a dashboard's datasets. Descriptions are not statements.
_OF_SQL = re.compile(
    r"(?i)(?:^|[._\]])(?:query|queryText|queryLines|serializedDashboard|sql|statement|text)(?:\[\d+\])?$"
)
_LINE = re.compile(r"(?i)^(.*queryLines)\[\d+\]$")


def _statement(text: str) -> str:
    """Return SQL with single blanks, without comments and quoted names, and without literals where none is run."""
    keeps = _RUNS_TEXT.search(text) is not None
    parts: list[str] = []
    # An opening without its end is no literal or comment, nor is a later one of that kind: the text is scanned as SQL.
    endless: set[str] = set()
    at = 0
    while found := _BEGIN.search(text, at):
        parts.append(text[at : found.start()])
        begin, at = found[0].lower(), found.end()
        if begin.startswith("--"):
            parts.append(" ")
            continue
        end = None if begin in endless else _end(text, begin, found.start())
        if end is None:
            endless.add(begin)
            parts.append(found[0])
            continue
        is_kept = keeps and begin not in ("`", "/*")
        parts.append(f" {text[found.start() : end]} " if is_kept else " name " if begin == "`" else " ")
        at = end
    return " ".join("".join((*parts, text[at:])).split())


def _end(text: str, begin: str, position: int) -> int | None:
    """Return where a name, a literal or a comment ends; None where it does not."""
    if begin == "/*":
        return _end_of_comment(text, position + len(begin))
    found = _QUOTED[begin].match(text, position)
    return found.end() if found is not None else None


def _end_of_comment(text: str, begin: int) -> int | None:
    """Return where a comment ends, with the comments in it; None where it does not."""
    depth = 1
    for bound in _COMMENT_BOUND.finditer(text, begin):
        depth += 1 if bound[0] == "/*" else -1
        if depth == 0:
            return bound.end()
    return None


def _sql_of(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield each text of SQL with its path; lines are one text, whether or not they end with a line break."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for path, text in all_texts(resource.values):
        if line := _LINE.match(path):
            lines[line[1]].append(text)
        elif _OF_SQL.search(path):
            yield path, text
    for path, each in lines.items():
        yield from ((path, joint.join(each)) for joint in ("", "\n"))


# A text that is not known in a preview is judged in the run, before it is written.
def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Grant it in the contract: who runs or schedules this changes access past it."
    found: dict[str, dict[str, None]] = {}
    for path, text in _sql_of(resource):
        statement = _statement(text)
        kinds = (kind for pattern, kind in _STATEMENTS if pattern.search(statement))
        found.setdefault(path, {}).update(dict.fromkeys(kinds))
    for path, each in found.items():
        if each:
            yield Finding(f"{path} changes access ({', '.join(each)})", how)


RULE = Rule(
    "queries-change-no-access",
    "SQL of queries, alerts and dashboards grants and revokes nothing.",
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/index.html",
    (Theme.LEAST_PRIVILEGE, Theme.CHANGE),
    (ALERT_V2, DASHBOARD, JOB, PIPELINE, QUERY, SQL_QUERY),
    _check,
    Example(
        QUERY,
        {"displayName": "q", "warehouseId": "1", "runAsMode": "VIEWER", "queryText": "SELECT grant FROM budgets"},
        (
            put("queryText", "GRANT SELECT ON TABLE acme.churn.scores TO `eve@example.com`"),
            put("queryText", "ALTER SCHEMA acme.churn OWNER TO `eve@example.com`"),
        ),
        (),
    ),
)
