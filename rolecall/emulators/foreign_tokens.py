"""Tokens of other issuers: found out through OpenID discovery, as every service does that trusts a federation."""

from __future__ import annotations

import httpx
from joserfc import jws
from joserfc.errors import JoseError

from rolecall.emulators.application import Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.signing import verified_claims

_LOOPBACK = ("http://127.0.0.1:", "https://127.0.0.1:")


class UntrustedToken(ValueError):
    """A token whose issuer cannot be asked, whose signature is wrong, or whose time is over."""


def unverified_claims(token: str) -> Json:
    """Return the claims of a token that is not verified yet.

    Raises:
        UntrustedToken: it cannot be read.
    """
    import json

    try:
        read = json.loads(jws.extract_compact(token.encode()).payload or b"{}")
    except (JoseError, ValueError) as error:
        raise UntrustedToken("the token cannot be read") from error
    if not isinstance(read, dict):
        raise UntrustedToken("the token carries no claims")
    return read


async def foreign_claims(token: str, clock: Clock) -> Json:
    """Return a token's claims, verified with the keys that its issuer publishes.

    Raises:
        UntrustedToken: it cannot be verified, or its time is over.
    """
    issuer = str(unverified_claims(token).get("iss") or "")
    if not issuer.startswith(("https://", *_LOOPBACK)):
        raise UntrustedToken(f"the issuer {issuer!r} has no https address")
    # Issuers on this machine are other emulators, with a private certificate.
    async with httpx.AsyncClient(verify=not issuer.startswith(_LOOPBACK), timeout=10) as client:
        try:
            found = (await client.get(f"{issuer}/.well-known/openid-configuration")).raise_for_status().json()
            keys = (await client.get(found["jwks_uri"])).raise_for_status().json()
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise UntrustedToken(f"the issuer {issuer} does not publish its keys: {error}") from error
    try:
        claims = verified_claims(token, keys)
    except (JoseError, ValueError) as error:
        raise UntrustedToken(f"the signature is not that of {issuer}") from error
    if found.get("issuer") != issuer:
        raise UntrustedToken(f"{issuer} says that it is {found.get('issuer')}")
    if float(claims.get("exp", 0)) < clock.now():
        raise UntrustedToken("the token's time is over")
    return claims


def audiences(claims: Json) -> list[str]:
    """Return for whom a token is meant."""
    found = claims.get("aud") or []
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]
