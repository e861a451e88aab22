"""SQL statements that make views and functions: https://docs.databricks.com/api/workspace/statementexecution.

Queries are not executed: a statement that is not known here is refused, never taken silently.
"""

from __future__ import annotations

import re
import uuid

from rolecall.emulators.application import Call, Json, Refused
from rolecall.emulators.databricks.errors import denied, missing
from rolecall.emulators.databricks.securables import ROUTINE, SCHEMA, TABLE, Securables
from rolecall.emulators.routes import route

_NAME = r"(`?[\w-]+`?\.`?[\w-]+`?\.`?[\w-]+`?)"
_VIEW = re.compile(rf"\s*create\s+(?:or\s+replace\s+)?view\s+{_NAME}\s+as\s+(.*)", re.IGNORECASE | re.DOTALL)
_FUNCTION = re.compile(
    rf"\s*create\s+(?:or\s+replace\s+)?function\s+{_NAME}\s*\(.*?\)\s*returns\s+.*?\s+return\s+(.*)",
    re.IGNORECASE | re.DOTALL,
)

_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_SOURCE = re.compile(r"\b(?:from|join)\s+(?:identifier\(')?([`\w-]+(?:\s*\.\s*[`\w-]+)*)", re.IGNORECASE)

# What only means something for results, of which there are none here.
NOT_EXECUTED = ("schema", "wait_timeout", "on_wait_timeout", "format", "disposition")


class Statements(Securables):
    """The routes for one workspace."""

    # Clients write the path with and without the slash.
    @route("POST", "/api/2.0/sql/statements/", knows=NOT_EXECUTED)
    @route("POST", "/api/2.0/sql/statements", knows=NOT_EXECUTED)
    def execute(self, call: Call) -> Json:
        """Execute a statement that makes a view or a function; its maker owns it."""
        statement = str(call.body.get("statement") or "")
        if call.body.get("warehouse_id") not in self._workspace.warehouses:
            raise missing(f"Warehouse {call.body.get('warehouse_id')} was not found.")
        view, function = _VIEW.fullmatch(statement), _FUNCTION.fullmatch(statement)
        if view:
            reads = _dependencies(call, view[1], view[2])
            content = {"table_type": "VIEW", "view_definition": view[2].strip(), "view_dependencies": reads}
            self._make(call, TABLE, view[1], content)
        elif function:
            body = {"routine_body": "SQL", "routine_definition": function[2].strip(), "security_type": "DEFINER"}
            body["routine_dependencies"] = _dependencies(call, function[1], function[2])
            self._make(call, ROUTINE, function[1], body)
        else:
            message = "The emulator executes CREATE VIEW and CREATE FUNCTION only."
            raise Refused(501, {"error_code": "NOT_IMPLEMENTED", "message": message})
        return {"statement_id": str(uuid.uuid4()), "status": {"state": "SUCCEEDED"}}

    @route("GET", "/api/2.1/unity-catalog/functions", knows=("include_browse",))
    def functions(self, call: Call) -> Json:
        """Answer the functions of a schema; registered models have a list of their own."""
        start = f"{call.query.get('catalog_name', '')}.{call.query.get('schema_name', '')}.".lower()
        return self.paged(
            call, "functions", [one for name, one in self.of_type(ROUTINE).items() if name.startswith(start)]
        )

    def _make(self, call: Call, kind: str, quoted: str, content: Json) -> None:
        name = quoted.replace("`", "").lower()
        schema, caller = name.rpartition(".")[0], self.caller(call)
        self.find(SCHEMA, schema)
        privilege = "CREATE_TABLE" if kind == TABLE else "CREATE_FUNCTION"
        if not self.controls(caller, SCHEMA, schema) and not self.holds(caller, SCHEMA, schema, privilege):
            raise denied(f"User does not have {privilege.replace('_', ' ')} on Schema '{schema}'.")
        catalog, inner, own = name.split(".")
        self.of_type(kind).pop(name, None)
        self.add(kind, name, caller, {"catalog_name": catalog, "schema_name": inner, "name": own, **content})


def _dependencies(call: Call, name: str, text: str) -> Json:
    """Return the tables that a query reads, by full name: omitted parts are taken from its session.

    https://docs.databricks.com/api/workspace/tables/get (view_dependencies); the session's catalog is that of the
    request, and the schema too: …/statementexecution/executestatement.
    """
    own = name.replace("`", "").lower().split(".")
    session = [str(call.body.get("catalog") or own[0]), str(call.body.get("schema") or own[1])]
    found = []
    for match in _SOURCE.findall(_COMMENT.sub("", text)):
        parts = [part for part in re.split(r"\s*\.\s*", match.replace("`", "").lower()) if part]
        full = [*session[: 3 - len(parts)], *parts] if len(parts) < 3 else parts
        found.append({"table": {"table_full_name": ".".join(full)}})
    return {"dependencies": found}
