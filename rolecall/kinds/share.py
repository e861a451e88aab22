"""Shares: data of a project that recipients outside the organization read by Delta Sharing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from rolecall.ids.ids import ObjectId
from rolecall.ids.name_types import CatalogName, Name
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.metastore_object import MetastoreKind, MetastoreObject
from rolecall.kinds.recipient import FOLDED
from rolecall.kinds.spec import Data, Facts, Owner, Quota, Ref, Reference, Refusal, Resource, Scope

# What a share holds, by section: the kind, and what the API calls it.
# https://docs.databricks.com/api/workspace/shares/update: data_object_type.
SHARED = {
    "datasets": (Kind.DATASET, "SCHEMA"),
    "tables": (Kind.TABLE, "TABLE"),
    "volumes": (Kind.VOLUME, "VOLUME"),
    "models": (Kind.MODEL, "MODEL"),
}


class Share(MetastoreObject):
    """A share: its content, and which recipients read it."""

    datasets: list[CatalogName] = Field(default_factory=list)
    """datasets of the project, with all tables that they have and will have"""
    tables: list[CatalogName] = Field(default_factory=list)
    """single tables of the project"""
    volumes: list[CatalogName] = Field(default_factory=list)
    """single volumes of the project"""
    models: list[CatalogName] = Field(default_factory=list)
    """models of the project"""
    recipients: list[Name] = Field(default_factory=list)
    """the project's recipients that read it"""
    sensitive: bool = False
    """its recipients may read sensitive data; needed where it contains any"""

    @model_validator(mode="after")
    def _has_content(self) -> Self:
        named = [section for section in SHARED if getattr(self, section)]
        if self.existing is not None and named:
            raise ValueError(f"`existing` names a share that is managed elsewhere: leave `{named[0]}` out")
        if self.existing is None and not named:
            raise ValueError(f"it has nothing in it: write one of {', '.join(f'`{one}`' for one in SHARED)}")
        return self

    def targets(self, share: ObjectId) -> Iterator[ObjectId]:
        """Yield the objects in it."""
        for section, (kind, _) in SHARED.items():
            for key in getattr(self, section):
                yield share.sibling(key, kind)


def _properties(share: Share, facts: Facts) -> dict[str, object] | None:
    if share.existing is not None:
        return None
    named = [
        (facts.reference(section, key, "name"), kind, key)
        for section, (kind, _) in SHARED.items()
        for key in getattr(share, section)
    ]
    types = dict(SHARED.values())
    # The provider reads them back in this order (terraform-provider-databricks, sharing/resource_share.go).
    objects = [
        {"name": Ref(facts.id.sibling(key, kind)), "dataObjectType": types[kind]}
        for _, kind, key in sorted(named, key=str)
    ]
    return {
        "name": facts.name,
        "comment": share.description or f"Share {facts.id.key} of {facts.project}",
        "objects": objects,
    }


def _refers(share: Share) -> Iterator[Reference]:
    for section in (*SHARED, "recipients"):
        for key in getattr(share, section):
            yield Reference(section, key, section)


def _refuses(_share: Share, _verb: Verb, _role: str, _protected: bool) -> Refusal:  # noqa: FBT001 - as `refuses` has it
    return Refusal(
        "share-for-recipients-only",
        "which recipients hold and no group or service principal",
        "Write the recipient in `recipients` of the share; take the kind out of the role.",
    )


SHARE = MetastoreKind[Share](
    Kind.SHARE,
    "https://docs.databricks.com/en/delta-sharing/create-share.html",
    "data of the project that recipients outside the organization read",
    Share,
    held_by_groups=False,
    held_by_recipients=True,
    refuses=_refuses,
    refers=_refers,
    # https://docs.databricks.com/en/resources/limits.html (Delta Sharing)
    quota=Quota(1_000, Scope.METASTORE),
    naming=FOLDED,
    access=Access(GRANTS, "share", "share"),
    verbs={Verb.VIEW: "SELECT"},
    without_verb={},
    owner=Owner("field", "owner", "may put more data of its own into it, and give it to more recipients"),
    api=Api(find="/api/2.1/unity-catalog/shares/{name}", id="name"),
    resource=Resource("databricks:index/share:Share", full_name=("name",), properties=_properties),
    data=Data("what its recipients have made of it on their side", ("name",)),
)
