from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.texts import all_texts
from rolecall.policies.types import ALERT_V2, DASHBOARD, JOB, PIPELINE, QUERY, SQL_QUERY

# Literals and comments, in the order in which they begin: what looks like a comment in a literal is none.
_QUOTED = re.compile(r"""(?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")|--[^\n]*|/\*.*?\*/""", re.DOTALL)
# Runs a literal as a statement: https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-aux-execute-immediate.html
_RUNS_TEXT = re.compile(r"(?i)\bEXECUTE\s+IMMEDIATE\b")
# https://docs.databricks.com/en/sql/language-manual/index.html#security-statements, and ALTER … OWNER TO.
_NAME = r"(?:[\w`.:${}\[\]'-]+|\s)"
_STATEMENTS = (
    (re.compile(r"(?is)\bGRANT\s+[A-Z][A-Z_,\s]{2,200}?\s+(?:ON|TO)\s"), "GRANT"),
    (re.compile(r"(?is)\b(?:REVOKE|DENY)\s+[A-Z][A-Z_,\s]{2,200}?\s+(?:ON|FROM|TO)\s"), "REVOKE or DENY"),
    (re.compile(rf"(?is)\bALTER\s+[A-Z]+\s{_NAME}{{1,200}}?\b(?:SET\s+)?OWNER\s+TO\s"), "ALTER … OWNER TO"),
    (re.compile(rf"(?is)\b(?:CREATE|ALTER|DROP)\s+(?:SHARE|RECIPIENT|GROUP)\s{_NAME}"), "a share, recipient or group"),
    (re.compile(rf"(?is)\bALTER\s+(?:TABLE|VIEW)\s{_NAME}{{1,200}}?\bDROP\s+(?:ROW\s+FILTER|MASK)\b"), "DROP a filter"),
    (re.compile(r"(?is)\bALTER\s+COLUMN\s+\S+\s+DROP\s+MASK\b"), "DROP MASK"),
)
# Properties that hold SQL. What a description says is no statement.
_OF_SQL = re.compile(
    r"(?i)(?:^|[._\]])(?:query|queryText|queryLines|serializedDashboard|sql|statement|text)(?:$|[.\[])"
)


def _statement(text: str) -> str:
    """Return SQL without comments, and without literals where none of them is run."""
    keeps = _RUNS_TEXT.search(text) is not None
    return _QUOTED.sub(lambda found: f" {found['text']} " if keeps and found["text"] else " ", text)


# A text that is not known in a preview is judged in the run, before it is written.
def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Grant it in the contract: who runs or schedules this changes access past it."
    for path, text in all_texts(resource.values):
        if _OF_SQL.search(path):
            statement = _statement(text)
            kinds = [kind for pattern, kind in _STATEMENTS if pattern.search(statement)]
            if kinds:
                yield Finding(f"{path} changes access ({', '.join(dict.fromkeys(kinds))})", how)


RULE = Rule(
    "queries-change-no-access",
    "SQL of queries, alerts and dashboards grants and revokes nothing.",
    (ALERT_V2, DASHBOARD, JOB, PIPELINE, QUERY, SQL_QUERY),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/index.html",
    (Theme.LEAST_PRIVILEGE, Theme.CHANGE),
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
