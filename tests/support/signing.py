"""Keys for tests, written as `openssl` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from rolecall.attestations.keys import SigningKey, TrustedKey, signing_key


@dataclass(frozen=True)
class KeyFiles:
    """A pair of keys in files."""

    private: Path
    public: Path

    @property
    def signing(self) -> SigningKey:
        return signing_key(self.private, {})

    @property
    def trusted(self) -> tuple[TrustedKey, ...]:
        return (self.signing.trusted(),)


def key_files(folder: Path, name: str = "signing") -> KeyFiles:
    """Write a new pair of keys into a folder."""
    key = Ed25519PrivateKey.generate()
    files = KeyFiles(folder / f"{name}.pem", folder / f"{name}.pub.pem")
    files.private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    files.public.write_bytes(public)
    return files
