"""What is live in a system, in canonical form: every system answers parity with this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from rolecall.access.effective import Access
from rolecall.access.membership import Members
from rolecall.contract.contract import Contract
from rolecall.ids.ids import ObjectId


class RemarkKind(StrEnum):
    """What sort of thing was seen that is no grant."""

    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, order=True)
class Remark:
    """Something that was seen about an object, or about the system as a whole where there is no object."""

    target: ObjectId | None
    kind: RemarkKind
    text: str


@dataclass(frozen=True)
class Observation:
    """What a system holds of the contract's objects.

    Attributes:
        access: for each object that is there, who may do what at most; nothing inherited.
        absent: objects of the contract that are not there.
        remarks: what else differs, and what could not be told. What could not be told is never equal.
        groups: the contract's groups as the system has them, by the contract's names; None where it has no groups.
        namesakes: by the contract's names of groups, the other group that has this name in the system now.
        holds_grants: whether grants are looked for in it; an identity provider holds people only.
        unmanaged: how many objects are there that the contract does not have.
        calls: how many requests it took.
        took: how long it took.
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


@dataclass(frozen=True)
class System:
    """An outside system that holds grants.

    Attributes:
        name: its name.
        observe: reads what it holds of a contract's access in some environments; raises SystemUnreachable or
            SystemRefused.
        concerns: says whether a contract has anything to do with it.
        given: returns what it has to hold of a contract's access; all of it where nothing else is said.
        is_orchestrator: it triggers jobs.
        addresses: returns the addresses that it is reached at, by what messages call them, from the environment.
    """

    name: str
    observe: Callable[[Contract, Access, tuple[str, ...]], Observation]
    concerns: Callable[[Contract], bool] = lambda _contract: True
    given: Callable[[Contract, Access], Access] = lambda _contract, access: access
    is_orchestrator: bool = False
    addresses: Callable[[], Mapping[str, str]] = dict
