"""The Entra ID emulator through azure-identity and Microsoft Graph's own conventions."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientAssertionCredential, ClientSecretCredential

from rolecall.systems.entra.credential import credential as ci_credential
from tests.support.identity import ENTRA_APPLICATION, GROUPS, TENANT, Company, company
from tests.support.threads import LOOK_EVERY

SCOPE = "https://graph.microsoft.com/.default"


@pytest.fixture
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


def credential(systems: Company, secret: str | None = None) -> ClientSecretCredential:
    own = systems.entra.credentials
    return ClientSecretCredential(
        TENANT,
        own.client_id,
        secret or own.client_secret,
        authority=systems.entra.address,
        connection_verify=systems.authority,
        disable_instance_discovery=True,
    )


def graph(systems: Company, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {systems.graph_token()}", **more.pop("headers", {})}
    return systems.http.request(method, f"{systems.entra.address}/v1.0/{path}", headers=headers, **more)


def pages(systems: Company, path: str) -> list[dict[str, Any]]:
    answer = graph(systems, "GET", path).raise_for_status().json()
    found = list(answer["value"])
    while "@odata.nextLink" in answer:
        token = {"Authorization": f"Bearer {systems.graph_token()}"}
        answer = systems.http.get(answer["@odata.nextLink"], headers=token).raise_for_status().json()
        found += answer["value"]
    return found


def test_azure_identity_signs_in(systems: Company) -> None:
    token = credential(systems).get_token(SCOPE).token
    claims = systems.entra.key.claims(token)
    assert (claims["aud"], claims["tid"]) == ("https://graph.microsoft.com", TENANT)
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        credential(systems, "wrong").get_token(SCOPE)


def test_groups_live_from_creation_to_deletion_and_can_be_had_back(systems: Company) -> None:
    body = {"displayName": "platform", "mailNickname": "platform", "mailEnabled": False, "securityEnabled": True}
    made = graph(systems, "POST", "groups", json=body).json()
    twin = graph(systems, "POST", "groups", json=body)
    assert twin.status_code == 201, "names need not be unique"
    assert graph(systems, "PATCH", f"groups/{made['id']}", json={"displayName": "team"}).status_code == 204
    selected = graph(systems, "GET", f"groups/{made['id']}?$select=id,displayName").json()
    assert (selected["id"], selected["displayName"]) == (made["id"], "team")
    assert graph(systems, "DELETE", f"groups/{made['id']}").status_code == 204
    missing = graph(systems, "GET", f"groups/{made['id']}")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "Request_ResourceNotFound"
    assert [one["id"] for one in pages(systems, "directory/deletedItems/microsoft.graph.group")] == [made["id"]]
    graph(systems, "POST", f"directory/deletedItems/{made['id']}/restore").raise_for_status()
    assert graph(systems, "GET", f"groups/{made['id']}").is_success


def test_members_and_nested_groups(systems: Company) -> None:
    outer, inner = GROUPS["entra"]["analysts"], GROUPS["entra"]["engineers"]
    reference = {"@odata.id": f"{systems.entra.address}/v1.0/directoryObjects/{inner}"}
    assert graph(systems, "POST", f"groups/{outer}/members/$ref", json=reference).status_code == 204
    again = graph(systems, "POST", f"groups/{outer}/members/$ref", json=reference)
    assert again.status_code == 400
    assert "already exist" in again.json()["error"]["message"]
    kinds = [one["@odata.type"] for one in pages(systems, f"groups/{outer}/members")]
    assert sorted(kinds) == ["#microsoft.graph.group", "#microsoft.graph.user"]
    people = [
        one["userPrincipalName"] for one in pages(systems, f"groups/{outer}/transitiveMembers/microsoft.graph.user")
    ]
    assert sorted(people) == ["ada@example.com", "ben@example.com", "cleo@example.com"]
    assert graph(systems, "DELETE", f"groups/{outer}/members/{inner}/$ref").status_code == 204
    assert graph(systems, "DELETE", f"groups/{outer}/members/{inner}/$ref").status_code == 404
    many = {"members@odata.bind": [f"{systems.entra.address}/v1.0/directoryObjects/{inner}"] * 21}
    assert graph(systems, "PATCH", f"groups/{outer}", json=many).status_code == 400


def test_lists_are_filtered_selected_counted_and_paged(systems: Company) -> None:
    assert [one["displayName"] for one in pages(systems, "groups?$filter=startswith(displayName,'eng')")] == [
        "engineers"
    ]
    assert len(pages(systems, "users?$select=id&$top=2")) == 5
    assert len(pages(systems, "users?$filter=accountEnabled eq true and startswith(mail,'ada')")) == 1
    assert graph(systems, "GET", "users?$count=true").status_code == 400
    counted = graph(systems, "GET", "users?$count=true", headers={"ConsistencyLevel": "eventual"}).json()
    assert counted["@odata.count"] == 5
    assert graph(systems, "GET", "users?$top=1000").status_code == 400
    assert graph(systems, "GET", "users?$filter=displayName like 'a'").status_code == 400


def test_groups_are_assigned_to_applications_and_arrive_in_databricks_without_what_is_nested(systems: Company) -> None:
    outer, inner = GROUPS["entra"]["analysts"], GROUPS["entra"]["engineers"]
    reference = {"@odata.id": f"{systems.entra.address}/v1.0/directoryObjects/{inner}"}
    graph(systems, "POST", f"groups/{outer}/members/$ref", json=reference).raise_for_status()
    path = f"servicePrincipals/{ENTRA_APPLICATION}/appRoleAssignedTo"
    body = {"principalId": outer, "resourceId": ENTRA_APPLICATION, "appRoleId": "00000000-0000-0000-0000-000000000000"}
    made = graph(systems, "POST", path, json=body)
    assert made.status_code == 201
    assert graph(systems, "POST", path, json=body).status_code == 400
    systems.settle()
    account = systems.databricks.account
    (brought,) = account.of_type("Group")
    assert brought.external_id == outer
    assert [account.principals[one].user_name for one in brought.members] == ["cleo@example.com"]
    graph(systems, "DELETE", f"{path}/{made.json()['id']}").raise_for_status()
    systems.settle()
    assert account.of_type("Group") == []


@contextmanager
def ci_tokens(token: Callable[[], str]) -> Iterator[tuple[str, list[str]]]:
    """Serve ID tokens as GitHub (GET, `value`) and Azure Pipelines (POST, `oidcToken`) do; yield address, requests."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(f"{self.command} {self.path} {self.headers['Authorization']}")
            allowed = self.headers["Authorization"] == "Bearer job"
            key = "value" if self.command == "GET" else "oidcToken"
            body = json.dumps({key: token()} if allowed else {"message": "no"}).encode()
            self.send_response(200 if allowed else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 (the library's name)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (the library's name)
            del format, arguments

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(LOOK_EVERY,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token", requests
    finally:
        server.shutdown()
        server.server_close()


def test_a_workload_signs_in_with_another_issuers_token(systems: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    application = graph(systems, "POST", "applications", json={"displayName": "dev-churn-trainer"}).json()
    graph(systems, "POST", "servicePrincipals", json={"appId": application["appId"]}).raise_for_status()
    okta_client = systems.okta.organization.applications["0oa1portal0000000001"]
    path = f"applications/{application['id']}/federatedIdentityCredentials"
    trusted = {
        "name": "trainer",
        "issuer": f"{systems.okta.address}/oauth2/default",
        "subject": okta_client.id,
        "audiences": ["api://default"],
    }
    made = graph(systems, "POST", path, json=trusted)
    assert made.status_code == 201
    assert graph(systems, "POST", path, json=trusted).status_code == 409
    assert graph(systems, "POST", path, json={**trusted, "name": "twin"}).status_code == 400

    def assertion() -> str:
        form = {"grant_type": "client_credentials", "scope": "openid"}
        address = f"{systems.okta.address}/oauth2/default/v1/token"
        answer = httpx.post(address, data=form, auth=(okta_client.id, okta_client.client_secret))
        return str(answer.raise_for_status().json()["access_token"])

    def signed_in() -> ClientAssertionCredential:
        return ClientAssertionCredential(
            TENANT,
            application["appId"],
            assertion,
            authority=systems.entra.address,
            connection_verify=systems.authority,
            disable_instance_discovery=True,
        )

    assert systems.entra.key.claims(signed_in().get_token(SCOPE).token)["appid"] == application["appId"]

    # Rolecall's own sign-in, in jobs of CI systems.
    options = {"connection_verify": systems.authority, "disable_instance_discovery": True, "retry_total": 0}
    ids = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": application["appId"]}
    ids["AZURE_AUTHORITY_HOST"] = systems.entra.address
    with ci_tokens(assertion) as (address, requests):
        github = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{address}?api-version=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job"}
        azure = {"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "connection", "SYSTEM_ACCESSTOKEN": "job"}
        azure |= {"SYSTEM_OIDCREQUESTURI": address}
        monkeypatch.setenv("SYSTEM_OIDCREQUESTURI", address)
        for variables in (github, azure):
            token = ci_credential({**ids, **variables}, options).get_token(SCOPE).token
            assert systems.entra.key.claims(token)["appid"] == application["appId"]
        refused = ci_credential({**ids, **github, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "other"}, options)
        with pytest.raises(ClientAuthenticationError, match="id-token: write"):
            refused.get_token(SCOPE)
    assert requests[:2] == [
        "GET /token?api-version=2&audience=api%3A%2F%2FAzureADTokenExchange Bearer job",
        "POST /token?api-version=7.1&serviceConnectionId=connection Bearer job",
    ]
    graph(systems, "PATCH", f"{path}/{made.json()['id']}", json={"subject": "somebody-else"}).raise_for_status()
    with pytest.raises(ClientAuthenticationError, match="AADSTS700213"):
        signed_in().get_token(SCOPE)


def test_an_application_has_at_most_twenty_federated_credentials(systems: Company) -> None:
    application = graph(systems, "POST", "applications", json={"displayName": "many"}).json()
    path = f"applications/{application['id']}/federatedIdentityCredentials"
    for number in range(20):
        body = {"name": f"n{number}", "issuer": "https://a.example", "subject": f"s{number}", "audiences": ["x"]}
        assert graph(systems, "POST", path, json=body).status_code == 201
    assert graph(systems, "POST", path, json={**body, "name": "more", "subject": "more"}).status_code == 400


def test_tokens_and_permissions_are_checked(systems: Company) -> None:
    address = f"{systems.entra.address}/v1.0/groups"
    assert systems.http.get(address).status_code == 401
    client = systems.entra.credentials.client_id
    systems.entra.tenant.permissions[client] = ["Group.Read.All"]
    assert graph(systems, "GET", "groups").is_success
    refused = graph(systems, "POST", "groups", json={})
    assert refused.json()["error"]["code"] == "Authorization_RequestDenied"
