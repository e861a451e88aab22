"""Both identity providers as OpenID providers, through a standard client."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.identity import REDIRECT, Company, company


@pytest.fixture
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


def issuer_and_client(systems: Company, system: str) -> tuple[str, str, str]:
    """Return the issuer, and id and secret of a client there."""
    if system == "entra":
        tenant = systems.entra.tenant
        client = next(iter(tenant.redirects))
        return f"{systems.entra.address}/{tenant.id}/v2.0", client, tenant.secrets[client]
    portal = systems.okta.organization.applications["0oa1portal0000000001"]
    address = systems.okta.address if system == "okta" else f"{systems.okta.address}/oauth2/default"
    return address, portal.id, portal.client_secret


@pytest.mark.parametrize("system", ["okta", "okta server", "entra"])
def test_a_person_signs_in_with_code_and_proof_key(systems: Company, system: str) -> None:
    issuer, client_id, secret = issuer_and_client(systems, system)
    found = systems.http.get(f"{issuer}/.well-known/openid-configuration").raise_for_status().json()
    assert found["issuer"] == issuer
    with OAuth2Client(
        client_id,
        secret,
        token_endpoint_auth_method="client_secret_post",
        scope="openid profile",
        redirect_uri=REDIRECT,
        code_challenge_method="S256",
        verify=systems.trusted if system == "entra" else True,
    ) as client:
        verifier = "a-verifier-that-is-long-enough-to-be-one-of-the-43-characters"
        address, state = client.create_authorization_url(
            found["authorization_endpoint"], code_verifier=verifier, login_hint="ada@example.com", nonce="once"
        )
        sent = systems.http.get(address)
        assert sent.status_code == 302
        back = parse_qs(urlsplit(sent.headers["location"]).query)
        assert back["state"] == [state]
        endpoint = found["token_endpoint"]
        token = client.fetch_token(endpoint, code=back["code"][0], code_verifier=verifier, state=state)
    keys = KeySet.import_key_set(systems.http.get(found["jwks_uri"]).json())
    claims = jwt.decode(token["id_token"], keys).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (issuer, client_id, "once")
    assert claims["preferred_username"] == "ada@example.com"
    form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": REDIRECT}
    again = systems.http.post(endpoint, data={**form, "client_id": client_id, "client_secret": secret})
    assert again.json()["error"] == "invalid_grant", "a code is used up"


@pytest.mark.parametrize("system", ["okta server", "entra"])
def test_what_does_not_fit_is_refused(systems: Company, system: str) -> None:
    issuer, client_id, secret = issuer_and_client(systems, system)
    found = systems.http.get(f"{issuer}/.well-known/openid-configuration").json()
    asked = {
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid",
        "login_hint": "ada@example.com",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }

    def authorize(**changed: str) -> httpx.Response:
        return systems.http.get(found["authorization_endpoint"], params={**asked, **changed})

    assert "error=login_required" in authorize(login_hint="nobody@example.com").headers["location"]
    assert authorize(redirect_uri="https://elsewhere.example").status_code == 400
    code = parse_qs(urlsplit(authorize().headers["location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "client_id": client_id,
        "client_secret": secret,
        "code_verifier": "another",
    }
    assert systems.http.post(found["token_endpoint"], data=form).json()["error"] == "invalid_grant"
    form["client_secret"] = "wrong"
    assert systems.http.post(found["token_endpoint"], data=form).json()["error"] == "invalid_client"
    systems.installation.clock.forward(400)
    late = {**form, "client_secret": secret, "code": code}
    assert systems.http.post(found["token_endpoint"], data=late).json()["error"] == "invalid_grant"
