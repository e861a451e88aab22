"""Signing keys of an emulated token service, and what it signs with them (RFC 7515, 7517, 7519)."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from rolecall.emulators.application import Json

ALGORITHM = "RS256"


def new_key() -> RSAKey:
    """Return a new key; making one takes a few tenths of a second."""
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8)})


class SigningKey:
    """One RSA key. Generated, or loaded from the result of `to_json`."""

    def __init__(self, saved: Json | None = None) -> None:
        self._key = RSAKey.import_key(saved) if saved else new_key()

    def to_json(self) -> Json:
        """Return the private key, for the state file."""
        return dict(self._key.as_dict(private=True))

    def public(self) -> Json:
        """Return the set of public keys as the service publishes it."""
        public = {**self._key.as_dict(private=False), "use": "sig", "alg": ALGORITHM}
        return {"keys": [public]}

    def certificate(self, name: str) -> str:
        """Return a certificate of this key, which is its own authority, as Base64 (RFC 7517, section 4.7)."""
        private = self._key.private_key
        assert private is not None
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        start = datetime(2024, 1, 1, tzinfo=UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(private.public_key())
            .serial_number(1)
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=36500))
            .sign(private, hashes.SHA256())
        )
        return base64.b64encode(built.public_bytes(serialization.Encoding.DER)).decode()

    def sign(self, claims: Json) -> str:
        """Return a signed token."""
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid, "typ": "JWT"}, claims, self._key)

    def claims(self, token: str) -> Json:
        """Return the claims of a token that this key signed; raises `joserfc.errors.JoseError` for any other."""
        return verified_claims(token, self.public())


def verified_claims(token: str, keys: Json) -> Json:
    """Return a token's claims if one of a set of public keys signed it.

    Raises:
        joserfc.errors.JoseError: none of them did, or the token cannot be read.
        ValueError: the token cannot be read.
    """
    read: Any = jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=["RS256", "ES256"])
    return dict(read.claims)
