"""Audit: the system table of actions and their authors."""

from __future__ import annotations

from typing import Any

from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import GRANTS, Access
from rolecall.kinds.spec import KindSpec, Scope

AUDIT = KindSpec[Any](
    Kind.AUDIT,
    "https://docs.databricks.com/en/admin/system-tables/index.html",
    noun="audit tables",
    one_for_each="metastore",
    scope=Scope.METASTORE,
    shared=True,
    access=Access(GRANTS, "table", "table", ("system.access.audit",)),
    verbs={Verb.VIEW: "SELECT"},
    without_verb={},
    data=None,
)
