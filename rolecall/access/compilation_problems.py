"""Grants that no system can hold, and grants that the contract itself forbids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from rolecall.access.grant import Grant, Reason
from rolecall.contract.cluster_groups import name_in_cluster
from rolecall.contract.contract import Contract
from rolecall.contract.naming import ALL_USERS
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import BY_NAME, Spec
from rolecall.kinds.service_principal import SERVICE_PRINCIPAL, ServicePrincipal
from rolecall.kinds.spec import Scope

Grants = Mapping[Grant, tuple[Reason, ...]]
GrantsByKind = Mapping[Kind, Sequence[tuple[Grant, tuple[Reason, ...]]]]


def compilation_problems(contract: Contract, places: Places, grants: Grants) -> Iterator[Problem]:
    """Yield all problems of a contract's grants."""
    by_kind: dict[Kind, list[tuple[Grant, tuple[Reason, ...]]]] = defaultdict(list)
    for grant, reasons in grants.items():
        by_kind[grant.target.kind].append((grant, reasons))
    yield from _owners(grants)
    yield from _refused_by_kind(contract, places, by_kind)
    yield from _settings_for_strangers(contract, places, by_kind)
    yield from _everybody(grants)
    yield from _workloads(contract, by_kind)
    yield from _groups_in_clusters(contract, by_kind)


def _owners(grants: Grants) -> Iterator[Problem]:
    """Databricks does not allow a group to own a job or warehouse, and each has exactly one owner."""
    owners: dict[ObjectId, Grant] = {}
    for grant, reasons in grants.items():
        if grant.verb is not Verb.OWN:
            continue
        place = reasons[0].place
        if isinstance(grant.subject, GroupId):
            kind = grant.target.kind
            what = (
                f"group {grant.subject.key!r} would own {grant.target}; "
                f"Databricks does not allow a group to own a {kind}"
            )
            yield Problem("group-cannot-own", place, what, "Bind that role to a service principal, or say less.")
        first = owners.setdefault(grant.target, grant)
        if first is not grant:
            what = f"{first.subject} and {grant.subject} would both own {grant.target}"
            how = f"A {grant.target.kind} has exactly one owner: keep one of the bindings."
            yield Problem("two-owners", place, what, how)


def _everybody(grants: Grants) -> Iterator[Problem]:
    """Unity Catalog knows everybody of the account, and lists of workspace objects know everybody of the workspace.

    https://docs.databricks.com/en/admin/users-groups/groups.html (system groups).
    """
    seen: set[tuple[str, str]] = set()
    for grant, reasons in grants.items():
        if not isinstance(grant.subject, GroupId) or grant.subject.key not in ALL_USERS:
            continue
        wanted = BY_NAME[grant.target.kind].access.interface.everybody
        for reason in reasons:
            mark = (str(reason.place), wanted)
            if wanted in ("", grant.subject.key) or not reason.role or mark in seen:
                continue
            seen.add(mark)
            noun = BY_NAME[grant.target.kind].noun
            what = f"role {reason.role!r} gives {grant.subject.key!r} {grant.verb} on {grant.target}"
            what += f"; the access list of a {noun} has no group of that name"
            how = f"Bind it to {wanted!r}, everybody there. A role on data and on workspace objects has to be two."
            yield Problem("unknown-everybody", reason.place, what, how)


def _workloads(contract: Contract, grants: GrantsByKind) -> Iterator[Problem]:
    """A mesh knows workloads by their service accounts; it knows no people and no groups.

    https://linkerd.io/2/features/automatic-mtls/
    """
    seen: set[tuple[str, str]] = set()
    for grant, reasons in _of_kinds(grants, lambda kind: kind.scope is Scope.CLUSTER or not kind.held_by_groups):
        kind, subject = BY_NAME[grant.target.kind], grant.subject
        may_be_group = kind.scope is not Scope.CLUSTER or not isinstance(subject, ServicePrincipalId)
        if kind.held_by_recipients or (kind.held_by_groups and may_be_group):
            continue
        for reason in reasons:
            mark = (str(reason.place), kind.name)
            if mark in seen:
                continue
            if not isinstance(subject, ServicePrincipalId):
                what = f"role {reason.role!r} lets {subject} {grant.verb} {grant.target}; only workloads can"
                how = f"Bind a role with `{kind.name}` to a service principal; take the kind out of roles of groups."
                problem = Problem("group-cannot-call", reason.place, what, how)
            elif _principal(contract, subject).service_account is None:
                what = f"role {reason.role!r} lets {subject} {grant.verb} {grant.target}; it has no service account"
                how = f"Write `service_account: NAME` at service principal {subject.name}: Kubernetes knows it by that."
                problem = Problem("principal-without-service-account", reason.place, what, how)
            else:
                continue
            seen.add(mark)
            yield problem


def _groups_in_clusters(contract: Contract, grants: GrantsByKind) -> Iterator[Problem]:
    """Report groups whose names in a cluster are not known: a binding by another name would be another group's."""
    seen: set[tuple[str, str]] = set()
    for grant, reasons in _of_kinds(grants, lambda kind: kind.scope is Scope.CLUSTER and kind.held_by_groups):
        subject = grant.subject
        if not isinstance(subject, GroupId):
            continue
        name = contract.environments[grant.target.own_environment].cluster
        if name is None or name not in contract.clusters or (name, subject.key) in seen:
            continue
        seen.add((name, subject.key))
        group = contract.groups.get(subject.key)
        if group is None:
            what = f"group {subject.key!r} holds {grant.target}; a cluster has no group of that name"
            yield Problem("unknown-everybody", reasons[0].place, what, "Bind a group of the contract.")
        elif name_in_cluster(contract.clusters[name].groups, subject.key, group.external) is None:
            what = f"group {subject.key!r} holds {grant.target}; tokens of cluster {name!r} name it by an unknown id"
            how = f"Write `names: {{{subject.key}: ID}}` under `groups` of cluster {name!r}, with its id there."
            yield Problem("group-without-id", reasons[0].place, what, how)


def _of_kinds(grants: GrantsByKind, wanted: Callable[[Spec], bool]) -> Iterator[tuple[Grant, tuple[Reason, ...]]]:
    for name, of_kind in grants.items():
        if wanted(BY_NAME[name]):
            yield from of_kind


def _principal(contract: Contract, subject: ServicePrincipalId) -> ServicePrincipal:
    return SERVICE_PRINCIPAL.objects(contract.projects[subject.project])[subject.key]


def _refused_by_kind(contract: Contract, places: Places, grants: GrantsByKind) -> Iterator[Problem]:
    """Report grants that a kind refuses on some of its objects, each binding once."""
    seen: set[tuple[object, ...]] = set()
    for grant, reasons in _of_kinds(grants, lambda kind: kind.refuses is not None):
        kind = BY_NAME[grant.target.kind]
        if kind.refuses is None or kind.section is None:
            continue
        project, key = grant.target.own_project, grant.target.key
        value = kind.objects(contract.projects[project])[key]
        protected = contract.environments[grant.target.own_environment].protected
        for reason in reasons:
            refusal = kind.refuses(value, grant.verb, reason.role, protected) if reason.role else None
            if refusal is None:
                continue
            mark = (refusal.id, reason.role, str(reason.place), *((project, key) if refusal.of_object else ()))
            if mark in seen:
                continue
            seen.add(mark)
            what = f"role {reason.role!r} lets {grant.subject} {grant.verb} {grant.target}, {refusal.because}"
            if refusal.of_object:
                what += f" (declared at {places.of('projects', project, kind.section, key)})"
            yield Problem(refusal.id, reason.place, what, refusal.how)


def _settings_for_strangers(contract: Contract, places: Places, grants: GrantsByKind) -> Iterator[Problem]:
    """A workspace knows the groups that are assigned to it, and can give entitlements and tokens to no other."""
    inside: dict[str, set[str]] = {name: set() for name in contract.workspaces}
    for grant, _ in grants.get(Kind.WORKSPACE, ()):
        if isinstance(grant.subject, GroupId):
            inside[grant.target.key].add(grant.subject.key)
    for name, workspace in contract.workspaces.items():
        at: Path = ("workspaces", name)
        named: list[tuple[str, Path]] = [(group, (*at, "entitlements", group)) for group in workspace.entitlements]
        users = workspace.tokens.users if workspace.tokens else []
        named += [(group, (*at, "tokens", "users", position)) for position, group in enumerate(users)]
        for group, path in named:
            if group not in inside[name]:
                what = f"group {group!r} is bound in no environment of workspace {name!r}, and so is not assigned to it"
                how = "Bind it to a role there, or take it out here."
                yield Problem("group-not-in-workspace", places.of(*path), what, how)
