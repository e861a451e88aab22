"""Reads the mesh's certificates of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from rolecall.access.observation import Remark, RemarkKind
from rolecall.contract.cluster import Mesh, hours
from rolecall.errors import ObjectMissing, RolecallError
from rolecall.systems.kubernetes.client import Cluster
from rolecall.systems.kubernetes.mesh.certificates import (
    ADMIN_PORT,
    Bounds,
    Controller,
    Seen,
    certificate_findings,
    controllers,
    issuer_ends,
    started,
)
from rolecall.systems.requests import ConnectionLost

READS = "certificates of the mesh: trust anchors, issuer, and the issuer that identity controllers use"
NOT_DECLARED = "certificates of the mesh of cluster {}: the contract has no `certificates` there"


def certificate_remarks(
    name: str, mesh: Mesh, client: Cluster, live: Iterable[Mapping[str, Any]], now: datetime
) -> Iterator[Remark]:
    """Yield the faults of the certificates of a cluster's mesh.

    Args:
        name: the cluster's name in the contract.
        mesh: how the mesh is installed.
        client: the cluster.
        live: the cluster's pods, among others.
        now: the time.

    Raises:
        RolecallError: the cluster does not show the Certificate, or the ConfigMap.
    """
    declared, namespace = mesh.certificates, mesh.control_plane
    if declared is None:
        return
    issuer = client.one(f"/apis/cert-manager.io/v1/namespaces/{namespace}/certificates/{declared.issuer}")
    bundle = client.one(f"/api/v1/namespaces/{namespace}/configmaps/{declared.trust_bundle}")
    running = [_controller(client, one, now) for one in controllers(live, namespace)]
    issuer_life, anchor_life = (timedelta(hours=hours(one)) for one in (declared.issuer_life, declared.anchor_life))
    bounds = Bounds(issuer_life, anchor_life, frozenset(one.upper() for one in declared.anchors))
    anchor = declared.cert_manager.anchor if declared.cert_manager is not None else ""
    for one in certificate_findings(Seen(namespace, issuer, bundle, running, _signed(client), anchor), bounds, now):
        yield Remark(None, RemarkKind(one.kind.value), f"cluster {name}: {one.what}", how=one.how)


def _signed(client: Cluster) -> list[Mapping[str, Any]]:
    """Return the Certificates and CertificateRequests of all namespaces; none without cert-manager."""
    found: list[Mapping[str, Any]] = []
    for kind in ("Certificate", "CertificateRequest"):
        try:
            listed = client.every(f"/apis/cert-manager.io/v1/{kind.lower()}s")
        except ObjectMissing:
            continue
        found += ({**one, "kind": kind} for one in listed)
    return found


def _controller(client: Cluster, pod: Mapping[str, Any], now: datetime) -> Controller:
    name, since = str(pod["metadata"]["name"]), started(pod)
    if since is None:
        return Controller(name, None)
    try:
        metrics = client.pod_metrics(pod["metadata"]["namespace"], name, ADMIN_PORT)
    except (ConnectionLost, RolecallError) as error:
        return Controller(name, since, None, f"its metrics could not be read ({error})")
    return Controller(name, since, issuer_ends(metrics, now))
