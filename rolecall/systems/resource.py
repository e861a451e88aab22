"""What a system tells the native provider of each of its resources: properties, and what to do with them.

A resource type is one class with its properties as a pydantic model. The provider checks, compares and serves the
schema from the model; the class only creates, reads, updates and deletes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from rolecall.errors import RolecallError

Properties = dict[str, Any]


class Model(BaseModel):
    """Properties of a resource or arguments of a function; in Pulumi's words, so in camel case."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True, frozen=True)

    def properties(self) -> Properties:
        """Return the properties as plain values, without those that are not set."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


Inputs = TypeVar("Inputs", bound=Model)
Arguments = TypeVar("Arguments", bound=Model)


@dataclass(frozen=True)
class Live(Generic[Inputs]):
    """A resource as it is: what could be declared to get it, and what only the system knows."""

    id: str
    inputs: Inputs
    computed: Properties = field(default_factory=dict)


class PartlyMade(Exception):
    """A resource was made, and then something in it could not be: it is kept, and the next run goes on with it."""

    def __init__(self, live: Live[Any], cause: RolecallError) -> None:
        super().__init__(cause.what)
        self.live = live
        self.cause = cause


class Resource(ABC, Generic[Inputs]):
    """One type of resource.

    Attributes:
        token: its type, `rolecall:SYSTEM:NAME`.
        description: what it is, for the schema.
        model: its properties.
        computed: what the system adds, by name with a description; all of them texts.
        replaced_by: properties that cannot change in place. The new object is made first, so that nobody loses access
            for a moment.
        deleted_first: those of them with which the new object cannot stand beside the old one.
        unordered: lists in which the order means nothing.
        settings: properties that say how Rolecall works; they are no part of the object, and a change of one alone
            changes nothing.
    """

    token: ClassVar[str]
    description: ClassVar[str]
    model: ClassVar[type[Model]]
    computed: ClassVar[dict[str, str]] = {}
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    deleted_first: ClassVar[frozenset[str]] = frozenset()
    unordered: ClassVar[frozenset[str]] = frozenset()
    settings: ClassVar[frozenset[str]] = frozenset({"adopt", "removalOverride"})

    @abstractmethod
    def create(self, inputs: Inputs) -> Live[Inputs]:
        """Make it, or find what an earlier run has made."""

    @abstractmethod
    def read(self, identity: str, declared: Inputs | None) -> Live[Inputs] | None:
        """Return it as it is now, or None where it is gone.

        Args:
            identity: its id.
            declared: what was declared; None when it is imported.
        """

    @abstractmethod
    def update(self, identity: str, old: Inputs, new: Inputs) -> Live[Inputs]:
        """Change it in place."""

    @abstractmethod
    def delete(self, identity: str, declared: Inputs) -> None:
        """Remove it; what is gone already is fine."""


class Function(ABC, Generic[Arguments]):
    """A question that a program can ask while it runs.

    Attributes:
        token: its name, `rolecall:SYSTEM:NAME`.
        description: what it answers, for the schema.
        model: its arguments.
        returns: what it answers, as a JSON schema of its properties.
    """

    token: ClassVar[str]
    description: ClassVar[str]
    model: ClassVar[type[Model]]
    returns: ClassVar[dict[str, Any]]

    @abstractmethod
    def call(self, arguments: Arguments) -> Properties:
        """Return the answer."""
