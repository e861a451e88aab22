"""A certificate for this machine's own address: clients of Entra ID speak to nothing but HTTPS."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Validity in days; it is renewed when less than a day is left.
DAYS = 365


@dataclass(frozen=True)
class Certificate:
    """Files with the certificate, which is its own authority, and with its key."""

    chain: str
    key: str


def certificate_in(folder: Path) -> Certificate:
    """Return the certificate that lies in a folder; one is made when there is none, or it is about to end."""
    chain, key = folder / "certificate.pem", folder / "certificate.key"
    if not chain.exists() or not key.exists() or _left(chain) < timedelta(days=1):
        _make(chain, key)
    return Certificate(str(chain), str(key))


def _left(chain: Path) -> timedelta:
    return x509.load_pem_x509_certificate(chain.read_bytes()).not_valid_after_utc - datetime.now(UTC)


def _make(chain: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Rolecall local emulators")])
    now = datetime.now(UTC)
    alternatives = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    key.touch(mode=0o600)
    no_encryption = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, form, no_encryption))
    chain.write_bytes(built.public_bytes(serialization.Encoding.PEM))
