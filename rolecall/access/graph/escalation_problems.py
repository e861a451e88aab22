"""Escalations without a written acceptance, and acceptances without an escalation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from rolecall.access.grant import Grant, Reason
from rolecall.access.graph.escalations import Escalation, Reach
from rolecall.access.graph.steps import NESTED
from rolecall.contract.accepted_escalation import MAX_DAYS, AcceptedEscalation
from rolecall.contract.contract import Contract
from rolecall.contract.naming import subject_name
from rolecall.contract.problems import known
from rolecall.contract.source import Path, Places
from rolecall.errors import Place, Problem
from rolecall.ids.ids import ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Verb

# How many things that are gained a message names.
SHOWN = 3


def new_escalations(before: Iterable[Escalation], after: Iterable[Escalation]) -> list[str]:
    """Return the escalations that are there only after a change, in words."""
    known_before = {(one.environment, one.of, one.acting_as) for one in before}
    return [
        f"{name_of(one.of)} may act as {name_of(one.acting_as)} in {one.environment}"
        for one in after
        if (one.environment, one.of, one.acting_as) not in known_before
    ]


def accepted(contract: Contract, escalation: Escalation, today: date) -> AcceptedEscalation | None:
    """Return the acceptance of an escalation that holds on a day, if there is one."""
    for one in contract.accepted_escalations:
        if _is_about(one, escalation) and today <= one.expires:
            return one
    return None


def escalation_problems(
    contract: Contract,
    places: Places,
    grants: Mapping[Grant, tuple[Reason, ...]],
    found: Sequence[Escalation],
    today: date,
    reach: Reach,
) -> Iterator[Problem]:
    """Yield escalations in protected environments that are not accepted, and what is wrong with acceptances."""
    yield from _acceptances(contract, places, found, today)
    for one in found:
        settings = contract.environments.get(one.environment)
        if settings is None or not settings.protected or not one.needs_acceptance or accepted(contract, one, today):
            continue
        problem = "escalation-by-nesting" if not one.through else "escalation"
        gains = f"it gains {_gains(one.gained)}" if one.gained else "it decides what a production principal does"
        where = "" if str(one.acting_as).endswith(f" in {one.environment}") else f" in {one.environment}"
        what = f"{one.of} may act as {one.acting_as}{where}, {_how(one)}{_why(one, reach)}: {gains}"
        if further := _further(one, reach):
            what += f"; path: {' → '.join(further)}"
        how = (
            f"Give {name_of(one.of)} no more than it needs there, let the job run as a weaker principal, or write "
            f"accepted_escalations: [{{of: {name_of(one.of)}, acting_as: "
            f"{name_of(one.acting_as)}, in: [{one.environment}], reason: …, ticket: …, "
            f"owner: …, expires: …}}]."
        )
        yield Problem(problem, _place(grants, one, reach), what, how)


def name_of(subject: Subject) -> str:
    """Return how the contract calls a subject: a group's name, or PROJECT/SERVICE_PRINCIPAL."""
    return subject.name if isinstance(subject, ServicePrincipalId) else subject_name(subject)


def _acceptances(contract: Contract, places: Places, found: Sequence[Escalation], today: date) -> Iterator[Problem]:
    for index, one in enumerate(contract.accepted_escalations):
        at: Path = ("accepted_escalations", index)
        for position, environment in enumerate(one.in_):
            yield from known("environment", environment, contract.environments, places, (*at, "in", position))
            if environment in contract.environments and not any(
                escalation.environment == environment and _is_about(one, escalation) for escalation in found
            ):
                what = f"{one.of} gains nothing by {one.acting_as} in {environment}: nothing is there to be accepted"
                how = "Remove it, or correct its names: groups as declared, service principals as PROJECT/NAME."
                yield Problem("acceptance-of-nothing", places.of(*at), what, how)
        if one.expires < today:
            what = f"the acceptance of {one.of} acting as {one.acting_as} ended on {one.expires}"
            yield Problem("acceptance-expired", places.of(*at, "expires"), what, "Renew it, or remove it.")
        elif one.expires > today + timedelta(days=MAX_DAYS):
            what = f"the acceptance of {one.of} acting as {one.acting_as} would last until {one.expires}"
            last = today + timedelta(days=MAX_DAYS)
            how = f"It may last {MAX_DAYS} days, today until {last}; then it needs another review."
            yield Problem("acceptance-too-long", places.of(*at, "expires"), what, how)


def _is_about(one: AcceptedEscalation, escalation: Escalation) -> bool:
    return (
        escalation.environment in one.in_
        and name_of(escalation.of) == one.of
        and _names(one.acting_as, escalation.acting_as)
    )


def _names(written: str, subject: Subject) -> bool:
    """Return whether an acceptance names a subject: by its name, or with all principals of its project."""
    if isinstance(subject, ServicePrincipalId) and written == f"{subject.project}/*":
        return True
    return name_of(subject) == written


def _how(one: Escalation) -> str:
    if not one.through:
        return "being nested in it" if one.why in ("", NESTED) else f"since it {one.why} it"
    first, *others = one.through
    more = f" and {len(others):,} more" if others else ""
    elsewhere = f" in {first.target.environment}" if first.target.environment != one.environment else ""
    return f"since it may {first.verb} {_thing(first.target)}{elsewhere}{more}"


def _why(one: Escalation, reach: Reach) -> str:
    """Return why a right on an object of another project or environment leads to a principal, which is unexpected."""
    acting_as = one.acting_as
    if not one.through or not isinstance(acting_as, ServicePrincipalId):
        return ""
    target = one.through[0].target
    if (target.own_environment, target.project) == (acting_as.environment, acting_as.project):
        return ""
    controls = reach.powers.controls.get(target, ())
    return next((f", which {each.why} it" for each in controls if each.subject == acting_as), "")


def _thing(target: ObjectId) -> str:
    return f"{target.kind.replace('_', ' ')} {target.name}"


def _further(one: Escalation, reach: Reach) -> list[str]:
    """Return the subjects on the way to the strongest right that is gained, where it takes more than one step."""
    before = reach.came_from(one.acting_as)
    if len(before) == 1 or not one.gained:
        return []
    target, verb = max(one.gained, key=lambda gain: gain[1].rank)
    holder = next((subject for subject in before if reach.held.get(subject, {}).get(target) is verb), one.acting_as)
    way: list[Subject] = []
    current: Subject | None = holder
    while current is not None:
        way.append(current)
        current = before[current]
    return [str(one.of), *map(str, reversed(way)), f"{verb} on {target}"] if len(way) > 1 else []


def _gains(gained: Sequence[tuple[ObjectId, Verb]]) -> str:
    # The strongest first: reviewers read it first.
    ordered = sorted(gained, key=lambda one: -one[1].rank)
    named = ", ".join(f"{verb} on {_thing(target)}" for target, verb in ordered[:SHOWN])
    return named + (f" and {len(ordered) - SHOWN:,} more" if len(ordered) > SHOWN else "")


def _place(grants: Mapping[Grant, tuple[Reason, ...]], one: Escalation, reach: Reach) -> Place | None:
    """Return the places in the contract that grant its required rights."""
    if not one.through:
        links = reach.powers.links.get(one.of, ())
        return next((link.place for link in links if link.actor == one.acting_as and link.why == one.why), None)
    reasons = grants.get(one.through[0], ())
    return next((reason.place for reason in reasons if reason.place), None)
