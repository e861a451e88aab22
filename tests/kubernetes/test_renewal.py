"""Trust anchor and issuer are renewed under load on real TLS: parity's findings decide when the old anchor may go."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
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
    fingerprint,
    issuer_ends,
)

HOUR = timedelta(hours=1)
# Requests between two steps.
BETWEEN = 600
PEM = serialization.Encoding.PEM


class Authority:
    """A trust anchor, or an issuer below one."""

    def __init__(self, name: str, life: timedelta, parent: Authority | None = None) -> None:
        self.key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = parent or self
        builder = x509.CertificateBuilder().subject_name(self.subject).issuer_name(signer.subject)
        dated = builder.not_valid_before(now - HOUR).not_valid_after(now + life)
        public = dated.public_key(self.key.public_key()).serial_number(x509.random_serial_number())
        limits = x509.BasicConstraints(ca=True, path_length=None)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        own = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
        extended = public.add_extension(limits, critical=True).add_extension(usage, critical=True)
        extended = extended.add_extension(own, critical=False).add_extension(above, critical=False)
        self.certificate = extended.sign(signer.key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(PEM).decode()


class Mesh:
    """An identity controller with a service, and a client that sends requests to it: two processes."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.bundle = folder / "anchors.pem"
        self._folder = folder
        self.anchor = Authority("first.anchor", 200 * HOUR)
        self.trust(self.anchor)
        self.issue(Authority("first.issuer", 20 * HOUR, self.anchor))
        self.started = datetime.now(UTC) - HOUR
        identity = self._start(stack, "tls_identity", str(folder))
        port, control = json.loads(self._line(identity))
        self._control = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{control}"))
        self._load = self._start(stack, "tls_load", str(port), str(self.bundle))

    def trust(self, *anchors: Authority) -> None:
        """Declare the trust anchors, and write them as trust-manager does."""
        names = frozenset(fingerprint(one.certificate) for one in anchors)
        self.bounds = Bounds(issuer=48 * HOUR, anchor=240 * HOUR, fingerprints=names)
        new = self.bundle.with_suffix(".new")
        new.write_text("".join(one.pem for one in anchors))
        new.replace(self.bundle)

    def issue(self, issuer: Authority) -> None:
        """Write the issuer's Secret, as cert-manager and the kubelet do."""
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (self._folder / "issuer.pem").write_text(issuer.pem)
        (self._folder / "issuer.key").write_bytes(issuer.key.private_bytes(PEM, form, plain))
        self.issuer = issuer

    def reload(self) -> None:
        """Send the controller the event of its changed Secret."""
        self._control.post("/reload").raise_for_status()

    def findings(self) -> list[str]:
        """Return the faults found in the cluster's Certificate, ConfigMap and metrics."""
        now, certificate = datetime.now(UTC), self.issuer.certificate
        times = {"notBefore": certificate.not_valid_before_utc, "notAfter": certificate.not_valid_after_utc}
        status = {name: time.isoformat() for name, time in times.items()}
        issuer = {"metadata": {"name": "linkerd-identity-issuer"}, "status": status}
        bundle = {"metadata": {"name": "anchors"}, "data": {"ca-bundle.crt": self.bundle.read_text()}}
        metrics = self._control.get("/metrics").raise_for_status().text
        controller = Controller("identity", self.started, issuer_ends(metrics, now))
        seen = Seen("linkerd", issuer, bundle, [controller])
        return [one.what for one in certificate_findings(seen, self.bounds, now)]

    def under_load(self) -> tuple[int, int]:
        """Wait for more requests; return how many were answered and lost since the start."""
        answered, lost = first, _ = self._counts()
        while answered < first + BETWEEN and not lost:
            answered, lost = self._counts()
        return answered, lost

    def end(self) -> tuple[int, int]:
        """End the load; return how many requests were answered and lost."""
        output, _ = self._load.communicate(timeout=60)
        answered, lost = json.loads(output.splitlines()[-1])
        return answered, lost

    def _counts(self) -> tuple[int, int]:
        answered, lost = json.loads(self._line(self._load))
        return answered, lost

    def _line(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline()

    def _start(self, stack: ExitStack, module: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", f"tests.support.{module}", *arguments]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(process.wait)
        stack.callback(process.kill)
        return process


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[Mesh]:
    with ExitStack() as stack:
        yield Mesh(tmp_path, stack)


def test_no_request_is_lost_while_anchor_and_issuer_are_renewed(mesh: Mesh) -> None:
    assert mesh.findings() == []
    mesh.under_load()
    first, second = mesh.anchor, Authority("second.anchor", 230 * HOUR)
    mesh.trust(first, second)
    mesh.under_load()
    mesh.issue(Authority("second.issuer", 40 * HOUR, second))
    mesh.under_load()
    # The Secret has changed, and the controller has missed it: the old anchor may not go yet.
    (finding,) = mesh.findings()
    assert "uses another issuer than the renewed one" in finding
    mesh.reload()
    mesh.under_load()
    assert mesh.findings() == []
    mesh.trust(second)
    mesh.under_load()
    answered, lost = mesh.end()
    assert lost == 0
    assert answered > 5 * BETWEEN


def test_requests_are_lost_where_the_old_anchor_goes_although_the_renewal_was_missed(mesh: Mesh) -> None:
    second = Authority("second.anchor", 230 * HOUR)
    mesh.issue(Authority("second.issuer", 40 * HOUR, second))
    assert mesh.findings()
    mesh.trust(second)
    mesh.under_load()
    _, lost = mesh.end()
    assert lost
