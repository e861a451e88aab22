"""The workload identity map: one service principal, and each identity by which a system knows its workloads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rolecall.access.effective import Access
from rolecall.contract.contract import Contract
from rolecall.contract.naming import subject_name
from rolecall.contract.objects import objects_of
from rolecall.contract.service_accounts import mesh_identity, namespace_of
from rolecall.contract.source import Places
from rolecall.errors import Place
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase
from rolecall.kinds.service import Service
from rolecall.kinds.service_principal import SERVICE_PRINCIPAL

IDENTITY_MISSING, IDENTITY_SHARED = "identity-missing", "identity-shared"


@dataclass(frozen=True, order=True)
class FederatedSubject:
    """A token subject that acts as a service principal, without a key.

    Attributes:
        issuer: the issuer's name in the contract.
        subject: the subject.
        audience: the audience.
    """

    issuer: str
    subject: str
    audience: str


@dataclass(frozen=True)
class Account:
    """A service account of Kubernetes.

    Attributes:
        cluster: the cluster's name in the contract.
        namespace: its namespace.
        name: its name.
        mesh_identity: the identity by which the mesh knows its pods.
    """

    cluster: str
    namespace: str
    name: str
    mesh_identity: str


@dataclass(frozen=True)
class WorkloadIdentity:
    """A service principal in an environment, with all identities of its workloads.

    Attributes:
        principal: the service principal.
        account: its service account; None without one there.
        federated: token subjects that act as it.
        in_mesh: what needs a service account: services that run as it, and those that it may call.
        started: its jobs that an orchestrator starts as it, from outside of Databricks.
    """

    principal: ServicePrincipalId
    account: Account | None
    federated: tuple[FederatedSubject, ...]
    in_mesh: tuple[str, ...]
    started: tuple[str, ...]

    @property
    def name(self) -> str:
        """The display name of the service principal in Databricks."""
        return subject_name(self.principal)

    @property
    def needs(self) -> tuple[str, ...]:
        """What its workloads do."""
        return (*self.in_mesh, *self.started)


@dataclass(frozen=True)
class IdentityFinding:
    """A missing or shared identity.

    Attributes:
        id: `identity-missing` or `identity-shared`.
        environment: the environment; of several, the first.
        what: the finding.
        how: how to go on.
        place: where the contract declares the service principal.
    """

    id: str
    environment: str
    what: str
    how: str
    place: Place | None


def account_of(contract: Contract, principal: ServicePrincipalId) -> Account | None:
    """Return the service account of a service principal; None where it or its environment's cluster is not declared."""
    name = contract.environments[principal.environment].cluster
    declared = SERVICE_PRINCIPAL.objects(contract.projects[principal.project])[principal.key]
    if name is None or declared.service_account is None or not declared.is_in(principal.environment):
        return None
    mesh, namespace = contract.clusters[name].mesh, namespace_of(principal.environment, principal.project)
    identity = mesh_identity(namespace, declared.service_account, mesh.control_plane, mesh.trust_domain)
    return Account(name, namespace, declared.service_account, identity)


def workload_identities(contract: Contract, access: Access) -> list[WorkloadIdentity]:
    """Return the identities of every service principal in every environment that has it."""
    found: list[WorkloadIdentity] = []
    for environment in contract.environments:
        in_mesh, started = _callers(contract, access, environment), _started(contract, environment)
        for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL):
            principal = ServicePrincipalId(environment, one.project, one.key)
            declared = SERVICE_PRINCIPAL.objects(contract.projects[one.project])[one.key]
            federated = {
                FederatedSubject(each.issuer, each.subject_in(environment), each.audience)
                for each in declared.federation_in(environment)
            }
            account = account_of(contract, principal)
            found.append(
                WorkloadIdentity(
                    principal,
                    account,
                    tuple(sorted(federated)),
                    tuple(in_mesh.get(principal, ())),
                    tuple(started.get(principal, ())),
                )
            )
    return found


def _callers(contract: Contract, access: Access, environment: str) -> dict[ServicePrincipalId, list[str]]:
    found: defaultdict[ServicePrincipalId, list[str]] = defaultdict(list)
    for one in objects_of(contract, environment, Kind.SERVICE):
        assert isinstance(one.value, Service)
        found[ServicePrincipalId(environment, one.project, one.value.runs_as)].append(f"runs service {one.name}")
    for target, held in access.items():
        if target.kind is Kind.SERVICE and target.environment == environment:
            for subject in held:
                if isinstance(subject, ServicePrincipalId):
                    found[subject].append(f"calls service {target.name}")
    return found


def _started(contract: Contract, environment: str) -> dict[ServicePrincipalId, list[str]]:
    found: defaultdict[ServicePrincipalId, list[str]] = defaultdict(list)
    for one in objects_of(contract, environment, Kind.JOB):
        assert isinstance(one.value, JobBase)
        key, job = one.value.service_principal(environment), one.value
        systems = [system for system in sorted(job.counterparts) if job.has_counterpart(system, environment)]
        if key is not None and systems:
            found[ServicePrincipalId(environment, one.project, key)].append(
                f"starts job {one.name} from {', '.join(systems)}"
            )
    return found


def identity_findings(identities: Sequence[WorkloadIdentity], places: Places) -> list[IdentityFinding]:
    """Return the service principals without an identity that they need, and the identities that several have."""
    return [*_missing(identities, places), *_shared(identities, places)]


def _missing(identities: Sequence[WorkloadIdentity], places: Places) -> Iterator[IdentityFinding]:
    for one in identities:
        environment, place = one.principal.environment, _place(one, places)
        if one.in_mesh and one.account is None:
            what = f"{one.principal} {one.in_mesh[0]}, and has no service account"
            how = "Write `service_account: NAME` at it, and `cluster: NAME` in the environment."
            yield IdentityFinding(IDENTITY_MISSING, environment, what, how, place)
        elif one.started and not one.federated:
            what = f"{one.principal} {one.started[0]}, and no token subject acts as it: its workloads need a key"
            how = "Write `federation` at it, or `service_account` and `federation` at the cluster."
            yield IdentityFinding(IDENTITY_MISSING, environment, what, how, place)


def _shared(identities: Sequence[WorkloadIdentity], places: Places) -> Iterator[IdentityFinding]:
    """Yield each identity of two service principals: its workload acts as both."""
    held: defaultdict[str, list[WorkloadIdentity]] = defaultdict(list)
    for one in identities:
        # Tokens of one issuer with one subject are of one workload, whatever their audience.
        for subject in sorted({f"token subject {each.subject!r} of {each.issuer}" for each in one.federated}):
            held[subject].append(one)
        if one.account is not None:
            account = one.account
            held[f"service account {account.namespace}/{account.name} of cluster {account.cluster}"].append(one)
            held[f"mesh identity {account.mesh_identity}"].append(one)
    for identity, holders in held.items():
        first, *others = holders
        for other in others:
            what = f"{other.principal} and {first.principal} share the {identity}"
            how = "Give each its own: put {environment} into the subject, or rename the project or service account."
            yield IdentityFinding(IDENTITY_SHARED, first.principal.environment, what, how, _place(other, places))


def _place(one: WorkloadIdentity, places: Places) -> Place | None:
    return places.of("projects", one.principal.project, "service_principals", one.principal.key)
