"""Tokens of other issuers in the Databricks emulator: federation policies and token exchange, through the SDK."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from databricks.sdk import AccountClient
from databricks.sdk.errors import InvalidParameterValue, NotFound, ResourceAlreadyExists
from databricks.sdk.service.oauth2 import FederationPolicy, OidcFederationPolicy

from tests.support.identity import Company, company


@pytest.fixture
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


def account(systems: Company) -> AccountClient:
    credentials = systems.databricks.credentials
    return AccountClient(
        host=systems.databricks.addresses[""],
        account_id=systems.databricks.account.id,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
    )


def policy(systems: Company, **changed: object) -> FederationPolicy:
    settings: dict[str, Any] = {
        "issuer": f"{systems.okta.address}/oauth2/default",
        "subject": "0oa1portal0000000001",
        "audiences": ["api://default"],
        **changed,
    }
    return FederationPolicy(oidc_policy=OidcFederationPolicy(**settings))


def exchange(systems: Company, client_id: str, where: str = "") -> httpx.Response:
    portal = systems.okta.organization.applications["0oa1portal0000000001"]
    form = {"grant_type": "client_credentials", "scope": "openid"}
    issued = httpx.post(
        f"{systems.okta.address}/oauth2/default/v1/token", data=form, auth=(portal.id, portal.client_secret)
    )
    address = systems.databricks.addresses[where]
    root = "oidc" if where else f"oidc/accounts/{systems.databricks.account.id}"
    exchanged = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": issued.json()["access_token"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "client_id": client_id,
        "scope": "all-apis",
    }
    return httpx.post(f"{address}/{root}/v1/token", data=exchanged)


def test_policies_live_from_creation_to_deletion(systems: Company) -> None:
    client = account(systems)
    principal = client.service_principals.create(display_name="trainer")
    identity = int(principal.id or 0)
    policies = client.service_principal_federation_policy
    made = policies.create(identity, policy(systems), policy_id="okta")
    assert (made.policy_id, made.service_principal_id) == ("okta", identity)
    with pytest.raises(ResourceAlreadyExists):
        policies.create(identity, policy(systems), policy_id="okta")
    policies.update(identity, "okta", FederationPolicy(description="of the trainer"), update_mask="description")
    found = policies.get(identity, "okta")
    assert found.description == "of the trainer"
    assert found.oidc_policy is not None
    assert found.oidc_policy.subject == "0oa1portal0000000001"
    for number in range(19):
        policies.create(identity, policy(systems, subject=f"s{number}"))
    with pytest.raises(InvalidParameterValue, match="20"):
        policies.create(identity, policy(systems, subject="more"))
    assert len(list(policies.list(identity))) == 20
    policies.delete(identity, "okta")
    with pytest.raises(NotFound):
        policies.get(identity, "okta")
    with pytest.raises(InvalidParameterValue, match="subject"):
        policies.create(identity, policy(systems, subject=None))


def test_a_workload_exchanges_its_token_for_that_of_its_service_principal(systems: Company) -> None:
    client = account(systems)
    principal = client.service_principals.create(display_name="trainer")
    assert principal.id is not None
    assert principal.application_id is not None
    refused = exchange(systems, principal.application_id)
    assert refused.json()["error"] == "invalid_grant"
    client.service_principal_federation_policy.create(int(principal.id), policy(systems), policy_id="okta")
    answer = exchange(systems, principal.application_id)
    assert answer.is_success, answer.text
    address = f"{systems.databricks.addresses['']}/api/2.0/accounts/{systems.databricks.account.id}/scim/v2/Me"
    me = httpx.get(address, headers={"Authorization": f"Bearer {answer.json()['access_token']}"}).json()
    assert me["applicationId"] == principal.application_id
    for changed in ({"subject": "another"}, {"audiences": ["another"]}, {"issuer": systems.okta.address}):
        client.service_principal_federation_policy.update(
            int(principal.id), "okta", policy(systems, **changed), update_mask="oidc_policy"
        )
        assert exchange(systems, principal.application_id).status_code == 401, changed


def test_a_token_whose_time_is_over_is_not_taken(systems: Company) -> None:
    client = account(systems)
    principal = client.service_principals.create(display_name="trainer")
    client.service_principal_federation_policy.create(int(principal.id or 0), policy(systems))
    portal = systems.okta.organization.applications["0oa1portal0000000001"]
    form = {"grant_type": "client_credentials", "scope": "openid"}
    address = f"{systems.okta.address}/oauth2/default/v1/token"
    token = httpx.post(address, data=form, auth=(portal.id, portal.client_secret)).json()["access_token"]
    systems.installation.clock.forward(4000)
    exchanged = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": token,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "client_id": principal.application_id,
    }
    root = f"{systems.databricks.addresses['']}/oidc/accounts/{systems.databricks.account.id}"
    assert "time is over" in httpx.post(f"{root}/v1/token", data=exchanged).json()["error_description"]


def test_a_group_is_resolved_by_its_id_in_entra(systems: Company) -> None:
    group = "e0000000-0000-4000-8000-000000000001"
    found = account(systems).iam_v2.resolve_group(external_id=group)
    assert found.group is not None
    assert (found.group.group_name, found.group.external_id) == ("engineers", group)
    again = account(systems).iam_v2.resolve_group(external_id=group)
    assert again.group is not None
    assert again.group.group_id == found.group.group_id
    with pytest.raises(NotFound):
        account(systems).iam_v2.resolve_group(external_id="e0000000-0000-4000-8000-00000000dead")
