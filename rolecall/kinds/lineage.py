"""Lineage: the system tables that say what data came from where."""

from __future__ import annotations

from typing import Any

from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import GRANTS, Access
from rolecall.kinds.spec import KindSpec, Scope

LINEAGE = KindSpec[Any](
    Kind.LINEAGE,
    "https://docs.databricks.com/en/admin/system-tables/index.html",
    noun="lineage tables",
    one_for_each="metastore",
    scope=Scope.METASTORE,
    shared=True,
    access=Access(GRANTS, "table", "table", ("system.access.table_lineage", "system.access.column_lineage")),
    verbs={Verb.VIEW: "SELECT"},
    without_verb={},
    data=None,
)
