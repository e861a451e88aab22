"""Objects of cert-manager and trust-manager that make and distribute the mesh's certificates.

The trust anchor signs itself in cert-manager's namespace, where a ClusterIssuer finds its key; the issuer below it is
in the control plane's namespace: https://linkerd.io/2/tasks/automatically-rotating-control-plane-tls-credentials/.
Every namespace may request certificates of a ClusterIssuer, so a rule of the cluster limits it to the mesh's issuer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rolecall.contract.cluster import Certificates, CertManager, Mesh, hours
from rolecall.contract.contract import Contract
from rolecall.systems.kubernetes.admission_policy import Rule, enforced
from rolecall.systems.kubernetes.api_kinds import CERT_MANAGER_GROUP, TRUST
from rolecall.systems.kubernetes.mesh.certificates import BUNDLE_KEY
from rolecall.systems.kubernetes.mesh.compilation import NAMESPACE_LABEL
from rolecall.systems.kubernetes.ownership import MANAGER, Manifest, manifest

VERSION = f"{CERT_MANAGER_GROUP}/v1"
# The Secret that Linkerd's identity controller reads: linkerd/linkerd2, charts/linkerd-control-plane.
ISSUER_SECRET = "linkerd-identity-issuer"
# A key of each renewal's own; Linkerd accepts ECDSA keys on P-256.
KEY = {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}
# A certificate is renewed while this part of its life is left: an anchor has to be distributed before it is used.
ANCHOR_LEFT, ISSUER_LEFT = 4, 2


def certificate_manifests(contract: Contract, name: str) -> list[Manifest]:
    """Return the objects of a cluster's certificates, in order of their references; none without cert-manager.

    Args:
        contract: the contract.
        name: the cluster.
    """
    mesh = contract.clusters[name].mesh
    declared = mesh.certificates
    if declared is None or declared.cert_manager is None:
        return []
    return [*_objects(mesh, declared, declared.cert_manager, f"{MANAGER}:{contract.organization}:cluster")]


def _objects(mesh: Mesh, declared: Certificates, installed: CertManager, owner: str) -> Iterator[Manifest]:
    yield from enforced(f"{MANAGER}-mesh-issuer", [*issuer_rules(mesh, declared, installed)], owner, {})
    inside, anchor = installed.namespace, installed.anchor
    yield manifest(VERSION, "Issuer", anchor, inside, owner, spec={"selfSigned": {}})
    root = _authority(f"root.linkerd.{mesh.trust_domain}", anchor, hours(declared.anchor_life), ANCHOR_LEFT)
    root["issuerRef"] = {"group": CERT_MANAGER_GROUP, "kind": "Issuer", "name": anchor}
    yield manifest(VERSION, "Certificate", anchor, inside, owner, spec=root)
    yield manifest(VERSION, "ClusterIssuer", anchor, "", owner, spec={"ca": {"secretName": anchor}})
    secrets = [one for one in (anchor, installed.previous_anchor) if one is not None]
    bundle = {
        "sources": [{"secret": {"name": one, "key": "tls.crt"}} for one in secrets],
        "target": {
            "configMap": {"key": BUNDLE_KEY},
            "namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: mesh.control_plane}},
        },
    }
    yield manifest(TRUST, "Bundle", declared.trust_bundle, "", owner, spec=bundle)
    issuer = _authority(
        f"identity.linkerd.{mesh.trust_domain}", ISSUER_SECRET, hours(declared.issuer_life), ISSUER_LEFT
    )
    issuer["issuerRef"] = {"group": CERT_MANAGER_GROUP, "kind": "ClusterIssuer", "name": anchor}
    yield manifest(VERSION, "Certificate", declared.issuer, mesh.control_plane, owner, spec=issuer)


def _authority(name: str, secret: str, life: int, left: int) -> dict[str, Any]:
    """Return a certificate that signs others.

    Args:
        name: its common name, and its only other name.
        secret: the Secret of its key.
        life: its life in hours.
        left: the part of its life that is left when it is renewed.
    """
    return {
        "commonName": name,
        "dnsNames": [name],
        "duration": f"{life}h",
        "isCA": True,
        "privateKey": dict(KEY),
        "renewBefore": f"{life * 60 // left}m",
        "secretName": secret,
        "usages": ["cert sign", "crl sign", "server auth", "client auth"],
    }


def issuer_rules(mesh: Mesh, declared: Certificates, installed: CertManager) -> Iterator[Rule]:
    """Yield the rules that the mesh's ClusterIssuer signs the issuer's certificate only.

    Readers of another certificate's Secret could sign any identity of the mesh.
    """
    reference = "object.spec.issuerRef"
    used = (
        f"has({reference}.kind) && {reference}.kind == 'ClusterIssuer' && {reference}.name == '{installed.anchor}' && "
        f"(!has({reference}.group) || {reference}.group in ['', '{CERT_MANAGER_GROUP}'])"
    )
    inside = f"object.metadata.namespace == {json.dumps(mesh.control_plane)}"
    own = f"object.metadata.name == {json.dumps(declared.issuer)}"
    message = f"the ClusterIssuer {installed.anchor} signs the mesh's issuer only, in namespace {mesh.control_plane}"
    name = "rolecall-mesh-issuer"
    yield Rule(name, CERT_MANAGER_GROUP, "certificates", f"!({used}) || ({inside} && {own})", message, everywhere=True)
    # cert-manager creates the requests, named like the Certificate; a user who may create both already has access.
    yield Rule(name, CERT_MANAGER_GROUP, "certificaterequests", f"!({used}) || {inside}", message, everywhere=True)
    signer = f"clusterissuers.{CERT_MANAGER_GROUP}/{installed.anchor}"
    requests = f"object.spec.signerName != '{signer}'"
    yield Rule(name, "certificates.k8s.io", "certificatesigningrequests", requests, message, everywhere=True)
