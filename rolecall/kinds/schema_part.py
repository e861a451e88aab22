"""Objects in a schema with an access list of their own: tables, volumes and functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from rolecall.ids.ids import ObjectId
from rolecall.ids.name_types import CatalogName, Name
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Verb
from rolecall.kinds.dataset import schema_name
from rolecall.kinds.metastore_object import refuses_other_roles
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.spec import KindSpec, Naming, Reference, Refusal, Scope, Surroundings, Value

# https://docs.databricks.com/en/sql/language-manual/sql-ref-names.html: each part of a full name.
NAMES = NameSyntax(
    "https://docs.databricks.com/en/sql/language-manual/sql-ref-names.html",
    r"^/\x00-\x20\x7f",
    "any characters but '/', spaces and control characters",
    3 * 255 + 2,
)
InnerName = Annotated[
    str,
    StringConstraints(pattern=r"^[^./\x00-\x20\x7f]{1,255}\.[^./\x00-\x20\x7f]{1,255}$"),
    Field(description="SCHEMA.NAME, a schema of the environment's catalog and a name in it"),
]


class SchemaPart(Adjustable):
    """An object in a schema whose access list is beside that of the schema: each environment has its own."""

    dataset: Name | None = None
    """the project's dataset in which it is"""
    name: CatalogName | None = None
    """its name there; without it, the key"""
    existing: InnerName | None = None
    """SCHEMA.NAME of an object in another schema of the environment's catalog, in place of `dataset`"""
    sensitive: bool = False
    """only the roles that it names are granted anything on it; needed in a sensitive dataset"""
    roles: list[Name] = Field(default_factory=list)
    """the only roles that are granted anything on it, where it is sensitive"""

    @model_validator(mode="after")
    def _in_one_schema(self) -> Self:
        if (self.dataset is None) == (self.existing is None):
            raise ValueError("write one of `dataset: KEY` and `existing: SCHEMA.NAME`")
        if self.existing is not None and self.name is not None:
            raise ValueError("`existing` has the name in it: leave `name` out")
        return self

    def inner_name(self, project: str, key: str) -> str:
        """Return the schema and the name in it, as the catalog has them."""
        return self.existing or f"{schema_name(project, self.dataset or '')}.{self.name or key}"


def _name(value: Any, identity: ObjectId, around: Surroundings) -> str:
    own = value
    # A check of its own reports a wrong override.
    with suppress(ValidationError):
        own = value.for_environment(identity.own_environment)
    return f"{around.catalog}.{own.inner_name(identity.own_project, identity.key)}"


_refers = refers_by({"dataset": "datasets"})
NAMING: Naming[Any] = Naming(_name, NAMES)


@dataclass(frozen=True, kw_only=True)
class SchemaPartKind(KindSpec[Value]):
    """A kind of objects in a schema with access lists of their own."""

    key: Any = CatalogName
    attributes: tuple[str, ...] = ("name",)
    refuses: Callable[[Value, Verb, str, bool], Refusal | None] | None = refuses_other_roles
    refers: Callable[[Value], Iterable[Reference]] = _refers
    in_schema: bool = True
    scope: Scope = Scope.CATALOG
    naming: Naming[Value] | None = NAMING
