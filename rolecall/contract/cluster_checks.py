"""What must hold of clusters, service accounts and services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rolecall.contract.cluster import Certificates, hours
from rolecall.contract.contract import Contract
from rolecall.contract.problems import known
from rolecall.contract.project import Project
from rolecall.contract.service_accounts import namespace_of
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.kinds.persistent_volume import PERSISTENT_VOLUME
from rolecall.kinds.service import ROUTED, SERVICE, Service, milliseconds
from rolecall.kinds.service_principal import SERVICE_PRINCIPAL

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
_NAMESPACE = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
LONGEST_ISSUER, LONGEST_ANCHOR = "366d", "3660d"
# Milliseconds.
LONGEST_REQUEST = 3_600_000
NO_ACCOUNT = "principal-without-service-account"


def check_clusters(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield everything that is wrong with clusters and with what is in them."""
    issuers = contract.issuers
    for name, cluster in contract.clusters.items():
        if cluster.federation is not None:
            at: Path = ("clusters", name, "federation", "issuer")
            yield from known("issuer", cluster.federation.issuer, issuers, places, at)
        if cluster.mesh.certificates is not None:
            yield from _certificates(cluster.mesh.certificates, places, ("clusters", name, "mesh", "certificates"))
    for name, environment in contract.environments.items():
        if environment.cluster is not None:
            at = ("environments", name, "cluster")
            yield from known("cluster", environment.cluster, contract.clusters, places, at)
    for name, project in contract.projects.items():
        yield from _service_accounts(contract, name, project, places)
        for key, service in SERVICE.objects(project).items():
            yield from _service(contract, project, service, places, ("projects", name, "services", key))
        yield from _shared_ports(contract, name, project, places)
    yield from _namespaces(contract, places)


def _certificates(found: Certificates, places: Places, at: Path) -> Iterator[Problem]:
    """Certificates end: the issuer, whose key is in the cluster, within about a year, anchors within ten."""
    if not found.anchors and found.cert_manager is None:
        what = "`anchors` has no fingerprint of a trust anchor"
        how = "Write those of `openssl x509 -noout -fingerprint -sha256`, or let `cert_manager: {}` make the first one."
        yield Problem("missing-key", places.of(*at), what, how)
    for field, life, longest in (
        ("issuer_life", found.issuer_life, LONGEST_ISSUER),
        ("anchor_life", found.anchor_life, LONGEST_ANCHOR),
    ):
        if hours(life) > hours(longest):
            what = f"`{field}` is {life}, above {longest}"
            yield Problem("wrong-value", places.of(*at, field), what, f"Allowed: 1h to {longest}.")
    if hours(found.issuer_life) >= hours(found.anchor_life):
        what = f"the issuer may live {found.issuer_life}, no shorter than its trust anchor, {found.anchor_life}"
        how = "Write a shorter `issuer_life`: certificates that an anchor has signed end with it."
        yield Problem("wrong-value", places.of(*at, "issuer_life"), what, how)


def _service_accounts(contract: Contract, name: str, project: Project, places: Places) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for key, principal in SERVICE_PRINCIPAL.objects(project).items():
        account = principal.service_account
        at: Path = ("projects", name, "service_principals", key, "service_account")
        if account is None:
            continue
        other = first.setdefault(account, key)
        if other != key:
            what = f"service principals {other!r} and {key!r} have the same service account {account!r}"
            how = "Give each its own: a pod acts as one service principal."
            yield Problem("declared-twice", places.of(*at), what, how)
        inside = [one for one in contract.environments if principal.is_in(one)]
        if not any(contract.environments[one].cluster for one in inside):
            what = f"service principal {key!r} has a service account, and none of its environments has a cluster"
            how = "Write `cluster: NAME` in an environment, or take `service_account` out."
            yield Problem("environment-without-cluster", places.of(*at), what, how)


def _service(contract: Contract, project: Project, service: Service, places: Places, at: Path) -> Iterator[Problem]:
    for environment, stage in contract.environments.items():
        if service.is_in(environment) and stage.cluster is None:
            what = f"environment {environment!r} has no cluster for it"
            how = f"Write `cluster: NAME` in environment {environment!r}, or `in: [...]` here without it."
            yield Problem("environment-without-cluster", places.of(*at), what, how)
    principal = SERVICE_PRINCIPAL.objects(project).get(service.runs_as)
    if principal is not None and principal.service_account is None:
        what = f"its pods run as service principal {service.runs_as!r}, which has no service account"
        how = f"Write `service_account: {service.runs_as}` at that service principal."
        yield Problem(NO_ACCOUNT, places.of(*at, "runs_as"), what, how)
    if service.protocol not in ROUTED:
        for field in ("routes", "probes", "traffic"):
            if getattr(service, field):
                what = f"a service of protocol {service.protocol} has `{field}`, which only requests of HTTP have"
                how = f"Take `{field}` out, or write `protocol: HTTP/1` or `HTTP/2`."
                yield Problem("wrong-value", places.of(*at, field), what, how)
    yield from _traffic(service, places, (*at, "traffic"))
    for environment in contract.environments:
        changed = service.for_environment(environment)
        if service.is_in(environment) and changed.traffic != service.traffic:
            yield from _traffic(changed, places, (*at, "overrides", environment, "traffic"))
    for environment, stage in contract.environments.items():
        cluster = contract.clusters.get(stage.cluster or "")
        if service.probes and service.is_in(environment) and cluster and not cluster.mesh.probe_networks:
            what = f"it is probed, and cluster {stage.cluster!r} does not say from where"
            how = f"Write `probe_networks: [RANGE]` under `mesh` of cluster {stage.cluster!r}: the nodes' addresses."
            yield Problem("missing-key", places.of(*at, "probes"), what, how)


def _traffic(service: Service, places: Places, at: Path) -> Iterator[Problem]:
    """All tries, an answer and a silence fit into the time limit of the request, which is at most an hour."""
    found = service.traffic
    if found is None:
        return
    whole = milliseconds(found.timeout)
    if whole > LONGEST_REQUEST:
        what = f"the time limit of a request, {found.timeout}, is above an hour"
        yield Problem("wrong-value", places.of(*at, "timeout"), what, "Allowed: 1ms to 60m.")
    for field, part in (("response_timeout", found.response_timeout), ("idle_timeout", found.idle_timeout)):
        if part is not None and milliseconds(part) > whole:
            what = f"`{field}` {part} is above the time limit of the request, {found.timeout}"
            how = f"Allowed: at most {found.timeout}, or a longer `timeout`."
            yield Problem("wrong-value", places.of(*at, field), what, how)
    tries = found.retries
    if tries is not None and tries.timeout is not None and (tries.limit + 1) * milliseconds(tries.timeout) > whole:
        what = (
            f"{tries.limit + 1} tries of {tries.timeout} do not fit into the time limit of the request, {found.timeout}"
        )
        how = f"Lower `limit` or `timeout` of `retries`, or raise `timeout`, which is {found.timeout}."
        yield Problem("wrong-value", places.of(*at, "retries", "timeout"), what, how)


def _namespaces(contract: Contract, places: Places) -> Iterator[Problem]:
    """A namespace is of one project in one environment, and has a name that Kubernetes accepts."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for environment, stage in contract.environments.items():
        for name, project in contract.projects.items():
            principals = SERVICE_PRINCIPAL.objects(project).values()
            accounts = any(one.service_account and one.is_in(environment) for one in principals)
            services = any(one.is_in(environment) for one in SERVICE.objects(project).values())
            volumes = any(one.is_in(environment) for one in PERSISTENT_VOLUME.objects(project).values())
            if stage.cluster is None or not (accounts or services or volumes):
                continue
            namespace = namespace_of(environment, name)
            place = places.of("projects", name)
            if re.fullmatch(_NAMESPACE, namespace) is None:
                what = (
                    f"project {name} in {environment} would be the namespace {namespace!r}, which is not allowed there"
                )
                how = "Allowed: at most 63 small letters, digits and '-'. Rename the project or the environment."
                yield Problem("name-not-allowed", place, what, how)
            first = found.setdefault((stage.cluster, namespace), (name, environment))
            if first != (name, environment):
                what = (
                    f"project {name} in {environment} and project {first[0]} in {first[1]} would both be the namespace "
                    f"{namespace!r} of cluster {stage.cluster!r}"
                )
                how = "Rename one of them: a shared namespace would give each one's workloads the other's identities."
                yield Problem("names-collide", place, what, how)


def _destination(key: str, service: Service) -> tuple[str, int] | None:
    found = service.traffic
    return None if found is None else (found.service or key, found.port or service.port)


def _shared_ports(contract: Contract, name: str, project: Project, places: Places) -> Iterator[Problem]:
    """Of two Servers for one port of a pod, Linkerd reads the older one only."""
    services = sorted(SERVICE.objects(project).items())
    for position, (key, service) in enumerate(services):
        for other, before in services[:position]:
            together = any(service.is_in(one) and before.is_in(one) for one in contract.environments)
            differs = any(before.labels.get(label, value) != value for label, value in service.labels.items())
            if together and _destination(other, before) == _destination(key, service) is not None:
                what = f"services {other!r} and {key!r} have time limits for the same Kubernetes Service and port"
                how = "Write them at one of the two: of two routes of a Service only one would count."
                yield Problem("declared-twice", places.of("projects", name, "services", key, "traffic"), what, how)
            if together and service.port == before.port and not differs:
                what = f"services {other!r} and {key!r} can select the same pods and the same port {service.port}"
                how = "Give their pods a label with different values: of two policies of a port only one would count."
                at: Path = ("projects", name, "services", key, "labels")
                yield Problem("declared-twice", places.of(*at), what, how)
