"""Objects of a metastore that projects declare: their names, and who may reach those with sensitive content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from rolecall.ids.ids import ObjectId
from rolecall.ids.name_types import Name
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Verb
from rolecall.kinds.spec import KindSpec, Naming, Refusal, Scope, Surroundings, Value, dashed

# https://docs.databricks.com/en/sql/language-manual/sql-ref-names.html: object names of Unity Catalog.
NAMES = NameSyntax(
    "https://docs.databricks.com/en/sql/language-manual/sql-ref-names.html",
    r"^./\x00-\x20\x7f",
    "any characters but '.', '/', spaces and control characters",
    255,
)
SecurableName = Annotated[
    str,
    StringConstraints(pattern=r"^[^./\x00-\x20\x7f]+$", max_length=255),
    Field(description="a name without '.', '/', spaces and control characters, of at most 255 characters"),
]
# The isolation mode of an object that is usable from the workspaces that it is bound to, and from no other.
# https://docs.databricks.com/api/workspace/externallocations/update
ISOLATED = "ISOLATION_MODE_ISOLATED"


class MetastoreObject(Adjustable):
    """An object of a metastore: each environment has its own."""

    name: SecurableName | None = None
    """its name in the metastore; without it, ENVIRONMENT-PROJECT-KEY"""
    existing: SecurableName | None = None
    """the name of an object that is managed elsewhere: Rolecall declares only its access list"""

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if self.name is not None and self.existing is not None:
            raise ValueError("write `name`, of an object that Rolecall makes, or `existing`, and not both")
        return self


class SensitiveObject(MetastoreObject):
    """An object of a metastore through which data is reached."""

    sensitive: bool = False
    """it reaches sensitive data: only the roles that it names are granted anything on it"""
    roles: list[Name] = Field(default_factory=list)
    """the only roles that are granted anything on it, where it is sensitive"""


class BoundObject(SensitiveObject):
    """An object of a metastore that is usable from the workspaces that it is bound to, and from no other."""

    workspaces: list[Name] = Field(default_factory=list)
    """workspaces from which it is used beside that of its environment"""

    @model_validator(mode="after")
    def _bound_by_its_owner(self) -> Self:
        if self.existing is not None and self.workspaces:
            raise ValueError("`existing` names an object that is managed elsewhere: leave `workspaces` out")
        return self


def securable_name(value: Any, identity: ObjectId, around: Surroundings) -> str:
    """Return the name that the contract sets, or else ENVIRONMENT-PROJECT-KEY."""
    if isinstance(value, MetastoreObject):
        try:
            own = value.for_environment(identity.own_environment)
        except ValidationError:
            # A check of its own reports the override.
            own = value
        if name := own.name or own.existing:
            return name
    return dashed(value, identity, around)


NAMING: Naming[Any] = Naming(securable_name, NAMES)


@dataclass(frozen=True, kw_only=True)
class MetastoreKind(KindSpec[Value]):
    """A kind of objects of a metastore that projects declare."""

    attributes: tuple[str, ...] = ("name",)
    scope: Scope = Scope.METASTORE
    naming: Naming[Value] | None = NAMING


def refuses_other_roles(value: Any, _verb: Verb, role: str, _protected: bool) -> Refusal | None:  # noqa: FBT001 - as `refuses` has it
    """Refuse a role on an object that is sensitive and does not name it."""
    if not value.sensitive or role in value.roles:
        return None
    return Refusal(
        "sensitive-data-reachable",
        "which is sensitive and not open to that role",
        "Add the role to its `roles`, or let the role choose objects by tags that this one lacks.",
        of_object=True,
    )
