"""Ed25519 keys in PEM: a private one that signs, public ones that are trusted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from rolecall import settings
from rolecall.errors import UsageError

MAKE = "`openssl genpkey -algorithm ed25519 -out signing.pem`"
DERIVE = "`openssl pkey -in signing.pem -pubout -out trusted.pem`"
PEM = "-----BEGIN "
_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
_PUBLIC = "PUBLIC KEY"


@dataclass(frozen=True)
class TrustedKey:
    """A public key whose signatures count.

    Attributes:
        id: SHA-256 of its SubjectPublicKeyInfo (RFC 8410), hexadecimal.
    """

    id: str
    _public: Ed25519PublicKey = field(repr=False)

    def verify(self, signature: bytes, content: bytes) -> None:
        """Verify a signature.

        Raises:
            InvalidSignature: it is another one's, or of other content.
        """
        self._public.verify(signature, content)


@dataclass(frozen=True)
class SigningKey:
    """A private key; nothing shows it.

    Attributes:
        id: the id of its public key.
    """

    id: str
    _private: Ed25519PrivateKey = field(repr=False)

    def sign(self, content: bytes) -> bytes:
        """Return the signature of some content."""
        return self._private.sign(content)

    def trusted(self) -> TrustedKey:
        """Return its public key."""
        return TrustedKey(self.id, self._private.public_key())


def signing_key(file: Path | None, environment: Mapping[str, str]) -> SigningKey:
    """Return the private key.

    Args:
        file: the file that contains it; without one, `ROLECALL_SIGNING_KEY` names the file or is the key.
        environment: environment variables.

    Raises:
        UsageError: there is none, or it is no private Ed25519 key.
    """
    variable = settings.SIGNING_KEY.name, settings.SIGNING_KEY.read(environment)
    where, text = _text(file, *variable, "--signing-key", f"Create a key with {MAKE}.")
    how = f"Use an Ed25519 key without a passphrase: {MAKE}."
    try:
        private = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The library's messages may quote the key.
        raise UsageError(f"{where} is no private key in PEM", how) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise UsageError(f"{where} is a key of another algorithm", how)
    return SigningKey(_id(private.public_key()), private)


def trusted_keys(file: Path | None, environment: Mapping[str, str]) -> tuple[TrustedKey, ...]:
    """Return the public keys whose signatures count: several while a key is being replaced.

    Args:
        file: the file that contains them; without one, `ROLECALL_TRUSTED_KEYS` names the file or is the keys.
        environment: environment variables.

    Raises:
        UsageError: there are none, or one is no public Ed25519 key.
    """
    how = f"Write the public key of the signing key: {DERIVE}."
    where, text = _text(
        file, settings.TRUSTED_KEYS.name, settings.TRUSTED_KEYS.read(environment), "--trusted-keys", how
    )
    found: list[TrustedKey] = []
    for block in _BLOCK.finditer(text):
        if block[1] != _PUBLIC:
            raise UsageError(f"{where} contains a {block[1].lower()}", how)
        try:
            public = load_pem_public_key(block[0].encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise UsageError(f"{where} contains a broken public key", how) from error
        if not isinstance(public, Ed25519PublicKey):
            raise UsageError(f"{where} contains a key of another algorithm", how)
        found.append(TrustedKey(_id(public), public))
    if not found:
        raise UsageError(f"{where} contains no public key in PEM", how)
    return tuple(found)


def _text(file: Path | None, variable: str, value: str, option: str, how: str) -> tuple[str, str]:
    """Return how messages refer to a key, and its PEM."""
    if file is None and value.startswith(PEM):
        return f"`{variable}`", value
    path = file if file is not None else Path(value) if value else None
    if path is None:
        raise UsageError(f"neither {option} nor `{variable}` is set", how)
    # What the variable contains may be a key that was pasted without its first line.
    where = str(path) if file is not None else f"the file that `{variable}` names"
    try:
        return where, path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"{where} cannot be read: {reason}", how) from error


def _id(public: Ed25519PublicKey) -> str:
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
