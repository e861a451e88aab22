"""Live access in a system, in canonical form: every system returns it to parity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep
from rolecall.access.membership import Members
from rolecall.contract.contract import Contract
from rolecall.contract.usual_variables import SystemVariables
from rolecall.ids.ids import ObjectId

# The system that has the objects of all kinds; every contract has a section of this name.
PLATFORM = "databricks"


class RemarkKind(StrEnum):
    """What sort of thing was seen that is no grant."""

    EXTRA = "extra"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, order=True)
class Remark:
    """Something that was seen about an object, or about the system as a whole where there is no object.

    Attributes:
        target: the object.
        kind: what sort of thing it is.
        text: what was seen.
        subject: the subject; empty if there is none.
        step: what it adds to the access graph.
        how: the command that sets it back, where no run does; empty otherwise.
        concerns: without a target, the objects to which it is limited; None for all of the system.
    """

    target: ObjectId | None
    kind: RemarkKind
    text: str
    subject: str = ""
    step: LiveStep | None = field(default=None, compare=False)
    how: str = ""
    concerns: frozenset[ObjectId] | None = field(default=None, compare=False)


@dataclass(frozen=True, order=True)
class Unmanaged:
    """Something live that the contract does not name.

    Attributes:
        thing: what it is, with its name and where it lives.
        reaches: the access it grants on, by or through declared objects; empty if none.
        how: who can take it away, and the command.
        steps: what it adds to the access graph; empty where the graph has no step for it.
    """

    thing: str
    reaches: str = ""
    how: str = ""
    steps: tuple[LiveStep, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Observation:
    """What a system holds of the contract's objects.

    Attributes:
        access: for each object that is there, who may do what at most; nothing inherited.
        absent: objects of the contract that are not there.
        remarks: other differences, and unknowns. Unknown is never equal.
        groups: the contract's groups as the system has them, by the contract's names; None where it has no groups.
        namesakes: by the contract's names of groups, the other group that has this name in the system now.
        holds_grants: whether grants are looked for in it; an identity provider holds people only.
        unmanaged: how many objects are there that the contract does not have.
        calls: how many requests it took.
        took: how long it took.
        commands: what takes a right away that was given by hand and that a run leaves alone, by object and subject.
        others: everything seen that the contract does not name.
        read: the ways of giving access that were read.
        not_read: those that do not exist there, each with the reason.
        refused: those that could not be read, each with the reason: what is there is unknown.
    """

    access: Access = field(default_factory=dict)
    absent: tuple[ObjectId, ...] = ()
    remarks: tuple[Remark, ...] = ()
    groups: Mapping[str, Members] | None = None
    namesakes: Mapping[str, str] = field(default_factory=dict)
    holds_grants: bool = True
    unmanaged: int = 0
    calls: int = 0
    took: timedelta = timedelta()
    commands: Mapping[tuple[ObjectId, str], str] = field(default_factory=dict)
    others: tuple[Unmanaged, ...] = ()
    read: tuple[str, ...] = ()
    not_read: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


class Role(StrEnum):
    """The purpose of a system. Systems are listed in this order."""

    IDENTITY_PROVIDER = "identity provider"
    PLATFORM = "platform"
    ORCHESTRATOR = "orchestrator"
    CLUSTER = "cluster"


@dataclass(frozen=True)
class System(SystemVariables):
    """An outside system that holds grants.

    Attributes:
        name: its name.
        observe: reads the live grants on a contract's objects in some environments. A platform gets the access of all
            environments, and an orchestrator the names of groups there, by key, where they differ from the key; raises
            SystemUnreachable or SystemRefused.
        concerns: returns whether a contract uses it.
        given: returns what it has to hold of a contract's access; all of it where nothing else is said.
        role: its purpose.
        addresses: returns the addresses that it is reached at, by what messages call them, from the environment.
        does_not_read: ways of giving access that parity does not read there.
        memberships: types of its resources that list who is in a group.
        access_lists: types of its resources, after `rolecall:NAME:`, whose `holders` grant access in it; rules on
            grants judge them.
        definitions: resource types, after `rolecall:NAME:`, with executable configuration, each with the property
            that contains it; the secret rules check them.
        secret_references: prefixes of references to its stored secrets; rules reject them in definitions.
        counterpart_types: for each resource of a job's counterpart, its type after `rolecall:NAME:`, and what follows
            `NAME-PROJECT-JOB` in its name among Pulumi's resources.
        editors_choose_workers: whether an editor of a counterpart decides which of the system's workers runs it.
    """

    name: str
    observe: Callable[[Contract, Access, tuple[str, ...], Mapping[str, str]], Observation]
    concerns: Callable[[Contract], bool] = lambda _contract: True
    given: Callable[[Contract, Access], Access] = lambda _contract, access: access
    role: Role = Role.PLATFORM
    addresses: Callable[[], Mapping[str, str]] = dict
    does_not_read: tuple[str, ...] = ()
    memberships: tuple[str, ...] = ()
    access_lists: tuple[str, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    secret_references: tuple[str, ...] = ()
    counterpart_types: tuple[tuple[str, str], ...] = ()
    editors_choose_workers: bool = False

    @property
    def is_orchestrator(self) -> bool:
        """Whether it runs counterparts of jobs."""
        return self.role is Role.ORCHESTRATOR
