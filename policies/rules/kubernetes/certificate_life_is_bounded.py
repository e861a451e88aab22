from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from rolecall.contract.cluster import Mesh, hours
from rolecall.contract.cluster_checks import LONGEST_ANCHOR, LONGEST_ISSUER
from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import put, without
from rolecall.policies.kubernetes import CERTIFICATES, object_rule
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding, Resource

# The Secret that Linkerd's identity controller reads: linkerd/linkerd2, charts/linkerd-control-plane.
ISSUER_SECRET = "linkerd-identity-issuer"
# https://pkg.go.dev/time#ParseDuration
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"(?<![0-9.])([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|us|µs|ns|m|s)", re.ASCII)


def length(written: object) -> timedelta | None:
    """Parse a duration in Go's format (`2160h0m0s`); None for anything else."""
    text = written if isinstance(written, str) else ""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    try:
        return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))
    except OverflowError:
        return None


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    version, kind = str(properties.read("apiVersion") or ""), properties.read("kind")
    if version.rpartition("/")[0] != CERTIFICATES:
        return
    if kind == "ClusterIssuer" and properties.is_set("content.spec.selfSigned"):
        how = "Write an Issuer in the namespace of the trust anchor: this one signs authorities of any life everywhere."
        yield Finding("content.spec.selfSigned is set in a ClusterIssuer", how)
    if kind == "Certificate":
        yield from _life(properties, context.meshes.get(str(properties.read("cluster")), Mesh()))


def _life(properties: Properties, mesh: Mesh) -> Iterator[Finding]:
    declared = mesh.certificates
    names = {ISSUER_SECRET, declared.issuer if declared is not None else ISSUER_SECRET}
    own_names = {properties.read(path) for path in ("name", "content.spec.secretName")}
    is_issuer = properties.read("namespace") == mesh.control_plane and bool(names & own_names)
    is_authority = properties.read("content.spec.isCA") not in (None, False)
    longest = LONGEST_ISSUER
    if is_issuer:
        longest = declared.issuer_life if declared is not None else LONGEST_ISSUER
    elif is_authority:
        longest = declared.anchor_life if declared is not None else LONGEST_ANCHOR
    written = properties.read("content.spec.duration")
    # cert-manager's default is 90 days; issuers outside of the cluster may have others.
    if written is None and not (is_issuer or is_authority):
        return
    found = length(written)
    if found is None or found > timedelta(hours=hours(longest)):
        what = "not set" if written is None else str(written)
        how = f"Write at most {hours(longest)}h: a key that signs identities is replaced in time."
        yield Finding(f"content.spec.duration is {what}", how)


def _self_signed_everywhere(example: dict[str, Any]) -> None:
    del example["namespace"]
    example |= {"kind": "ClusterIssuer", "content": {"spec": {"selfSigned": {}}}}


RULE = object_rule(
    "certificate-life-is-bounded",
    "Certificates end within the lives of the contract, or within a year, and trust anchors within ten years.",
    "https://linkerd.io/2/tasks/automatically-rotating-control-plane-tls-credentials/",
    (Theme.CREDENTIALS, Theme.ENCRYPTION),
    _check,
    compliant.CERTIFICATE,
    (
        put("content.spec.duration", "87840h"),
        put("content.spec.duration", "forever"),
        put("content.spec.duration", 48),
        without("content.spec.duration"),
        without("content"),
        _self_signed_everywhere,
    ),
    ("cluster", "namespace", "name", "content.spec.isCA", "content.spec.secretName", "content.spec.duration"),
)
