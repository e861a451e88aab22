"""Authorization codes with PKCE, as any OpenID provider issues them (RFC 6749, section 4.1; RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass

from rolecall.emulators.clock import Clock

CODE_SECONDS = 300
# Parameters of an authorization request (RFC 6749, 4.1.1; RFC 7636, 4.3; OpenID Connect Core, 3.1.2.1).
AUTHORIZATION = ("code_challenge", "code_challenge_method", "nonce", "response_type", "scope", "state")


class InvalidCode(ValueError):
    """A code that is not known, is used up or over, or is not this client's."""


@dataclass(frozen=True)
class Granted:
    """What an authorization code stands for."""

    client: str
    user: str
    scopes: tuple[str, ...]
    redirect: str
    challenge: str
    nonce: str
    issuer: str


class AuthorizationCodes:
    """The codes that wait to be exchanged; they are not kept over a restart."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, tuple[Granted, float]] = {}

    def give(self, granted: Granted) -> str:
        """Return a new code."""
        code = secrets.token_urlsafe(24)
        self._waiting[code] = (granted, self._clock.now() + CODE_SECONDS)
        return code

    def redeem(self, code: str, *, client: str, issuer: str, redirect: str, verifier: str) -> Granted:
        """Return what a code stands for; it is used up afterwards, whether it fits or not.

        Raises:
            InvalidCode: it does not fit.
        """
        granted, expires = self._waiting.pop(code, (None, 0.0))
        if granted is None or (granted.client, granted.issuer, granted.redirect) != (client, issuer, redirect):
            raise InvalidCode("The authorization code is invalid or has expired.")
        if expires < self._clock.now():
            raise InvalidCode("The authorization code is invalid or has expired.")
        if granted.challenge:
            digest = hashlib.sha256(verifier.encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != granted.challenge:
                raise InvalidCode("PKCE verification failed.")
        return granted
