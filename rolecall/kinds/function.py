"""Functions: access to one function of Unity Catalog, which runs with the rights of its owner."""

from __future__ import annotations

from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ALL_PRIVILEGES, APPLY_TAG, GRANTS, Access
from rolecall.kinds.schema_part import SchemaPart, SchemaPartKind
from rolecall.kinds.spec import Owner, Resource


class Function(SchemaPart):
    """A function that a job or another team makes: Rolecall declares its access list."""


FUNCTION = SchemaPartKind[Function](
    Kind.FUNCTION,
    "https://docs.databricks.com/en/udf/unity-catalog.html",
    "access to single functions of Unity Catalog, which jobs make",
    Function,
    access=Access(GRANTS, "function", "function"),
    verbs={Verb.RUN: "EXECUTE", Verb.MANAGE: "MANAGE"},
    without_verb=ALL_PRIVILEGES | APPLY_TAG,
    owner=Owner("field", "owner", "holds every privilege on it; it reads data with the owner's rights"),
    resource=Resource("", properties=lambda _function, _facts: None),
    data=None,
)
