"""Read who may call the contract's services, and who may act as its workloads, in each cluster of some environments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from time import monotonic

from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep
from rolecall.access.graph.nodes import Right
from rolecall.access.observation import Observation, Remark, RemarkKind, Unmanaged
from rolecall.access.ways import Ways, administrator_names
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.contract.service_accounts import namespace_of
from rolecall.errors import ObjectMissing, RolecallError, SystemRefused
from rolecall.ids.ids import ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.kubernetes import certificates, lists, longhorn
from rolecall.systems.kubernetes.accounts import accounts_in
from rolecall.systems.kubernetes.api_kinds import ROLES, SERVICE
from rolecall.systems.kubernetes.client import Cluster, cluster, shared_lists
from rolecall.systems.kubernetes.inside import inside_of
from rolecall.systems.kubernetes.lists import LISTS, ObjectList
from rolecall.systems.kubernetes.manifests import has_objects, manifests, marks_of, mesh_services, mesh_settings
from rolecall.systems.kubernetes.mesh.comparison import compare
from rolecall.systems.kubernetes.mesh.findings import Difference, MeshFinding
from rolecall.systems.kubernetes.multicluster import exported
from rolecall.systems.kubernetes.other_policies import other_policies
from rolecall.systems.kubernetes.rbac import Rbac
from rolecall.systems.kubernetes.rights import rights_on
from rolecall.systems.kubernetes.storage.observe import observe_volumes
from rolecall.systems.observer import AT_ONCE
from rolecall.systems.requests import Json

READ = (
    "policies of the mesh, network policies and pods: what each pod of a service admits",
    "roles and bindings: who may act as a workload, read Secrets, or change policies, in the namespaces of projects",
    "permissions of the contract's service accounts and groups, by the API server (SubjectAccessReview)",
    "claims of volumes: who may read, change and delete each, and with whose key their volumes are encrypted",
    longhorn.READS,
)
THROUGH_GATEWAY = (
    "Service {} exports it to other clusters: the mesh identity that arrives is the multicluster gateway's, and who "
    "calls through it is unknown"
)
UNSTATED_LONGHORN = "cluster {} has Longhorn in namespace {}, and `longhorn` of the contract is none"
BY_HAND = "delete what admits it (`kubectl delete`); `up --refresh` sets back only what is Rolecall's"


@dataclass
class _Seen:
    """What was read of the environments.

    Attributes:
        access: who may call each service.
        absent: services that do not exist.
        remarks: other differences.
        ways: the ways of granting access that were read.
    """

    access: dict[ObjectId, dict[Subject, Verb]] = field(default_factory=dict)
    absent: list[ObjectId] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    ways: Ways = field(default_factory=Ways)


@shared_lists()
def observe(contract: Contract, given: Access, environments: Sequence[str]) -> Observation:
    """Return who may call services, and who has rights past the mesh.

    Args:
        contract: the contract.
        given: who may call services, by service.
        environments: the environments.

    Raises:
        RolecallError: no cluster could be read; of several, one that cannot be read is unknown.
        SystemRefused: the contract has nothing in a cluster.
    """
    if not any(_cluster_of(contract, environment) for environment in contract.environments):
        raise SystemRefused(
            "the contract has nothing in a Kubernetes cluster", "Declare services, or service accounts."
        )
    began, seen = monotonic(), _Seen()
    used = {name for environment in environments if (name := _cluster_of(contract, environment)) is not None}
    clients = {name: cluster(contract.clusters[name].context or "") for name in sorted(used)}
    calls = {name: client().calls for name, client in clients.items()}
    failures: dict[str, RolecallError] = {}
    for name, client in clients.items():
        inside = [one for one in environments if contract.environments[one].cluster == name]
        try:
            _read(contract, given, name, client, inside, seen)
        except RolecallError as error:
            failures[name] = error
            seen.ways.refused.append(f"cluster {name}: {error.what}")
            seen.remarks += [
                Remark(target, RemarkKind.UNKNOWN, f"cluster {name} could not be read: {error.what}")
                for target in given
                if target.environment in inside
            ]
    if failures and len(failures) == len(clients):
        raise next(iter(failures.values()))
    return Observation(
        access=seen.access,
        absent=tuple(sorted(seen.absent)),
        remarks=tuple(sorted(set(seen.remarks), key=str)),
        calls=sum(client().calls - calls[name] for name, client in clients.items()),
        took=timedelta(seconds=monotonic() - began),
        **seen.ways.observation_fields(),
    )


def _cluster_of(contract: Contract, environment: str) -> str | None:
    used = any(has_objects(contract, environment, project) for project in contract.projects)
    return contract.environments[environment].cluster if used else None


def _read(
    contract: Contract, given: Access, name: str, client: Cluster, environments: Sequence[str], seen: _Seen
) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        policies = [pool.submit(read_list, client, one) for one in LISTS]
        rights = [pool.submit(client.whole, one.everywhere) for one in ROLES]
        forwarded = pool.submit(client.every, SERVICE.everywhere)
        documents = [found for one in policies if (found := one.result()) is not None]
        live = lists.objects_of(documents, gateway=False)
        rbac = Rbac.of(
            {**item, "kind": kind.name}
            for kind, one in zip(ROLES, rights, strict=True)
            for item in one.result()["items"]
        )
    seen.ways.read += READ
    _add_certificates(contract, name, client, live, seen)
    seen.ways.found += longhorn.isolation(live, administrator_names(contract), contract.clusters[name].longhorn)
    if contract.clusters[name].longhorn is None and contract.clusters[name].states_longhorn:
        seen.remarks += [
            Remark(None, RemarkKind.DIFFERENT, UNSTATED_LONGHORN.format(name, one))
            for one in longhorn.installations(live)
        ]
    spaces = {
        namespace_of(environment, one)
        for environment in environments
        for one in contract.projects
        if has_objects(contract, environment, one)
    }
    seen.remarks += other_policies(client, spaces)
    accounts = [one for environment in environments for one in accounts_in(contract, environment)]
    settings = mesh_settings(contract, name)
    identities = {settings.identity(one.namespace, one.name): principal for principal, one in accounts}
    there = {str(one["metadata"]["name"]) for one in live if one["kind"] == "Namespace"}
    for environment in environments:
        projects = [one for one in contract.projects if has_objects(contract, environment, one)]
        services = [one for project in projects for one in mesh_services(contract, given, environment, project)]
        declared = [one for project in projects for one in manifests(contract, given, environment, project)]
        findings = compare(services, declared, live, settings, marks_of(contract, environment))
        targets = _targets(contract, environment)
        _add(targets, given, there, findings, identities, seen)
        for service, export in exported(services, forwarded.result()):
            target = targets[service.namespace, service.name]
            seen.remarks.append(Remark(target, RemarkKind.UNKNOWN, THROUGH_GATEWAY.format(export)))
        inside = inside_of(contract, given, name, environment, projects, accounts)
        unmanaged = rights_on(contract, client, inside, rbac)
        if inside.volumes:
            volumes = observe_volumes(contract, given, client, inside, environment, rbac)
            seen.access |= volumes.access
            seen.remarks += volumes.remarks
            unmanaged += volumes.strangers
        seen.ways.found += _merged(unmanaged)


def _merged(found: Iterable[Unmanaged]) -> list[Unmanaged]:
    """Merge findings into one for each subject of a binding."""
    by_thing: dict[str, Unmanaged] = {}
    for one in found:
        before = by_thing.get(one.thing)
        if before is not None:
            one = replace(before, reaches=f"{before.reaches}; {one.reaches}", steps=(*before.steps, *one.steps))
        by_thing[one.thing] = one
    return [*by_thing.values()]


def _add_certificates(contract: Contract, name: str, client: Cluster, live: Sequence[Json], seen: _Seen) -> None:
    mesh = contract.clusters[name].mesh
    if mesh.certificates is None:
        seen.ways.not_read.append(certificates.NOT_DECLARED.format(name))
        return
    try:
        seen.remarks += certificates.certificate_remarks(name, mesh, client, live, datetime.now(UTC))
        seen.ways.read.append(certificates.READS)
    except RolecallError as error:
        seen.ways.refused.append(f"certificates of cluster {name}: {error.what}")


def read_list(client: Cluster, one: ObjectList) -> Json | None:
    """Return a list of the API; None for one of the Gateway API that a cluster has in no version."""
    try:
        return client.whole(one.path)
    except ObjectMissing as error:
        if one.gateway:
            # An older release of the Gateway API has the same routes in another version.
            other = client.served_path(one.group, one.path.rpartition("/")[2])
            return client.whole(other) if other else None
        raise RolecallError(
            f"{client.title} has no {one.kind} of {one.group or 'the core group'} in the version that is read",
            "Install Linkerd's custom resource definitions, of 2.18 or later.",
        ) from error


def _add(
    targets: Mapping[tuple[str, str], ObjectId],
    given: Access,
    namespaces: Collection[str],
    findings: Iterable[MeshFinding],
    identities: Mapping[str, ServicePrincipalId],
    seen: _Seen,
) -> None:
    """Add an environment's findings to what was seen: missing callers as grants that are not there, others as remarks.

    Args:
        targets: an environment's services by namespace and name.
        given: who may call services, by service.
        namespaces: the cluster's namespaces.
        findings: the differences.
        identities: the contract's service principals by their mesh identities.
        seen: what was seen.
    """
    for place, target in targets.items():
        if place[0] in namespaces:
            seen.access[target] = dict(given.get(target, {}))
        else:
            seen.absent.append(target)
    around = cache(lambda namespace: _around(targets, given, namespace))
    for one in findings:
        found, subject = targets.get((one.namespace, one.service)), identities.get(one.client)
        held = seen.access.get(found, {}) if found is not None else {}
        if one.kind is Difference.MISSING and subject in held:
            del held[subject]
            continue
        seen.remarks.append(_remark(one, found, subject, around(one.namespace)))


def _targets(contract: Contract, environment: str) -> dict[tuple[str, str], ObjectId]:
    """Return the services of an environment by namespace and name."""
    return {
        (namespace_of(environment, one.project), one.key): one.id_in(environment)
        for one in objects_of(contract, environment, Kind.SERVICE)
    }


def _around(targets: Mapping[tuple[str, str], ObjectId], given: Access, namespace: str) -> frozenset[ObjectId] | None:
    """Return the services that findings about a namespace apply to: its own, and services called by its workloads.

    None for a namespace of no service and no caller: it may concern all of the cluster.
    """
    found = set()
    for (own, _), target in targets.items():
        callers = (who for who in given.get(target, {}) if isinstance(who, ServicePrincipalId))
        if namespace in {own, *(namespace_of(who.environment, who.project) for who in callers)}:
            found.add(target)
    return frozenset(found) or None


def _remark(
    one: MeshFinding,
    target: ObjectId | None,
    subject: ServicePrincipalId | None,
    around: frozenset[ObjectId] | None,
) -> Remark:
    kind = RemarkKind.DIFFERENT if one.kind is Difference.MISSING else RemarkKind(one.kind.value)
    where = "" if target is not None else f"namespace {one.namespace}: "
    step = None
    if kind is RemarkKind.EXTRA and target is not None and subject is not None:
        step = LiveStep(subject, Right(target, Verb.RUN.value), "may call")
    how = BY_HAND if kind is RemarkKind.EXTRA else ""
    limits = around if target is None else None
    return Remark(target, kind, f"{where}{one.what}", str(subject or one.client), step, how, limits)
