"""Written deletions: what holds data, or cannot be had again, goes only where the contract says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from rolecall.ids.model import Model
from rolecall.ids.name_types import Name
from rolecall.kinds.registry import KINDS


class DataKind(StrEnum):
    """The kinds of object that hold data or cannot be had again; a group of many members counts as one."""

    CATALOG = "catalog"
    DATASET = "dataset"
    EXPERIMENT = "experiment"
    FOLDER = "folder"
    GROUP = "group"
    MODEL = "model"
    SECRET_SCOPE = "secret_scope"  # noqa: S105 - a kind's name
    VOLUME = "volume"
    WORKSPACE = "workspace"


@dataclass(frozen=True)
class DataHolder:
    """What is lost with an object of a kind.

    Attributes:
        kind: the kind, as `deletions` in the contract has it.
        type: type token of the resource that stands for the object.
        holds: the data that goes with it.
        identity: properties of which each change makes another object.
    """

    kind: DataKind
    type: str
    holds: str
    identity: tuple[str, ...]


DATA_HOLDERS = (
    *(
        DataHolder(DataKind(kind.name), kind.resource.token, kind.data.holds, kind.data.identity)
        for kind in KINDS
        if kind.data is not None and kind.resource is not None
    ),
    *(
        DataHolder(DataKind(child.name), child.token, child.data.holds, child.data.identity)
        for kind in KINDS
        for child in kind.children
        if child.data is not None
    ),
)
BY_TYPE: Mapping[str, DataHolder] = {one.type: one for one in DATA_HOLDERS}
# How many parts separated by `/` an object's name has.
_PARTS: Mapping[DataKind, int] = {
    DataKind.CATALOG: 1,
    DataKind.GROUP: 1,
    DataKind.WORKSPACE: 1,
    DataKind.VOLUME: 3,
}


class Deletion(Model):
    """Allows a run to delete or replace what holds data: one object, a project, or an environment with all in it."""

    kind: DataKind | None = None
    """what the object is"""
    object: Annotated[str, Field(pattern=r"^[^/]+(/[^/]+){0,2}$")] | None = None
    """the object: PROJECT/NAME, PROJECT/DATASET/VOLUME, or the name of a catalog, group or workspace"""
    project: Name | None = None
    """a project, with everything that it has in the environments"""
    environment: Name | None = None
    """an environment, with everything in it, its catalog included"""
    in_: list[Name] | None = Field(default=None, alias="in", min_length=1)
    """the environments in which the object or project goes; without it, all"""
    with_data: bool = False
    """delete a schema or catalog that is not empty, with what Rolecall has not made in it"""
    reason: Annotated[str, Field(min_length=1)]
    """why it goes"""
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
            raise ValueError("`in:` says where an object or a project goes; an environment goes whole")
        if self.kind is not None and self.object is not None:
            parts = _PARTS.get(self.kind, 2)
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
