"""Tables: access to one table or view, beside that of its schema. Jobs and pipelines make them, not Rolecall."""

from __future__ import annotations

from rolecall.ids.name_types import CatalogName
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import GRANTS, Access
from rolecall.kinds.metastore_object import refuses_other_roles
from rolecall.kinds.schema_part import NAMING, SchemaPart, refers_to_dataset
from rolecall.kinds.spec import KindSpec, Owner, Resource, Scope


class Table(SchemaPart):
    """A table or view that a job, a pipeline or another team makes: Rolecall declares its access list."""


TABLE = KindSpec[Table](
    name=Kind.TABLE,
    noun="table",
    docs="https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html",
    section="tables",
    summary="access to single tables and views, which jobs make",
    key=CatalogName,
    model=Table,
    attributes=("name",),
    refuses=refuses_other_roles,
    refers=refers_to_dataset,
    in_schema=True,
    scope=Scope.CATALOG,
    naming=NAMING,
    access=Access(GRANTS, "table", "table"),
    verbs={Verb.VIEW: "SELECT", Verb.EDIT: "MODIFY", Verb.MANAGE: "MANAGE"},
    without_verb={
        "ALL_PRIVILEGES": "it grows with every privilege that Databricks adds",
        "APPLY_TAG": "changing tags changes which rules protect the data",
        "REFRESH": "it is about materialized views alone, whose pipeline refreshes them",
    },
    owner=Owner("field", "owner", "holds every privilege on it, and may grant them and drop it"),
    resource=Resource("", properties=lambda _table, _facts: None),
    data=None,
)
