"""The mesh's certificates: bounds, alarms, and controllers that keep using an old issuer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rolecall.systems.kubernetes.mesh.certificates import (
    Bounds,
    Controller,
    Seen,
    certificate_findings,
    controllers,
    fingerprint,
    issuer_ends,
    started,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@cache
def pem(begins: datetime, ends: datetime) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "root.linkerd.cluster.local")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(begins).not_valid_after(ends)
    return dated.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def issuer(begins: datetime, life: timedelta = 2 * DAY, **status: Any) -> dict[str, Any]:
    due = begins + life * 2 / 3
    times = {"notBefore": text(begins), "notAfter": text(begins + life), "renewalTime": text(due)}
    return {"metadata": {"name": "linkerd-identity-issuer"}, "status": {**times, **status}}


def bundle(*pems: str, changed: datetime = NOW - 100 * DAY) -> dict[str, Any]:
    owned: dict[str, Any] = {"f:data": {"f:ca-bundle.crt": {}}}
    managed = [{"time": text(changed), "fieldsV1": owned}, {"time": text(NOW), "fieldsV1": {"f:metadata": {}}}]
    metadata = {"name": "linkerd-identity-trust-roots", "managedFields": managed}
    return {"metadata": metadata, "data": {"ca-bundle.crt": "".join(pems)}}


def named(*pems: str) -> frozenset[str]:
    return frozenset(fingerprint(x509.load_pem_x509_certificate(one.encode())) for one in pems)


ANCHOR = pem(NOW - 1000 * DAY, NOW + 2000 * DAY)
BOUNDS = Bounds(2 * DAY, 3650 * DAY, named(ANCHOR))
RENEWED = NOW - 5 * HOUR
CONTROLLER = Controller("identity-1", NOW - 30 * DAY, RENEWED + 2 * DAY)
BAD = ("NaN", "+Inf", "1e300", "soon", " ")
NOT_READY = {"type": "Ready", "status": "False", "message": "no CA"}
FINE = Seen("linkerd", issuer(RENEWED), bundle(ANCHOR), (CONTROLLER,))


def found(seen: Seen, now: datetime = NOW) -> list[tuple[str, str]]:
    return [(str(one.kind), one.what) for one in certificate_findings(seen, BOUNDS, now)]


def test_a_renewed_issuer_that_every_controller_uses_is_fine() -> None:
    assert found(FINE) == []


@pytest.mark.parametrize(
    ("seen", "kind", "what"),
    [
        (replace(FINE, issuer=None), "different", "nothing renews it"),
        (replace(FINE, bundle=None), "different", "no ConfigMap of trust anchors"),
        (replace(FINE, bundle=bundle("no certificate")), "unknown", "no certificates that can be read"),
        (replace(FINE, bundle=bundle(pem(NOW, NOW + 3651 * DAY))), "different", "longer than 3,650 days"),
        (replace(FINE, bundle=bundle(pem(NOW - 900 * DAY, NOW + 80 * DAY))), "different", "in 80 days"),
        (replace(FINE, bundle=bundle(pem(NOW - 900 * DAY, NOW - HOUR))), "different", "ended at"),
        (replace(FINE, bundle=bundle(pem(NOW - 900 * DAY, NOW + DAY))), "different", "the issuer ends after"),
        (replace(FINE, issuer={**issuer(NOW), "status": {}}), "unknown", "it was never issued"),
        (replace(FINE, issuer=issuer(RENEWED, 3 * DAY)), "different", "lives 3 days, longer than 48 hours"),
        (replace(FINE, issuer=issuer(NOW - 33 * HOUR)), "different", "was due at 2026-06-01T11:00:00Z"),
        (replace(FINE, issuer=issuer(NOW - 37 * HOUR)), "different", "in 11 hours"),
        (
            replace(
                FINE, issuer=issuer(RENEWED, conditions=[{"type": "Ready", "status": "False", "message": "no CA"}])
            ),
            "different",
            "is not ready: no CA",
        ),
        (replace(FINE, controllers=()), "different", "no identity controller runs"),
        (replace(FINE, controllers=(replace(CONTROLLER, started=None),)), "unknown", "does not run"),
        (
            replace(FINE, bundle=bundle(ANCHOR, changed=NOW - DAY)),
            "different",
            "before the trust bundle changed",
        ),
    ],
)
def test_what_is_wrong_is_named(seen: Seen, kind: str, what: str) -> None:
    assert any(one == kind and what in text for one, text in found(seen)), found(seen)


def test_a_controller_that_missed_the_renewal_is_named_although_the_others_took_it() -> None:
    missed = Controller("identity-2", NOW - 30 * DAY, RENEWED + 16 * HOUR)
    (one,) = certificate_findings(replace(FINE, controllers=(CONTROLLER, missed)), BOUNDS, NOW)
    assert str(one.kind) == "different"
    assert one.what.startswith("identity controller identity-2 uses another issuer than the renewed one")
    assert "rollout restart" in one.how


def test_a_controller_that_shows_nothing_is_unknown_unless_it_started_after_the_renewal() -> None:
    silent = Controller("identity-1", NOW - 30 * DAY, None, "no right to read pods/proxy")
    ((kind, what),) = found(replace(FINE, controllers=(silent,)))
    assert kind == "unknown"
    assert "no right to read pods/proxy" in what
    assert found(replace(FINE, controllers=(replace(silent, started=RENEWED + HOUR),))) == []
    # The kubelet may have written the old Secret into a pod that started with the renewal.
    assert found(replace(FINE, controllers=(replace(silent, started=RENEWED + timedelta(minutes=1)),)))


def test_two_anchors_during_a_rotation_are_fine_until_the_last_one_ends_soon() -> None:
    old = pem(NOW - 900 * DAY, NOW + 10 * DAY)
    both = replace(BOUNDS, fingerprints=named(old, ANCHOR))
    assert [*certificate_findings(replace(FINE, bundle=bundle(old, ANCHOR)), both, NOW)] == []
    alone = replace(BOUNDS, fingerprints=named(old))
    (ends,) = certificate_findings(replace(FINE, bundle=bundle(old)), alone, NOW)
    assert "in 10 days" in ends.what


def test_an_anchor_by_hand_is_named_as_its_key_signs_any_identity() -> None:
    other = pem(NOW - DAY, NOW + 1500 * DAY)
    (name,), (own,) = named(other), named(ANCHOR)
    ((kind, what),) = found(replace(FINE, bundle=bundle(ANCHOR, other)))
    assert (kind, what.count(name)) == ("different", 1)
    assert "its key signs any identity" in what
    swapped = [what for _, what in found(replace(FINE, bundle=bundle(other)))]
    assert any(f"lacks the trust anchor {own}" in one for one in swapped)
    assert any(name in one for one in swapped)


def test_the_controllers_metric_counts_down_to_the_end_of_its_issuer() -> None:
    metrics = "# TYPE x gauge\nissuer_cert_ttl_seconds_more 1\nissuer_cert_ttl_seconds 3.6e+03\n"
    assert issuer_ends(metrics, NOW) == NOW + HOUR
    assert issuer_ends("issuer_cert_ttl_seconds -572.01\n", NOW) == NOW - timedelta(seconds=572.01)
    for metrics in (
        "go_goroutines 7\n",
        "issuer_cert_ttl_seconds\n",
        *(f"issuer_cert_ttl_seconds {one}\n" for one in BAD),
    ):
        assert issuer_ends(metrics, NOW) is None


def test_controllers_are_known_by_their_label_and_start_when_their_own_container_does() -> None:
    labels = {"linkerd.io/control-plane-component": "identity", "other": "x"}
    statuses = [
        {"name": "linkerd-proxy", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}},
        {"name": "identity", "state": {"running": {"startedAt": "2026-02-01T00:00:00Z"}}},
    ]
    pod: dict[str, Any] = {
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "linkerd", "labels": labels},
        "status": {"containerStatuses": statuses},
    }
    other = {"kind": "Pod", "metadata": {"name": "b", "namespace": "linkerd"}}
    elsewhere = {**pod, "metadata": {**pod["metadata"], "namespace": "x"}}
    assert controllers([pod, other, elsewhere], "linkerd") == [pod]
    assert started(pod) == datetime(2026, 2, 1, tzinfo=UTC)
    assert started({**pod, "status": {"containerStatuses": statuses[:1]}}) is None
    evicted = {**pod, "status": {"phase": "Failed"}}
    assert controllers([evicted, pod], "linkerd") == [pod]
    waiting = {"name": "identity", "state": {"waiting": {}}}
    assert started({**pod, "status": {"containerStatuses": [waiting]}}) is None
