"""The objects of a project in its environment's cluster, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rolecall.access.effective import Access
from rolecall.access.identities import account_of
from rolecall.contract.cluster_groups import names_in_cluster
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.contract.service_accounts import namespace_of
from rolecall.ids.ids import ServicePrincipalId, ownership_mark
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.service import SERVICE
from rolecall.systems.kubernetes.admission import project_admission
from rolecall.systems.kubernetes.mesh.compilation import NETWORK_POLICY, Caller, MeshService, grants, server
from rolecall.systems.kubernetes.mesh.privileges import ENFORCE
from rolecall.systems.kubernetes.mesh.settings import DefaultPolicy, MeshSettings
from rolecall.systems.kubernetes.mesh.traffic import traffic
from rolecall.systems.kubernetes.mesh.workload import DEFAULT_POLICY, INJECT
from rolecall.systems.kubernetes.ownership import MANAGER, Manifest, manifest
from rolecall.systems.kubernetes.storage.claim_rules import StorageRules
from rolecall.systems.kubernetes.storage.claims import Claim, claim_manifests, claims_of
from rolecall.systems.kubernetes.storage.classes import classes_by_claim, cluster_of, storage_manifests

ISOLATION = "default-deny"
# The service accounts of service principals.
Accounts = Mapping[ServicePrincipalId, Caller]


def mesh_settings(contract: Contract, cluster: str) -> MeshSettings:
    """Return how the mesh of a cluster is installed."""
    mesh = contract.clusters[cluster].mesh
    return MeshSettings(mesh.control_plane, mesh.trust_domain)


def marks_of(contract: Contract, environment: str) -> str:
    """Return the beginning of the marks of ownership of all objects of an environment."""
    return f"{MANAGER}:{contract.organization}:{environment}:"


def has_objects(contract: Contract, environment: str, project: str) -> bool:
    """Return whether a project has anything in an environment's cluster."""
    if contract.environments[environment].cluster is None:
        return False
    principals = objects_of(contract, environment, Kind.SERVICE_PRINCIPAL, project)
    accounts = (account_of(contract, ServicePrincipalId(environment, project, one.key)) for one in principals)
    kinds = (Kind.SERVICE, Kind.PERSISTENT_VOLUME)
    return any(accounts) or any(True for kind in kinds for _ in objects_of(contract, environment, kind, project))


def manifests(
    contract: Contract,
    access: Access,
    environment: str,
    project: str,
    accounts: Accounts | None = None,
    groups: Mapping[str, str] | None = None,
) -> list[Manifest]:
    """Return a project's objects in an environment: each after what it needs, and each grant before what denies.

    Args:
        contract: the contract.
        access: who holds what.
        environment: the environment.
        project: the project.
        accounts: the service accounts of holders; by default the contract's.
        groups: names of groups in the cluster, by key; by default the contract's.

    The namespace is isolated: pods in it get the mesh's policy `deny`, and network policies close what bypasses the
    mesh. A project without services and service accounts there has no objects.
    """
    if not has_objects(contract, environment, project):
        return []
    namespace = namespace_of(environment, project)
    owner = f"{marks_of(contract, environment)}namespace:{project}"
    services = [*mesh_services(contract, access, environment, project, accounts)]
    claims = claims_in(contract, access, environment, project, accounts, groups)
    # The injector copies the annotation to pods when they are made.
    annotations = {INJECT: "enabled", DEFAULT_POLICY: DefaultPolicy.DENY.value}
    cluster = cluster_of(contract, environment)
    labels = {ENFORCE: str(cluster.pod_security_level)} if cluster is not None else None
    isolation = {"podSelector": {}, "policyTypes": ["Ingress"]}
    return [
        manifest("v1", "Namespace", namespace, "", owner, annotations=annotations, labels=labels),
        *_service_accounts(contract, environment, project),
        *(one for service in services for one in grants(service)),
        *(one for service in services for one in traffic(service)),
        *map(server, services),
        *storage_manifests(contract, environment, project, owner),
        *(one for claim in claims for one in claim_manifests(claim)),
        *_admission(contract, environment, project, owner, claims),
        manifest(NETWORK_POLICY, "NetworkPolicy", ISOLATION, namespace, owner, spec=isolation),
    ]


def _admission(
    contract: Contract, environment: str, project: str, owner: str, claims: Iterable[Claim]
) -> Iterator[Manifest]:
    """Yield the rules that the cluster enforces in a project's namespace."""
    cluster = cluster_of(contract, environment)
    if cluster is None or not cluster.admission:
        return
    storage = None
    if cluster.longhorn is not None:
        classes = {name: one.name for name, one in classes_by_claim(contract, environment, project).items()}
        writers: dict[str, list[str]] = {}
        readers: dict[str, list[str]] = {}
        for claim in claims:
            own = {one.name: verb for one, verb in sorted(claim.accounts.items()) if one.namespace == claim.namespace}
            writers[claim.name] = [name for name, verb in own.items() if verb.rank >= Verb.EDIT.rank]
            readers[claim.name] = [name for name, verb in own.items() if verb.rank < Verb.EDIT.rank]
        storage = StorageRules(classes, cluster.longhorn.other_classes, writers, readers)
    namespace = namespace_of(environment, project)
    yield from project_admission(namespace, owner, storage, cluster.pod_security_level)


def claims_in(
    contract: Contract,
    access: Access,
    environment: str,
    project: str,
    accounts: Accounts | None = None,
    groups: Mapping[str, str] | None = None,
) -> list[Claim]:
    """Return a project's claims in an environment with all their holders, by name."""
    cluster = contract.environments[environment].cluster
    if cluster is None:
        return []
    accounts = callers_of(contract, access, environment, project) if accounts is None else accounts
    groups = names_in_cluster(contract, cluster) if groups is None else groups
    return [*claims_of(contract, access, environment, project, accounts, groups)]


def callers_of(contract: Contract, access: Access, environment: str, project: str) -> Accounts:
    """Return the service accounts with access to a project's services and claims, including other projects'."""
    callers = {
        subject
        for kind in (Kind.SERVICE, Kind.PERSISTENT_VOLUME)
        for declared in objects_of(contract, environment, kind, project)
        for subject in access.get(declared.id_in(environment), {})
        if isinstance(subject, ServicePrincipalId)
    }
    found = {one: account_of(contract, one) for one in sorted(callers)}
    return {one: Caller(account.namespace, account.name) for one, account in found.items() if account is not None}


def mesh_services(
    contract: Contract, access: Access, environment: str, project: str, accounts: Accounts | None = None
) -> Iterator[MeshService]:
    """Yield a project's services in an environment, with the service accounts that may call them, by name."""
    if accounts is None:
        accounts = callers_of(contract, access, environment, project)
    cluster = contract.environments[environment].cluster
    networks = contract.clusters[cluster].mesh.probe_networks if cluster is not None else []
    for declared in sorted(objects_of(contract, environment, Kind.SERVICE, project), key=lambda one: one.key):
        service = SERVICE.objects(contract.projects[project])[declared.key].for_environment(environment)
        target = declared.id_in(environment)
        held = access.get(target, {})
        account = account_of(contract, ServicePrincipalId(environment, project, service.runs_as))
        callers = {one for subject, one in accounts.items() if subject in held and held[subject].rank >= Verb.RUN.rank}
        yield MeshService(
            declared.key,
            namespace_of(environment, project),
            ownership_mark(contract.organization, target),
            service.port,
            dict(sorted(service.labels.items())),
            sorted(callers),
            service.protocol,
            dict(service.routes),
            service.probes,
            networks,
            service.enforcement == "audit",
            service.traffic,
            account.name if account is not None else "",
        )


def _service_accounts(contract: Contract, environment: str, project: str) -> Iterator[Manifest]:
    declared = objects_of(contract, environment, Kind.SERVICE_PRINCIPAL, project)
    for one in sorted(declared, key=lambda each: each.key):
        principal = ServicePrincipalId(environment, project, one.key)
        account = account_of(contract, principal)
        if account is not None:
            owner = ownership_mark(contract.organization, principal)
            yield manifest("v1", "ServiceAccount", account.name, account.namespace, owner)
