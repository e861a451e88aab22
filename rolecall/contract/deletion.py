"""Declared deletions: objects with data, or that cannot be re-created, need an entry in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from rolecall.contract.account_object import TAG_POLICY
from rolecall.ids.model import Model
from rolecall.ids.name_types import DataPath, Name
from rolecall.kinds.registry import KINDS
from rolecall.kinds.spec import Data


@dataclass(frozen=True)
class DataHolder:
    """What is lost with an object of a kind.

    Attributes:
        kind: the kind, as `deletions` in the contract has it.
        type: type token of the resource that stands for the object.
        holds: the data that goes with it.
        identity: properties of which each change makes another object.
        one_for_each: the parent with exactly one object of the kind, or `account` for the account's own objects; empty
            for the kinds of projects and for their children.
        name: the property with the name of such an object, or of a child.
        inside: the kind whose objects it lies in; empty where it is no child.
        always_kept: it needs an entry in an unprotected environment, too.
    """

    kind: str
    type: str
    holds: str
    identity: tuple[str, ...]
    one_for_each: str
    name: str
    inside: str
    always_kept: bool


def _holder(kind: str, token: str, data: Data, one_for_each: str = "", inside: str = "") -> DataHolder:
    return DataHolder(kind, token, data.holds, data.identity, one_for_each, data.name, inside, data.always_kept)


# Children of a kind are named with their parent, in any section.
_INSIDE = {child.token for kind in KINDS for child in kind.children if child.data is not None}
DATA_HOLDERS = (
    *(
        _holder(str(kind.name), kind.resource.token, kind.data, kind.one_for_each or "")
        for kind in KINDS
        if kind.data is not None and kind.resource is not None and kind.resource.token not in _INSIDE
    ),
    *(
        _holder(child.name, child.token, child.data, inside=str(kind.name))
        for kind in KINDS
        for child in kind.children
        if child.data is not None
    ),
    # The tag stays on all objects, and nothing limits any more who assigns and removes it there:
    # https://docs.databricks.com/api/workspace/tagpolicies/deletetagpolicy
    _holder(
        "governed_tag",
        TAG_POLICY,
        Data(
            "values and the limits on who assigns it, by which policies grant and mask data",
            ("tagKey",),
            name="tagKey",
            always_kept=True,
        ),
        "account",
    ),
)
BY_TYPE: Mapping[str, DataHolder] = {one.type: one for one in DATA_HOLDERS}
# A group of many members is deleted by writing it, too.
GROUP = "group"
# The kinds of object that hold data or cannot be had again.
DATA_KINDS = tuple(sorted({GROUP, *(holder.kind for holder in DATA_HOLDERS)}))
# How many parts separated by `/` an object's name has: PROJECT/NAME, and what lies in such an object has a third.
_PARTS: Mapping[str, int] = {
    **dict.fromkeys(DATA_KINDS, 1),
    **{kind.name: 2 for kind in KINDS if kind.section is not None},
    **{child.name: 3 for kind in KINDS if kind.section is not None for child in kind.children},
}


def _data_kind(name: str) -> str:
    if name not in DATA_KINDS:
        raise ValueError(f"one of {', '.join(DATA_KINDS)} holds data; {name!r} does not")
    return name


DataKind = Annotated[str, AfterValidator(_data_kind), WithJsonSchema({"type": "string", "enum": [*DATA_KINDS]})]


class Deletion(Model):
    """Allows a run to delete or replace what holds data: one object, a project, or an environment with all in it."""

    kind: DataKind | None = None
    """what the object is"""
    object: DataPath | None = None
    """the object: PROJECT/NAME, PROJECT/DATASET/VOLUME, or the name of a catalog, group or workspace"""
    project: Name | None = None
    """a project, with everything that it has in the environments"""
    environment: Name | None = None
    """an environment, with everything in it, its catalog included"""
    in_: list[Name] | None = Field(default=None, alias="in", min_length=1)
    """the environments in which the object or project is deleted; without it, all"""
    with_data: bool = False
    """delete a schema or catalog that is not empty, with what Rolecall has not made in it"""
    reason: Annotated[str, Field(min_length=1)]
    """why it is deleted"""
    owner: Annotated[str, Field(min_length=1)]
    """who answers for it"""
    expires: date
    """the last day on which it may go"""

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(one is not None for one in (self.object, self.project, self.environment)) != 1:
            raise ValueError("write one of `kind: KIND, object: NAME`, `project: NAME` and `environment: NAME`")
        if (self.kind is None) != (self.object is None):
            raise ValueError("an object is named by both `kind: KIND` and `object: NAME`")
        if self.environment is not None and self.in_ is not None:
            raise ValueError(
                "`in:` names where an object or a project is deleted; an environment is deleted as a whole"
            )
        if self.kind is not None and self.object is not None:
            parts = _PARTS[self.kind]
            if len(self.object.split("/")) != parts:
                shown = {1: "NAME", 2: "PROJECT/NAME", 3: "PROJECT/DATASET/VOLUME"}[parts]
                raise ValueError(f"a {self.kind} is named {shown}")
            if parts == 1 and self.in_ is not None:
                raise ValueError(f"a {self.kind} is in no single environment: leave `in:` out")
        return self

    def holds_on(self, today: date) -> bool:
        """Return whether it still counts."""
        return self.expires >= today

    def is_in(self, environment: str) -> bool:
        """Return whether it is about an environment."""
        return self.in_ is None or environment in self.in_
