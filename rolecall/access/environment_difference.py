"""How access differs between two environments of one contract, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rolecall.access.effective import Access
from rolecall.access.grant import Grant, Reason, Subject, SubjectType, Target
from rolecall.contract.contract import Contract
from rolecall.contract.naming import service_principal_name
from rolecall.contract.objects import OF_ENVIRONMENT
from rolecall.contract.verbs import Kind, Verb

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


def environment_differences(
    contract: Contract, grants: Grants, access: Access, first: str, second: str
) -> list[EnvironmentDifference]:
    """Return in what two environments differ, ordered by object and subject.

    Objects and service principals are the same where the contract calls them the same, whatever the environments'
    names for them are.

    Args:
        contract: the contract.
        grants: every grant with its reasons.
        access: the access that they amount to.
        first: one environment.
        second: another.
    """
    names = {environment: _principals(contract, environment) for environment in (first, second)}
    sides = {environment: _held(access, environment, names[environment]) for environment in (first, second)}
    found: list[EnvironmentDifference] = []
    for place in sorted(sides[first].keys() | sides[second].keys()):
        held = [sides[environment].get(place) for environment in (first, second)]
        for subject in sorted({one for each in held if each for one in each}):
            left, right = (_side(each, subject, grants) for each in held)
            if left.verb is not right.verb:
                found.append(EnvironmentDifference(*place, subject, left, right))
    return found


Held = dict[str, tuple[Target, Subject, Verb]]


def _held(access: Access, environment: str, names: Mapping[str, str]) -> dict[Place, Held]:
    """Return who holds what on each object of an environment, in names that all environments share."""
    found: dict[Place, Held] = {}
    for target, subjects in access.items():
        if target.environment == environment:
            place = (target.kind, "" if target.kind in OF_ENVIRONMENT else target.name)
            found[place] = {_shared(subject, names): (target, subject, verb) for subject, verb in subjects.items()}
    return found


def _side(held: Held | None, subject: str, grants: Grants) -> Side:
    if held is None:
        return Side(exists=False, verb=None, reasons=())
    if subject not in held:
        return Side(exists=True, verb=None, reasons=())
    target, one, verb = held[subject]
    return Side(exists=True, verb=verb, reasons=grants.get(Grant(target, one, verb), ()))


def _shared(subject: Subject, names: Mapping[str, str]) -> str:
    return names.get(subject.name, subject.name) if subject.type is SubjectType.SERVICE_PRINCIPAL else subject.name


def _principals(contract: Contract, environment: str) -> dict[str, str]:
    """Return what the contract calls each service principal of an environment, by its display name there."""
    return dict(_pairs(contract, environment))


def _pairs(contract: Contract, environment: str) -> Iterator[tuple[str, str]]:
    yield contract.databricks.deployer, "the deployer"
    for project, declared in contract.projects.items():
        for key in declared.service_principals:
            yield service_principal_name(project, key, environment), f"{project}/{key}"
