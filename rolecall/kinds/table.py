"""Tables: access to one table or view, beside that of its schema. Jobs and pipelines make them, not Rolecall."""

from __future__ import annotations

from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ALL_PRIVILEGES, APPLY_TAG, GRANTS, Access
from rolecall.kinds.schema_part import SchemaPart, SchemaPartKind
from rolecall.kinds.spec import Owner, Resource


class Table(SchemaPart):
    """A table or view that a job, a pipeline or another team makes: Rolecall declares its access list."""


TABLE = SchemaPartKind[Table](
    Kind.TABLE,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html",
    "access to single tables and views, which jobs make",
    Table,
    access=Access(GRANTS, "table", "table"),
    verbs={Verb.VIEW: "SELECT", Verb.EDIT: "MODIFY", Verb.MANAGE: "MANAGE"},
    without_verb={
        **ALL_PRIVILEGES,
        **APPLY_TAG,
        "REFRESH": "it is about materialized views alone, whose pipeline refreshes them",
    },
    owner=Owner("field", "owner", "holds every privilege on it, and may grant them and drop it"),
    resource=Resource("", properties=lambda _table, _facts: None),
    data=None,
)
