"""The role compiler: a contract's roles and bindings become grants, each with its reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rolecall.access.grant import Grant, Reason, Subject, SubjectType, Target
from rolecall.contract.binding import Binding
from rolecall.contract.contract import Contract
from rolecall.contract.naming import ALL_USERS, job_tags, project_tags, service_principal_name
from rolecall.contract.project import Project
from rolecall.contract.role import Right
from rolecall.contract.source import Path, Places
from rolecall.contract.verbs import Kind, Verb
from rolecall.errors import Problem


@dataclass(frozen=True)
class Compilation:
    """What a contract gives.

    Attributes:
        grants: every grant with its reasons; for one subject and object several verbs may stand side by side.
        expired: bindings that are not compiled because their last day is over, as problems that only inform.
        problems: grants that no system can hold.
    """

    grants: Mapping[Grant, tuple[Reason, ...]]
    expired: tuple[Problem, ...]
    problems: tuple[Problem, ...]


def compile_contract(contract: Contract, places: Places, today: date) -> Compilation:
    """Return the grants that a contract gives on a day.

    Args:
        contract: a valid contract.
        places: where its bindings stand.
        today: bindings that expired before this day give nothing.
    """
    collected: dict[Grant, set[Reason]] = defaultdict(set)
    expired: list[Problem] = []
    for grant, reason in _rules(contract, places):
        collected[grant].add(reason)
    for name, project, binding, at in _bindings(contract):
        if binding.has_expired(today):
            what = f"the binding of {binding.to!r} to role {binding.role!r} expired on {binding.expires}"
            problem = Problem("binding-expired", places.of(*at), what, "Remove it, or agree on a new date.")
            expired += [problem] if problem not in expired else []
            continue
        reason = Reason(binding.role, f"{binding.to} is bound to it", places.of(*at), binding.ticket)
        for grant in _bound(contract, name, project, binding):
            collected[grant].add(reason)
    _add_owners(contract, collected)
    grants = {grant: tuple(sorted(collected[grant], key=_reason_key)) for grant in sorted(collected)}
    return Compilation(grants, tuple(expired), tuple(_owner_problems(grants)))


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
    """Yield what one binding gives on one project."""
    for environment in binding.in_:
        subject = _subject(project_name, project, binding.to, environment)
        workspace = contract.environments[environment].workspace
        if binding.to not in ALL_USERS:
            yield Grant(Target(environment, Kind.WORKSPACE, workspace), subject, Verb.RUN)
        for right in contract.roles[binding.role]:
            for kind in right.kinds():
                for target in _targets(contract, project_name, project, kind, environment, right):
                    yield Grant(target, subject, right.may)


def _subject(project_name: str, project: Project, name: str, environment: str) -> Subject:
    if name in project.service_principals:
        principal = service_principal_name(project_name, name, environment)
        return Subject(SubjectType.SERVICE_PRINCIPAL, principal)
    return Subject(SubjectType.GROUP, name)


def _targets(
    contract: Contract, project_name: str, project: Project, kind: Kind, environment: str, right: Right
) -> Iterator[Target]:
    """Yield the objects of a project that a right is about."""
    if kind is Kind.WORKSPACE:
        yield Target(environment, kind, contract.environments[environment].workspace)
    elif kind is Kind.JOB:
        for name, job in project.jobs.items():
            if environment in contract.environments_of(job):
                tags = job_tags(contract, project_name, name, environment)
                if right.tags.items() <= tags.items():
                    yield Target(environment, kind, f"{project_name}/{name}")
    else:
        for name, policy in project.cluster_policies.items():
            tags = {**policy.tags, **project_tags(contract, project_name, environment)}
            if right.tags.items() <= tags.items():
                yield Target(environment, kind, f"{project_name}/{name}")


def _rules(contract: Contract, places: Places) -> Iterator[tuple[Grant, Reason]]:
    """Yield what Rolecall gives by rule: what jobs need to run, and what keeps the platform governable."""
    for environment, stage in contract.environments.items():
        workspace = Target(environment, Kind.WORKSPACE, stage.workspace)
        deployer = Subject(SubjectType.SERVICE_PRINCIPAL, contract.databricks.deployer)
        place = places.of("databricks", "deployer")
        yield Grant(workspace, deployer, Verb.MANAGE), Reason("", "deploys to it", place)
        if contract.break_glass:
            place = places.of("break_glass", "group")
            emergency = Subject(SubjectType.GROUP, contract.break_glass.group)
            yield Grant(workspace, emergency, Verb.MANAGE), Reason("", "break-glass group", place)
            for target in _objects(contract, environment):
                verb = Verb.EDIT if target.kind is Kind.JOB else Verb.RUN
                yield Grant(target, emergency, verb), Reason("", "break-glass group", place)
        for name, project in contract.projects.items():
            for key in project.service_principals:
                place = places.of("projects", name, "service_principals", key)
                subject = _subject(name, project, key, environment)
                yield Grant(workspace, subject, Verb.RUN), Reason("", "service principals work in it", place)
            for key, job in project.jobs.items():
                principal = job.service_principal()
                if principal and job.policy and environment in contract.environments_of(job):
                    subject = _subject(name, project, principal, environment)
                    policy = Target(environment, Kind.CLUSTER_POLICY, f"{name}/{job.policy}")
                    place = places.of("projects", name, "jobs", key, "policy")
                    yield Grant(policy, subject, Verb.RUN), Reason("", f"job {name}/{key} runs under it", place)


def _objects(contract: Contract, environment: str) -> Iterator[Target]:
    """Yield all jobs and cluster policies of an environment."""
    for name, project in contract.projects.items():
        for key, job in project.jobs.items():
            if environment in contract.environments_of(job):
                yield Target(environment, Kind.JOB, f"{name}/{key}")
        for key in project.cluster_policies:
            yield Target(environment, Kind.CLUSTER_POLICY, f"{name}/{key}")


def _add_owners(contract: Contract, collected: dict[Grant, set[Reason]]) -> None:
    """Give each job that no binding gives an owner to the deployer: Databricks wants exactly one."""
    owned = {grant.target for grant in collected if grant.verb is Verb.OWN}
    deployer = Subject(SubjectType.SERVICE_PRINCIPAL, contract.databricks.deployer)
    for environment in contract.environments:
        for target in _objects(contract, environment):
            if target.kind is Kind.JOB and target not in owned:
                collected[Grant(target, deployer, Verb.OWN)].add(Reason("", "deploys and owns the job", None))


def _owner_problems(grants: Mapping[Grant, tuple[Reason, ...]]) -> Iterator[Problem]:
    owners: dict[Target, Grant] = {}
    for grant, reasons in grants.items():
        if grant.verb is not Verb.OWN:
            continue
        place = reasons[0].place
        if grant.subject.type is SubjectType.GROUP:
            what = f"group {grant.subject.name!r} would own {grant.target}; Databricks lets no group own a job"
            yield Problem("group-cannot-own", place, what, "Bind that role to a service principal, or say edit.")
        first = owners.setdefault(grant.target, grant)
        if first is not grant:
            what = f"{first.subject} and {grant.subject} would both own {grant.target}"
            yield Problem("two-owners", place, what, "A job has exactly one owner: keep one of the bindings.")
