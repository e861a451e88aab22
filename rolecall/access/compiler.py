"""The role compiler: a contract's roles and bindings become grants, each with its reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rolecall.access.compilation_problems import compilation_problems
from rolecall.access.effective import Access, effective
from rolecall.access.grant import Grant, Reason
from rolecall.access.graph.escalation_problems import escalation_problems
from rolecall.access.graph.escalations import Escalation, Reach, escalations_of
from rolecall.access.graph.powers import powers_of
from rolecall.access.rules import given_by_rule, owners_by_rule
from rolecall.contract.binding import Binding
from rolecall.contract.contract import Contract
from rolecall.contract.naming import ALL_USERS
from rolecall.contract.objects import objects_of, tags_of
from rolecall.contract.project import Project
from rolecall.contract.role import Right
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import BY_NAME


@dataclass(frozen=True)
class Compilation:
    """A contract's compiled grants, with the problems found.

    Attributes:
        grants: every grant with its reasons; for one subject and object several verbs may stand side by side.
        expired: bindings that are not compiled because their last day is over, as problems that only inform.
        problems: grants that no system can hold, or that the contract itself forbids.
        access: the highest verb of each subject on each object.
        escalations: who may act as a stronger subject, accepted or not, in all environments.
        refusals: escalations without an acceptance and violated invariants: both make the contract invalid.
    """

    grants: Mapping[Grant, tuple[Reason, ...]]
    expired: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    access: Access
    escalations: tuple[Escalation, ...] = ()
    refusals: tuple[Problem, ...] = ()


def compile_contract(contract: Contract, places: Places, today: date) -> Compilation:
    """Return a contract's grants on a day.

    Args:
        contract: a valid contract.
        places: where its bindings stand.
        today: bindings that expired before this day give nothing.
    """
    collected: dict[Grant, set[Reason]] = defaultdict(set)
    expired: list[Problem] = []
    for name, project, binding, at in _bindings(contract):
        if binding.has_expired(today):
            what = f"the binding of {binding.to!r} to role {binding.role!r} expired on {binding.expires}"
            problem = Problem("binding-expired", places.of(*at), what, "Remove it, or agree on a new date.")
            expired += [problem] if problem not in expired else []
            continue
        reason = Reason(binding.role, f"{binding.to} is bound to it", places.of(*at), binding.ticket, binding.expires)
        for grant in _bound(contract, name, project, binding):
            collected[grant].add(reason)
    for grant, reason in given_by_rule(contract, places, [*collected]):
        collected[grant].add(reason)
    for grant, reason in owners_by_rule(contract, [*collected]):
        collected[grant].add(reason)
    grants = {
        grant: tuple(sorted(reasons, key=_reason_key) if len(reasons := collected[grant]) > 1 else reasons)
        for grant in sorted(collected, key=lambda grant: grant.order)
    }
    access = effective(grants)
    powers = powers_of(contract, places)
    reach = Reach(powers, access)
    found = tuple(escalations_of(contract, reach))
    judged = [*escalation_problems(contract, places, grants, found, today, reach)]
    if contract.invariants:
        # Only they need the graph, and its library takes a while to import.
        from rolecall.access.graph.invariant_problems import invariant_problems

        judged += invariant_problems(contract, places, grants, access, powers)
    return Compilation(
        grants, tuple(expired), tuple(compilation_problems(contract, places, grants)), access, found, tuple(judged)
    )


def _reason_key(reason: Reason) -> tuple[str, str, str]:
    return (reason.role, reason.because, str(reason.place))


def _bindings(contract: Contract) -> Iterator[tuple[str, Project, Binding, Path]]:
    """Yield each binding for each project that it is about."""
    for name, project in contract.projects.items():
        for index, binding in enumerate(project.bindings):
            yield name, project, binding, ("projects", name, "bindings", index)
        for index, wide in enumerate(contract.bindings):
            if wide.projects is None or name in wide.projects:
                yield name, project, wide, ("bindings", index)


def _bound(contract: Contract, project_name: str, project: Project, binding: Binding) -> Iterator[Grant]:
    """Yield the grants of one binding on one project."""
    for environment in binding.in_:
        subject = _subject(project_name, project, binding.to, environment)
        workspace = contract.environments[environment].workspace
        if binding.to not in ALL_USERS:
            yield Grant(ObjectId(environment, Kind.WORKSPACE, None, workspace), subject, Verb.RUN)
        for right in contract.roles[binding.role]:
            for kind in right.kinds():
                for target in _targets(contract, project_name, kind, environment, right):
                    yield Grant(target, subject, right.may)


def _subject(project_name: str, project: Project, name: str, environment: str) -> Subject:
    if name in project.service_principals:
        return ServicePrincipalId(environment, project_name, name)
    return GroupId(name)


def _targets(contract: Contract, project: str, kind: Kind, environment: str, right: Right) -> Iterator[ObjectId]:
    """Yield the objects of a project that a right is about."""
    if holder := BY_NAME[kind].one_for_each:
        settings = contract.environments[environment]
        metastore = contract.workspaces[settings.workspace].metastore
        key = {"workspace": settings.workspace, "catalog": settings.catalog, "metastore": metastore}[holder]
        if key:
            yield ObjectId(environment, kind, None, key)
        return
    for declared in objects_of(contract, environment, kind, project):
        if not right.tags or right.tags.items() <= tags_of(contract, declared, environment).items():
            yield declared.id_in(environment)
