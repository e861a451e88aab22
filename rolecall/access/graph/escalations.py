"""Escalations: who may act as a stronger subject, in any number of steps."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from rolecall.access.effective import Access
from rolecall.access.grant import Grant
from rolecall.access.graph.nodes import Administrators
from rolecall.access.graph.powers import powers_of
from rolecall.access.graph.steps import Control, Powers
from rolecall.contract.contract import Contract
from rolecall.contract.naming import ALL_USERS
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Verb
from rolecall.kinds.registry import BY_NAME

# From which verb on a nested group's gain has to be accepted: to share what may be seen and run is what nesting is for.
STRONG = Verb.EDIT


@dataclass(frozen=True)
class Escalation:
    """A subject may act as another, and so do what it may not do itself.

    Attributes:
        environment: where.
        of: who.
        acting_as: as whom.
        through: the grants that permit it; empty where it needs none.
        why: the step, where there are no such grants: `is nested in`, or how live access makes it possible.
        gained: what it gains, in order: each object with the verb.
        needs_acceptance: whether a protected environment refuses it unless it is accepted.
    """

    environment: str
    of: Subject
    acting_as: Subject
    through: tuple[Grant, ...]
    gained: tuple[tuple[ObjectId, Verb], ...]
    needs_acceptance: bool = True
    why: str = ""


Rights = dict[ObjectId, Verb]


@dataclass
class Reach:
    """What subjects hold and whom they control, computed once for each.

    The trusted hold everything by rule already: their steps add nothing, and are left out.

    Attributes:
        powers: the steps of the contract's structure.
        access: what everybody holds.
        held: what each subject holds, with what its rights include.
        steps: by subject, the subjects that it may act as, with the grants that let it.
    """

    powers: Powers
    access: Access
    held: dict[Subject, Rights] = field(default_factory=lambda: defaultdict(dict))
    steps: dict[Subject, dict[Subject, list[Grant]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def __post_init__(self) -> None:
        """Collect what subjects hold, then whom they control."""
        for target, holders in self.access.items():
            for subject, verb in holders.items():
                self.held[subject][target] = verb
        for inner, links in self.powers.links.items():
            for link in links:
                if isinstance(inner, Subject) and isinstance(link.actor, Subject):
                    self.steps[inner][link.actor] = []
        self._administer()
        included = self._include()
        for target, controls in self.powers.controls.items():
            lowest = min(control.at.rank for control in controls)
            for subject, verb in self.access.get(target, {}).items():
                if verb.rank >= lowest and subject not in self.powers.trusted:
                    self._control(subject, verb, Grant(target, subject, verb), controls)
        for target in self.powers.beside:
            for subject, verb in self.access.get(target, {}).items():
                self._run_beside(subject, target, verb, Grant(target, subject, verb))
        for subject, target, verb, source in included:
            self._control(subject, verb, source, self.powers.controls.get(target, ()))
            self._run_beside(subject, target, verb, source)

    def _administer(self) -> None:
        """Let administrators of the account act as the deployer, which holds everything."""
        for deployer in self.powers.trusted:
            if isinstance(deployer, DeployerId):
                self.held[deployer].update((target, BY_NAME[target.kind].highest) for target in self.access)
                for subject in administrators_in(self.powers):
                    if subject != deployer:
                        self.steps[subject].setdefault(deployer, [])

    def _control(self, subject: Subject, verb: Verb, source: Grant, controls: Iterable[Control]) -> None:
        for control in controls:
            if control.subject != subject and verb.rank >= control.at.rank:
                grants = self.steps[subject][control.subject]
                if source not in grants:
                    grants.append(source)

    def _run_beside(self, subject: Subject, target: ObjectId, verb: Verb, source: Grant) -> None:
        """Let a holder of an object act as the others who run code on it, but for the trusted, who work elsewhere."""
        at = self.powers.beside.get(target)
        if at is None or verb.rank < at.rank or subject in self.powers.trusted:
            return
        for other in self.access.get(target, {}):
            if other != subject and other not in self.powers.trusted and source not in self.steps[subject][other]:
                self.steps[subject][other].append(source)

    def _include(self) -> list[tuple[Subject, ObjectId, Verb, Grant]]:
        """Add the rights that others include; return each with the grant that it comes from."""
        added: list[tuple[Subject, ObjectId, Verb, Grant]] = []
        for start, inclusions in list(self.powers.includes.items()):
            lowest = min((one.at.rank for one in inclusions), default=0)
            for subject, verb in self.access.get(start, {}).items():
                # Thousands may enter a workspace, of which few administer it.
                if verb.rank < lowest or subject in self.powers.trusted:
                    continue
                source = Grant(start, subject, verb)
                pending = [(start, verb)]
                held = self.held[subject]
                while pending:
                    target, has = pending.pop()
                    for one in self.powers.includes.get(target, ()):
                        known = held.get(one.target)
                        if has.rank >= one.at.rank and (known is None or known.rank < one.verb.rank):
                            held[one.target] = one.verb
                            added.append((subject, one.target, one.verb, source))
                            pending.append((one.target, one.verb))
        return added

    def all_rights(self, subject: Subject) -> Rights:
        """Return what a subject holds, itself and as all whom it may act as."""
        found: Rights = {}
        for one in self.subjects(subject):
            found = _joined(found, self.held.get(one, {}))
        return found

    def subjects(self, subject: Subject) -> list[Subject]:
        """Return a subject and all whom it may act as, the nearest first."""
        return [*self.came_from(subject)]

    def came_from(self, subject: Subject) -> dict[Subject, Subject | None]:
        """Return all whom a subject may act as, the nearest first, each with the one before it on a shortest way."""
        before: dict[Subject, Subject | None] = {subject: None}
        pending = deque([subject])
        while pending:
            one = pending.popleft()
            for other in self.steps.get(one, {}):
                if other not in before:
                    before[other] = one
                    pending.append(other)
        return before


def escalations(contract: Contract, access: Access, powers: Powers | None = None) -> list[Escalation]:
    """Return every escalation in every environment, in order.

    The break-glass group, the deployer and administrators that the contract names hold everything by rule, and are left
    out as those who escalate. To act as a service principal of a protected environment is an escalation whatever it
    holds, except for another principal of the same project there.

    Args:
        contract: the contract.
        access: what everybody holds.
        powers: the steps of its structure, where they are known already.
    """
    reach = Reach(powers or powers_of(contract), access)
    return escalations_of(contract, reach)


def escalations_of(contract: Contract, reach: Reach) -> list[Escalation]:
    """Return every escalation, in order of environment and subject."""
    trusted = reach.powers.trusted | administrators_in(reach.powers)
    everybody: Rights = {}
    for name in ALL_USERS:
        everybody = _joined(everybody, reach.held.get(GroupId(name), {}))
    all_rights: dict[Subject, Rights] = {}
    found: list[Escalation] = []
    for subject in sorted(reach.steps):
        if subject in trusted:
            continue
        own = _joined(everybody, reach.held.get(subject, {}))
        for other, grants in sorted(reach.steps[subject].items()):
            if other not in all_rights:
                all_rights[other] = reach.all_rights(other)
            through = tuple(sorted(grants, key=lambda one: one.order))
            of_pair = _of_pair(contract, trusted, subject, other, through, _gained(own, all_rights[other]))
            why = next((link.why for link in reach.powers.links.get(subject, ()) if link.actor == other), "")
            found += of_pair if through else (replace(one, why=why) for one in of_pair)
    order = {name: index for index, name in enumerate(contract.environments)}
    return sorted(found, key=lambda one: order.get(one.environment, len(order)))


def administrators_in(powers: Powers) -> frozenset[Subject]:
    """Return the subjects that the contract names as administrators of the account."""
    return frozenset(
        actor
        for actor, links in powers.links.items()
        if isinstance(actor, Subject) and any(isinstance(link.actor, Administrators) for link in links)
    )


def _of_pair(
    contract: Contract,
    trusted: frozenset[Subject],
    subject: Subject,
    other: Subject,
    through: tuple[Grant, ...],
    gained: Mapping[str, tuple[tuple[ObjectId, Verb], ...]],
) -> Iterator[Escalation]:
    environments = dict.fromkeys(gained)
    if isinstance(other, ServicePrincipalId):
        settings = contract.environments.get(other.environment)
        sibling = isinstance(subject, ServicePrincipalId) and (subject.environment, subject.project) == (
            other.environment,
            other.project,
        )
        if settings is not None and settings.protected and not sibling:
            environments.setdefault(other.environment)
    for environment in environments:
        gains = gained.get(environment, ())
        needs = bool(through) or other in trusted or any(verb.rank >= STRONG.rank for _, verb in gains)
        if isinstance(other, DeployerId) and through:
            # A job without `run_as` runs as the deployer: outside protected environments that is for policies to block
            # (`job-runs-as-service-principal`), as it always was.
            needs = any(contract.environments[grant.target.own_environment].protected for grant in through)
        yield Escalation(environment, subject, other, through, gains, needs)


def _joined(first: Mapping[ObjectId, Verb], second: Mapping[ObjectId, Verb]) -> Rights:
    joined = dict(first)
    for target, verb in second.items():
        if target not in joined or joined[target].rank < verb.rank:
            joined[target] = verb
    return joined


def _gained(own: Rights, other: Rights) -> dict[str, tuple[tuple[ObjectId, Verb], ...]]:
    """Return by environment what another holds beyond what is held: owning is worth the most that a group can hold."""
    found: dict[str, list[tuple[ObjectId, Verb]]] = defaultdict(list)
    for target, verb in other.items():
        if target not in own or own[target].rank < min(verb.rank, BY_NAME[target.kind].highest.rank):
            found[target.environment or ""].append((target, verb))
    return {environment: tuple(sorted(gains)) for environment, gains in found.items()}
