"""The objects of a project in its environment's cluster, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.access.effective import Access
from rolecall.access.identities import account_of
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.contract.service_accounts import namespace_of
from rolecall.ids.ids import ServicePrincipalId, ownership_mark
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.service import SERVICE
from rolecall.systems.kubernetes.mesh.compilation import NETWORK_POLICY, Caller, MeshService, grants, server
from rolecall.systems.kubernetes.mesh.settings import DefaultPolicy, MeshSettings
from rolecall.systems.kubernetes.mesh.workload import DEFAULT_POLICY, INJECT
from rolecall.systems.kubernetes.ownership import MANAGER, Manifest, manifest

ISOLATION = "default-deny"


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
    return any(accounts) or any(True for _ in objects_of(contract, environment, Kind.SERVICE, project))


def manifests(contract: Contract, access: Access, environment: str, project: str) -> list[Manifest]:
    """Return a project's objects in an environment: each after what it needs, and each grant before what denies.

    The namespace is isolated: pods in it get the mesh's policy `deny`, and network policies close what bypasses the
    mesh. A project without services and service accounts there has no objects.
    """
    if not has_objects(contract, environment, project):
        return []
    namespace = namespace_of(environment, project)
    owner = f"{marks_of(contract, environment)}namespace:{project}"
    services = [*mesh_services(contract, access, environment, project)]
    # The injector copies the annotation to pods when they are made.
    annotations = {INJECT: "enabled", DEFAULT_POLICY: DefaultPolicy.DENY.value}
    isolation = {"podSelector": {}, "policyTypes": ["Ingress"]}
    return [
        manifest("v1", "Namespace", namespace, "", owner, annotations=annotations),
        *_service_accounts(contract, environment, project),
        *(one for service in services for one in grants(service)),
        *map(server, services),
        manifest(NETWORK_POLICY, "NetworkPolicy", ISOLATION, namespace, owner, spec=isolation),
    ]


def mesh_services(contract: Contract, access: Access, environment: str, project: str) -> Iterator[MeshService]:
    """Yield a project's services in an environment, with the service accounts that may call them, by name."""
    cluster = contract.environments[environment].cluster
    networks = contract.clusters[cluster].mesh.probe_networks if cluster is not None else []
    for declared in sorted(objects_of(contract, environment, Kind.SERVICE, project), key=lambda one: one.key):
        service = SERVICE.objects(contract.projects[project])[declared.key].for_environment(environment)
        target = declared.id_in(environment)
        accounts = (
            account_of(contract, subject)
            for subject, verb in access.get(target, {}).items()
            if isinstance(subject, ServicePrincipalId) and verb.rank >= Verb.RUN.rank
        )
        yield MeshService(
            declared.key,
            namespace_of(environment, project),
            ownership_mark(contract.organization, target),
            service.port,
            dict(sorted(service.labels.items())),
            sorted(Caller(one.namespace, one.name) for one in accounts if one is not None),
            service.protocol,
            dict(service.routes),
            service.probes,
            networks,
            service.enforcement == "audit",
        )


def _service_accounts(contract: Contract, environment: str, project: str) -> Iterator[Manifest]:
    declared = objects_of(contract, environment, Kind.SERVICE_PRINCIPAL, project)
    for one in sorted(declared, key=lambda each: each.key):
        principal = ServicePrincipalId(environment, project, one.key)
        account = account_of(contract, principal)
        if account is not None:
            owner = ownership_mark(contract.organization, principal)
            yield manifest("v1", "ServiceAccount", account.name, account.namespace, owner)
