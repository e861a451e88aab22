"""The mesh's certificates: trust anchors, the issuer below them, and whether the running identity controllers use it.

The issuer's Secret is never read, as it has the private key: cert-manager's Certificate has the times of the issuer.
A changed Secret is no proof that a controller has read it: https://github.com/linkerd/linkerd2/issues/15109. Proof is
the controller's own metric `issuer_cert_ttl_seconds`, or a start after the renewal; trust anchors are read at the start
only: linkerd/linkerd2, pkg/identity/service.go and controller/cmd/identity/main.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from rolecall.systems.kubernetes.mesh.findings import Difference

Object = Mapping[str, Any]

LABELS = {"linkerd.io/control-plane-component": "identity"}
ENDED = ("Succeeded", "Failed")
# https://cert-manager.io/docs/usage/certificaterequest/
OF_CERTIFICATE = "cert-manager.io/certificate-name"
CONTAINER, ADMIN_PORT = "identity", 9990
BUNDLE_KEY, TTL = "ca-bundle.crt", "issuer_cert_ttl_seconds"
# A certificate is to be renewed while a quarter of its life is left, or so much of a long one.
PART_LEFT, ISSUER_ALARM, ANCHOR_ALARM = 4, timedelta(days=30), timedelta(days=90)
# Time for cert-manager to renew, for the kubelet to write the Secret into pods, and for clocks that differ.
SLACK = timedelta(minutes=10)
DISTRIBUTE = "distribute the trust anchors with trust-manager's Bundle"
ROTATE = "add a new anchor to the Bundle, restart control plane and proxies, renew the issuer, then drop the old one"
DROP = "remove it from the Bundle, or name it in `anchors` of the cluster's certificates"
DECLARE = "correct the Certificate of cert-manager"
RENEW = "see `cmctl status certificate`, and renew it with `cmctl renew`"
READ_METRICS = "grant Rolecall `get` on `pods/proxy` in the control plane's namespace, or restart the controller"


@dataclass(frozen=True)
class Bounds:
    """Limits on certificates.

    Attributes:
        issuer: the longest life of the issuer.
        anchor: the longest life of a trust anchor.
        fingerprints: the trust anchors, as `fingerprint` names them.
    """

    issuer: timedelta
    anchor: timedelta
    fingerprints: frozenset[str]


@dataclass(frozen=True)
class Controller:
    """A pod of the identity controller.

    Attributes:
        name: its name.
        started: when its container started; None where it does not run.
        issuer_ends: when the issuer that it uses ends, by its metrics; None where they could not be read.
        unread: why they could not be read.
    """

    name: str
    started: datetime | None
    issuer_ends: datetime | None = None
    unread: str = ""


@dataclass(frozen=True)
class Seen:
    """The certificates and identity controllers of a cluster.

    Attributes:
        namespace: namespace of the control plane.
        issuer: cert-manager's Certificate of the issuer; None if missing.
        bundle: the ConfigMap of trust anchors; None if missing.
        controllers: the pods of the identity controller.
        signed: the Certificates and CertificateRequests of all namespaces.
        anchor_issuer: the ClusterIssuer that the contract declares for the issuer; empty without one.
    """

    namespace: str
    issuer: Object | None
    bundle: Object | None
    controllers: Sequence[Controller] = field(default_factory=tuple)
    signed: Sequence[Object] = ()
    anchor_issuer: str = ""


@dataclass(frozen=True)
class CertificateFinding:
    """A fault of a certificate.

    Attributes:
        kind: `different`, or `unknown`.
        what: the fault.
        how: the repair.
    """

    kind: Difference
    what: str
    how: str = ""


@dataclass(frozen=True)
class _Life:
    begins: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        return self.ends - self.begins


def certificate_findings(seen: Seen, bounds: Bounds, now: datetime) -> Iterator[CertificateFinding]:
    """Yield the faults of a cluster's certificates.

    Args:
        seen: the cluster's certificates and controllers.
        bounds: the limits.
        now: the time.
    """
    yield from _anchors(seen, bounds, now)
    yield from _issuer(seen, bounds, now)
    yield from _signed_beside(seen)
    yield from _controllers(seen)


def _signed_beside(seen: Seen) -> Iterator[CertificateFinding]:
    """Yield other certificates signed by the mesh's ClusterIssuer: the key of one can sign any identity.

    Each namespace may request certificates of a ClusterIssuer: https://cert-manager.io/docs/configuration/issuers/.
    """
    reference = ((seen.issuer or {}).get("spec") or {}).get("issuerRef") or {}
    names = {str(reference.get("name"))} if reference.get("kind") == "ClusterIssuer" else set()
    names |= {seen.anchor_issuer} if seen.anchor_issuer else set()
    own = str(seen.issuer["metadata"]["name"]) if seen.issuer is not None else ""
    for one in seen.signed:
        metadata, found = one["metadata"], (one.get("spec") or {}).get("issuerRef") or {}
        if found.get("kind") != "ClusterIssuer" or found.get("name") not in names:
            continue
        of = (metadata.get("annotations") or {}).get(OF_CERTIFICATE, metadata["name"])
        if (metadata["namespace"], of) != (seen.namespace, own):
            shown = f"{one['kind']} {metadata['namespace']}/{metadata['name']}"
            what = f"{shown} is signed by the mesh's ClusterIssuer {found['name']}: its key may sign any identity"
            yield _different(what, "delete it with its Secret, and renew the trust anchor if it was issued")


def controllers(pods: Iterable[Object], namespace: str) -> list[Object]:
    """Return the pods of the identity controller; terminated pods, such as evicted ones, do not count."""
    return [
        one
        for one in pods
        if one["kind"] == "Pod"
        and one["metadata"]["namespace"] == namespace
        and LABELS.items() <= (one["metadata"].get("labels") or {}).items()
        and (one.get("status") or {}).get("phase") not in ENDED
    ]


def started(pod: Object) -> datetime | None:
    """Return when the controller in a pod started; None where it does not run."""
    for one in (pod.get("status") or {}).get("containerStatuses") or []:
        running = (one.get("state") or {}).get("running") or {}
        if one.get("name") == CONTAINER and running.get("startedAt"):
            return time_of(running["startedAt"])
    return None


def time_of(text: str) -> datetime:
    """Return a time of the API (RFC 3339)."""
    return datetime.fromisoformat(text).astimezone(UTC)


def issuer_ends(metrics: str, now: datetime) -> datetime | None:
    """Return when the issuer that a controller uses ends, by its metrics; None where they lack it."""
    for line in metrics.splitlines():
        name, _, value = line.partition(" ")
        if name.partition("{")[0] == TTL:
            try:
                return now + timedelta(seconds=float(value.split()[0]))
            except (ValueError, IndexError, OverflowError):
                return None
    return None


def _anchors(seen: Seen, bounds: Bounds, now: datetime) -> Iterator[CertificateFinding]:
    if seen.bundle is None:
        yield _different(f"namespace {seen.namespace} has no ConfigMap of trust anchors", DISTRIBUTE)
        return
    shown = f"trust bundle {seen.bundle['metadata']['name']}"
    lives = _lives(seen.bundle)
    if lives is None:
        yield _unknown(f"{shown} has no certificates that can be read at {BUNDLE_KEY}", DISTRIBUTE)
        return
    for name in sorted({*lives} - bounds.fingerprints):
        text = f"an anchor that the contract does not name, {name}: its key signs any identity"
        yield _different(f"{shown} has {text}", DROP)
    for name in sorted(bounds.fingerprints - {*lives}):
        yield _different(f"{shown} lacks the trust anchor {name}", DISTRIBUTE)
    for name, one in lives.items():
        if one.length > bounds.anchor:
            text = f"lives {_span(one.length)}, longer than {_span(bounds.anchor)}"
            yield _different(f"trust anchor {name} of {shown} {text}", ROTATE)
    last = max(lives.values(), key=lambda one: one.ends)
    yield from _ending(f"the last trust anchor of {shown}", last, ANCHOR_ALARM, now, ROTATE)
    issuer = _life_of(seen.issuer)
    if issuer is not None and issuer.ends > last.ends:
        yield _different(f"the issuer ends after the last trust anchor of {shown}", ROTATE)


def _issuer(seen: Seen, bounds: Bounds, now: datetime) -> Iterator[CertificateFinding]:
    if seen.issuer is None:
        yield _different(f"namespace {seen.namespace} has no Certificate of the issuer: nothing renews it", DECLARE)
        return
    name = f"issuer {seen.issuer['metadata']['name']}"
    life = _life_of(seen.issuer)
    if life is None:
        yield _unknown(f"the Certificate of {name} states no times: it was never issued", RENEW)
        return
    if life.length > bounds.issuer:
        yield _different(f"{name} lives {_span(life.length)}, longer than {_span(bounds.issuer)}", DECLARE)
    status = seen.issuer["status"]
    due = status.get("renewalTime")
    if due and time_of(due) + SLACK < now:
        yield _different(f"cert-manager has not renewed {name}, which was due at {due}", RENEW)
    for one in status.get("conditions") or []:
        if one.get("type") == "Ready" and one.get("status") != "True":
            yield _different(f"{name} is not ready: {one.get('message') or one.get('reason')}", RENEW)
    yield from _ending(name, life, ISSUER_ALARM, now, RENEW)


def _controllers(seen: Seen) -> Iterator[CertificateFinding]:
    restart = f"`kubectl -n {seen.namespace} rollout restart deployment linkerd-identity`"
    if not seen.controllers:
        yield _different(f"no identity controller runs in namespace {seen.namespace}", restart)
    life = _life_of(seen.issuer)
    changed = _changed(seen.bundle) if seen.bundle is not None else None
    for one in seen.controllers:
        shown = f"identity controller {one.name}"
        if one.started is None:
            yield _unknown(f"{shown} does not run", restart)
            continue
        if changed is not None and one.started < changed:
            yield _different(f"{shown} started before the trust bundle changed, which it reads at its start", restart)
        if life is None:
            continue
        if one.issuer_ends is not None:
            if abs(one.issuer_ends - life.ends) > SLACK:
                ends = f"its ends at {_minute(one.issuer_ends)}, the renewed one at {_minute(life.ends)}"
                yield _different(f"{shown} uses another issuer than the renewed one: {ends}", restart)
        elif one.started < life.begins + SLACK:
            why = one.unread or f"its metrics have no {TTL}"
            since = _minute(life.begins)
            yield _unknown(f"{shown} has not shown that it uses the issuer of {since}: {why}", READ_METRICS)


def _different(what: str, how: str) -> CertificateFinding:
    return CertificateFinding(Difference.DIFFERENT, what, how)


def _unknown(what: str, how: str) -> CertificateFinding:
    return CertificateFinding(Difference.UNKNOWN, what, how)


def _ending(what: str, life: _Life, longest: timedelta, now: datetime, how: str) -> Iterator[CertificateFinding]:
    left = life.ends - now
    if left <= timedelta():
        yield _different(f"{what} ended at {_minute(life.ends)}", how)
    elif left < min(life.length / PART_LEFT, longest):
        yield _different(f"{what} ends at {_minute(life.ends)}, in {_span(left)}", how)


def _life_of(certificate: Object | None) -> _Life | None:
    status = (certificate or {}).get("status") or {}
    if not (status.get("notBefore") and status.get("notAfter")):
        return None
    return _Life(time_of(status["notBefore"]), time_of(status["notAfter"]))


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate, as `openssl x509 -fingerprint` writes it."""
    return certificate.fingerprint(SHA256()).hex(":").upper()


def _lives(bundle: Object) -> dict[str, _Life] | None:
    text = str((bundle.get("data") or {}).get(BUNDLE_KEY) or "")
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        return None
    return {fingerprint(one): _Life(one.not_valid_before_utc, one.not_valid_after_utc) for one in found}


def _changed(bundle: Object) -> datetime | None:
    """Return when the anchors changed last: each manager that owns the field has the time of its last change."""
    times = [
        time_of(entry["time"])
        for entry in bundle["metadata"].get("managedFields") or []
        if entry.get("time") and f"f:{BUNDLE_KEY}" in ((entry.get("fieldsV1") or {}).get("f:data") or {})
    ]
    return max(times, default=None)


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _span(length: timedelta) -> str:
    hours = int(length / timedelta(hours=1))
    return f"{hours // 24:,} days" if hours >= 72 else f"{hours:,} hours"
