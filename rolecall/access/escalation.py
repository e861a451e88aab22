"""Who may act as somebody that may do more: what no single grant shows.

Whoever edits a job decides what its principal does; whoever may use a service principal lets any job run as it; and
whoever is in a group nested into another is in that one too. Each is a step from one subject to another; the steps may
be many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rolecall.access.effective import Access
from rolecall.access.grant import Grant
from rolecall.access.membership import included
from rolecall.contract.contract import Contract
from rolecall.contract.naming import ALL_USERS
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import BY_NAME, BY_SECTION, KINDS

# From which verb on a group gives power over others, rather than a look or a run.
STRONG = Verb.EDIT


@dataclass(frozen=True)
class Escalation:
    """A subject may act as another, and so do what it may not do itself.

    Attributes:
        environment: where.
        of: who.
        acting_as: as whom.
        through: the grants that let it; empty where one group is nested in the other.
        gained: what it gains, in order: each object with the verb.
    """

    environment: str
    of: Subject
    acting_as: Subject
    through: tuple[Grant, ...]
    gained: tuple[tuple[ObjectId, Verb], ...]


@dataclass
class _Stage:
    """An environment: what each subject holds there, and as whom it may act."""

    held: defaultdict[Subject, dict[ObjectId, Verb]] = field(default_factory=lambda: defaultdict(dict))
    steps: defaultdict[Subject, dict[Subject, list[Grant]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )


def escalations(contract: Contract, access: Access) -> list[Escalation]:
    """Return every escalation in every environment, in order.

    The break-glass group and the deployer hold everything by rule, and are left out as those who escalate.

    Args:
        contract: the contract.
        access: what everybody holds.
    """
    stages = {name: _stage(contract) for name in contract.environments}
    trusted: set[Subject] = {DeployerId(contract.databricks.deployer)}
    if contract.break_glass:
        trusted.add(GroupId(contract.break_glass.group))
    for target, holders in access.items():
        for subject, verb in holders.items():
            stages[target.own_environment].held[subject][target] = verb
    for name, stage in stages.items():
        _take_steps(contract, name, stage)
    return [one for name, stage in stages.items() for one in _of_stage(name, stage, trusted)]


def _stage(contract: Contract) -> _Stage:
    """Return an environment with the steps that nesting gives."""
    stage = _Stage()
    for name in contract.groups:
        for inner in included(contract.groups, name):
            stage.steps[GroupId(inner)][GroupId(name)] = []
    return stage


def _take_steps(contract: Contract, environment: str, stage: _Stage) -> None:
    """Add the steps that grants give: by editing jobs, and by using service principals."""
    principals: dict[ObjectId, Subject] = {}
    needed: dict[Kind, Verb] = {}
    for kind in KINDS:
        if kind.executes is None:
            continue
        needed[kind.name] = kind.executes.controlled_from
        for one in objects_of(contract, environment, kind.name):
            if runs_as := kind.executes.principal(one.value, one.id_in(environment)):
                principals[one.id_in(environment)] = ServicePrincipalId(environment, one.project, runs_as)
    steered = _steered(contract, environment)
    for subject, held in list(stage.held.items()):
        for target, verb in held.items():
            principal = principals.get(target)
            if principal is not None and principal != subject and verb.rank >= needed[target.kind].rank:
                stage.steps[subject][principal].append(Grant(target, subject, verb))
            for steered_principal in steered.get(target, ()):
                if steered_principal != subject and verb.rank >= _lowest_to_steer(target.kind).rank:
                    stage.steps[subject][steered_principal].append(Grant(target, subject, verb))


def _lowest_to_steer(kind: Kind) -> Verb:
    verb = BY_NAME[kind].steers_jobs
    assert verb is not None
    return verb


def _steered(contract: Contract, environment: str) -> dict[ObjectId, list[Subject]]:
    """Return the principals of jobs by the objects whose editors decide what the jobs do, such as folders of code."""
    found: defaultdict[ObjectId, list[Subject]] = defaultdict(list)
    for kind in KINDS:
        if kind.executes is None:
            continue
        for one in objects_of(contract, environment, kind.name):
            runs_as = kind.executes.principal(one.value, one.id_in(environment))
            for section, key in sorted({*kind.executes.uses(one.value, environment)}) if runs_as else ():
                named = BY_SECTION.get(section)
                if named is not None and named.steers_jobs is not None:
                    principal = ServicePrincipalId(environment, one.project, str(runs_as))
                    target = ObjectId(environment, named.name, one.project, key)
                    if principal not in found[target]:
                        found[target].append(principal)
    return dict(found)


def _of_stage(environment: str, stage: _Stage, trusted: set[Subject]) -> Iterator[Escalation]:
    everybody: dict[ObjectId, Verb] = {}
    for name in ALL_USERS:
        everybody |= stage.held.get(GroupId(name), {})
    reached: dict[Subject, dict[ObjectId, Verb]] = {}
    for subject in sorted(stage.steps):
        if subject in trusted:
            continue
        own = _joined(everybody, stage.held.get(subject, {}))
        for other, grants in sorted(stage.steps[subject].items()):
            if other not in reached:
                reached[other] = _reach(stage, other)
            gained = _gained(own, reached[other])
            nested = not grants
            if nested and other not in trusted and not any(verb.rank >= STRONG.rank for _, verb in gained):
                # To give what a group may see and run to those who are in it is what nesting is for.
                continue
            if gained:
                yield Escalation(environment, subject, other, tuple(sorted(grants, key=lambda one: one.order)), gained)


def _reach(stage: _Stage, subject: Subject) -> dict[ObjectId, Verb]:
    """Return what a subject holds, itself and as all whom it may act as."""
    found: dict[ObjectId, Verb] = {}
    seen, pending = {subject}, [subject]
    while pending:
        one = pending.pop()
        found = _joined(found, stage.held.get(one, {}))
        for other in stage.steps.get(one, {}):
            if other not in seen:
                seen.add(other)
                pending.append(other)
    return found


def _joined(first: Mapping[ObjectId, Verb], second: Mapping[ObjectId, Verb]) -> dict[ObjectId, Verb]:
    joined = dict(first)
    for target, verb in second.items():
        if target not in joined or joined[target].rank < verb.rank:
            joined[target] = verb
    return joined


def _gained(own: Mapping[ObjectId, Verb], other: Mapping[ObjectId, Verb]) -> tuple[tuple[ObjectId, Verb], ...]:
    """Return what another holds beyond what is held: owning, which no group can, is worth the most that one can."""
    return tuple(
        (target, verb)
        for target, verb in sorted(other.items())
        if target not in own or own[target].rank < min(verb.rank, BY_NAME[target.kind].highest.rank)
    )
