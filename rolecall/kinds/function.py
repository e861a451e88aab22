"""Functions: access to one function of Unity Catalog, which runs with the rights of its owner."""

from __future__ import annotations

from rolecall.ids.name_types import CatalogName
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import GRANTS, Access
from rolecall.kinds.metastore_object import refuses_other_roles
from rolecall.kinds.schema_part import NAMING, SchemaPart, refers_to_dataset
from rolecall.kinds.spec import KindSpec, Owner, Resource, Scope


class Function(SchemaPart):
    """A function that a job or another team makes: Rolecall declares its access list."""


FUNCTION = KindSpec[Function](
    name=Kind.FUNCTION,
    noun="function",
    docs="https://docs.databricks.com/en/udf/unity-catalog.html",
    section="functions",
    summary="access to single functions of Unity Catalog, which jobs make",
    key=CatalogName,
    model=Function,
    attributes=("name",),
    refuses=refuses_other_roles,
    refers=refers_to_dataset,
    in_schema=True,
    scope=Scope.CATALOG,
    naming=NAMING,
    access=Access(GRANTS, "function", "function"),
    verbs={Verb.RUN: "EXECUTE", Verb.MANAGE: "MANAGE"},
    without_verb={
        "ALL_PRIVILEGES": "it grows with every privilege that Databricks adds",
        "APPLY_TAG": "changing tags changes which rules protect the data",
    },
    owner=Owner("field", "owner", "holds every privilege on it; it reads data with the owner's rights"),
    resource=Resource("", properties=lambda _function, _facts: None),
    data=None,
)
