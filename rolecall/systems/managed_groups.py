"""Groups that Rolecall manages in an identity provider, and the resources that declare each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rolecall.contract.contract import Contract


@dataclass(frozen=True)
class IdsText:
    """A text that is computed from ids which may be known only once the groups exist.

    Attributes:
        ids: the ids, or outputs of resources.
        text: returns the text for the ids.
    """

    ids: Sequence[Any]
    text: Callable[[Sequence[str]], str]


@dataclass(frozen=True)
class ManagedGroup:
    """A group that the contract declares.

    Attributes:
        contract: the contract.
        name: its name there.
        description: its purpose.
        mark: the ownership mark that it carries.
        adopt: whether to adopt an existing group of that name.
        includes: ids of the groups whose members are in it, too, with groups nested in them, unless the system
            nests groups.
        members: ids of the people in it; None leaves them unmanaged.
        removal: the property that allows the removal of more than a third of the members; empty without an override.
    """

    contract: Contract
    name: str
    description: str
    mark: str
    adopt: bool
    includes: Sequence[Any] = ()
    members: Sequence[str] | None = None
    removal: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Declaration:
    """A resource of the native provider.

    Attributes:
        token: its type, `rolecall:SYSTEM:NAME`.
        properties: its inputs; an `IdsText` stands for its text.
    """

    token: str
    properties: Mapping[str, Any]


class ManagedGroups(ABC):
    """How an identity provider declares groups. Ids are texts, or outputs of resources."""

    nests: ClassVar[bool]
    """whether groups contain groups there, with all their members"""

    @abstractmethod
    def group(self, group: ManagedGroup) -> Declaration:
        """Return the group itself; its resource id is the group's immutable id."""

    @abstractmethod
    def members(self, group: ManagedGroup, group_id: Any) -> Declaration | None:
        """Return the declaration of a group's members; None if the contract leaves them unmanaged."""

    @abstractmethod
    def assignment(self, application: str, group_id: Any) -> Declaration:
        """Return the assignment of a group to the application that provisions it to Databricks."""
