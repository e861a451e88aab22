"""How access differs between two environments of one contract, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rolecall.access.effective import Access
from rolecall.access.grant import Grant, Reason
from rolecall.contract.naming import subject_name
from rolecall.ids.ids import DeployerId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import OF_ENVIRONMENT

Grants = Mapping[Grant, tuple[Reason, ...]]
# An object as it is called in every environment: its kind, and its name, which is empty where there is one only.
Place = tuple[Kind, str]


@dataclass(frozen=True)
class Side:
    """What a subject may do on an object in one environment.

    Attributes:
        exists: whether the environment has the object.
        verb: the highest verb; None for nothing.
        reasons: why.
    """

    exists: bool
    verb: Verb | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class EnvironmentDifference:
    """One subject's access to one object, which two environments give differently."""

    kind: Kind
    name: str
    subject: str
    first: Side
    second: Side


def environment_differences(grants: Grants, access: Access, first: str, second: str) -> list[EnvironmentDifference]:
    """Return in what two environments differ, ordered by object and subject.

    Objects and service principals are the same where the contract calls them the same, whatever the environments'
    names for them are.

    Args:
        grants: every grant with its reasons.
        access: the access that they amount to.
        first: one environment.
        second: another.
    """
    sides = {environment: _held(access, environment) for environment in (first, second)}
    found: list[EnvironmentDifference] = []
    for place in sorted(sides[first].keys() | sides[second].keys()):
        held = [sides[environment].get(place) for environment in (first, second)]
        for subject in sorted({one for each in held if each for one in each}):
            left, right = (_side(each, subject, grants) for each in held)
            if left.verb is not right.verb:
                found.append(EnvironmentDifference(*place, subject, left, right))
    return found


Held = dict[str, tuple[ObjectId, Subject, Verb]]


def _held(access: Access, environment: str) -> dict[Place, Held]:
    """Return who holds what on each object of an environment, in names that all environments share."""
    found: dict[Place, Held] = {}
    for target, subjects in access.items():
        if target.environment == environment:
            place = (target.kind, "" if target.kind in OF_ENVIRONMENT else target.name)
            found[place] = {_shared(subject): (target, subject, verb) for subject, verb in subjects.items()}
    return found


def _side(held: Held | None, subject: str, grants: Grants) -> Side:
    if held is None:
        return Side(exists=False, verb=None, reasons=())
    if subject not in held:
        return Side(exists=True, verb=None, reasons=())
    target, one, verb = held[subject]
    return Side(exists=True, verb=verb, reasons=grants.get(Grant(target, one, verb), ()))


def _shared(subject: Subject) -> str:
    """Return what the contract calls a subject in every environment."""
    match subject:
        case ServicePrincipalId():
            return subject.name
        case DeployerId():
            return "the deployer"
        case _:
            return subject_name(subject)
