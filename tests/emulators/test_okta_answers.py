"""Okta's answers, key for key, and what its routes refuse; through its own SDK where that has the route.

Keys are those that organizations on Identity Engine answered in 2026, as the recordings of Okta's own Terraform
provider have them (okta/terraform-provider-okta, test/fixtures/vcr).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.emulators.test_okta import ask
from tests.support.identity import GROUPS, Company, company

if TYPE_CHECKING:
    from okta.client import Client

USER = (
    "id status created activated statusChanged lastLogin lastUpdated passwordChanged realmId type profile credentials "
    "_links"
)
APPLICATION = (
    "id orn name label status lastUpdated created accessibility visibility features signOnMode credentials "
    "universalLogout settings _links"
)
POLICY = "id status name description priority system conditions created lastUpdated _links type"
RULE = "id status name priority created lastUpdated system conditions actions _links type"
LINKS = "uploadLogo appLinks groups logo users policies profileEnrollment accessPolicy deactivate"


@pytest.fixture(scope="module")
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


@pytest.fixture(autouse=True)
def _http_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKTA_TESTING_TESTINGDISABLEHTTPSCHECK", "true")


def call(systems: Company, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"Authorization": f"SSWS {systems.okta.token}"}
    return httpx.request(method, f"{systems.okta.address}/api/v1/{path}", json=body, headers=headers)


def made(systems: Company, path: str, body: Any) -> dict[str, Any]:
    answer = call(systems, "POST", path, body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_users_without_a_password_are_provisioned(systems: Company) -> None:
    profile = {"login": "new@example.com", "email": "new@example.com", "firstName": "New", "lastName": "One"}
    user = made(systems, "users", {"profile": profile})
    assert {*user} == {*USER.split()}
    assert (user["status"], user["passwordChanged"]) == ("PROVISIONED", None)
    assert {*user["profile"]} == {*profile, "mobilePhone", "secondEmail"}
    assert {*user["_links"]} == {
        *("suspend", "schema", "resetPassword", "reactivate", "self", "resetFactors", "type", "deactivate"),
    }
    (listed,) = call(systems, "GET", 'users?search=profile.login eq "new@example.com"').json()
    assert {*listed["_links"]} == {"self"}
    path = f"users/{user['id']}"
    assert call(systems, "POST", f"{path}/lifecycle/activate").json()["errorCode"] == "E0000016"
    updated = made(systems, path, {"credentials": {"password": {"value": "a long one"}}})
    assert (updated["status"], updated["credentials"]["password"]) == ("ACTIVE", {})
    assert call(systems, "POST", f"{path}/lifecycle/suspend").json() == {}
    assert call(systems, "GET", path).json()["status"] == "SUSPENDED"
    call(systems, "POST", f"{path}/lifecycle/unsuspend").raise_for_status()
    replaced = call(systems, "PUT", path, {"profile": {**profile, "city": "Oslo"}}).json()
    assert replaced["profile"]["city"] == "Oslo"
    call(systems, "DELETE", path).raise_for_status()
    assert call(systems, "GET", path).json()["status"] == "DEPROVISIONED"
    call(systems, "DELETE", path).raise_for_status()
    assert call(systems, "GET", path).status_code == 404


@pytest.mark.parametrize(
    ("query", "credentials", "status"),
    [
        ("", {"password": {"value": "a long one"}}, "ACTIVE"),
        ("?activate=false", {}, "STAGED"),
        ("?activate=true&nextLogin=changePassword", {"password": {"value": "a long one"}}, "PASSWORD_EXPIRED"),
        ("", {"password": {"hash": {"algorithm": "SHA-512", "value": "x"}}}, "ACTIVE"),
    ],
)
def test_the_status_of_new_users(systems: Company, query: str, credentials: Any, status: str) -> None:
    name = f"{status}{len(query)}{len(str(credentials))}@example.com".lower()
    profile = {"login": name, "email": name, "firstName": "New", "lastName": "One"}
    assert made(systems, f"users{query}", {"profile": profile, "credentials": credentials})["status"] == status


def test_users_me_is_whoever_holds_the_token(systems: Company) -> None:
    me = ask(systems, lambda client: client.get_user("me"))
    assert me.profile.login == "ada@example.com"


def test_attributes_have_to_be_in_the_schema(systems: Company) -> None:
    profile = {"login": "s@example.com", "email": "s@example.com", "firstName": "S", "lastName": "S", "shoeSize": 42}
    refused = call(systems, "POST", "users", {"profile": profile}).json()
    assert refused["errorCauses"] == [{"errorSummary": "Property name 'shoeSize' is not defined in profile"}]
    attribute = {"title": "Shoe size", "type": "integer"}
    schema = made(
        systems, "meta/schemas/user/default", {"definitions": {"custom": {"properties": {"shoeSize": attribute}}}}
    )
    assert schema["definitions"]["custom"]["properties"]["shoeSize"]["mutability"] == "READ_WRITE"
    assert {*schema} == {
        *("id", "$schema", "name", "title", "description", "lastUpdated", "created", "definitions", "type"),
        *("properties", "_links"),
    }
    assert made(systems, "users", {"profile": profile})["profile"]["shoeSize"] == 42
    found = call(systems, "GET", "users?search=profile.shoeSize eq 42 and profile.city pr").json()
    assert found == []


def test_groups_and_rules(systems: Company) -> None:
    group = made(systems, "groups", {"profile": {"name": "answered", "description": ""}})
    assert {*group} == {
        *("id", "created", "lastUpdated", "lastMembershipUpdated", "objectClass", "type", "profile", "_links")
    }
    assert (group["profile"], {*group["_links"]}) == (
        {"name": "answered", "description": ""},
        {"logo", "owners", "users", "apps"},
    )
    body = {
        "type": "group_rule",
        "name": "by department",
        "conditions": {
            "people": {"users": {"exclude": [systems.okta_call("GET", "users/ben@example.com")["id"]]}},
            "expression": {"value": 'String.startsWith(user.department, "M")', "type": "urn:okta:expression:1.0"},
        },
        "actions": {"assignUserToGroups": {"groupIds": [group["id"]]}},
    }
    rule = made(systems, "groups/rules", body)
    assert {*rule} == {
        *("type", "id", "status", "name", "created", "lastUpdated", "conditions", "actions", "allGroupsValid")
    }
    call(systems, "POST", f"groups/rules/{rule['id']}/lifecycle/activate").raise_for_status()
    members = {one["profile"]["login"] for one in call(systems, "GET", f"groups/{group['id']}/users").json()}
    assert "ada@example.com" in members
    assert "ben@example.com" not in members
    everyone = call(systems, "GET", "groups?q=Everyone").json()[0]["id"]
    assert call(systems, "PUT", f"groups/{everyone}", {"profile": {"name": "All"}}).json()["errorCode"] == "E0000060"
    assert call(systems, "GET", "groups?search=type eq").json()["errorCode"] == "E0000031"


@pytest.mark.parametrize(
    ("body", "more", "settings"),
    [
        (
            {
                "name": "oidc_client",
                "signOnMode": "OPENID_CONNECT",
                "settings": {"oauthClient": {"redirect_uris": ["https://a.example"], "client_uri": None}},
            },
            {"clientCredentials"},
            {"oauthClient"},
        ),
        (
            {"signOnMode": "SAML_2_0", "settings": {"signOn": {"audience": "https://a.example"}}},
            {"help", "metadata"},
            {"signOn"},
        ),
        (
            {"name": "bookmark", "signOnMode": "BOOKMARK", "settings": {"app": {"url": "https://a.example"}}},
            set(),
            set(),
        ),
        ({"name": "template_swa", "signOnMode": "BROWSER_PLUGIN"}, set(), set()),
    ],
)
def test_applications(systems: Company, body: dict[str, Any], more: set[str], settings: set[str]) -> None:
    label = f"app {body['signOnMode']}"
    application = made(systems, "apps", {"label": label, **body})
    assert {*application} == {*APPLICATION.split()}
    assert {*application["_links"]} == {*LINKS.split(), *more}
    common = {"app", "notifications", "manualProvisioning", "implicitAssignment", "emOptInStatus", "notes"}
    assert {*application["settings"]} == common | settings
    path = f"apps/{application['id']}"
    assert [one["id"] for one in call(systems, "GET", 'apps?q=app&filter=status eq "ACTIVE"').json()]
    renamed = call(systems, "PUT", path, {**application, "label": f"{label} 2"}).json()
    assert (renamed["label"], renamed["name"]) == (f"{label} 2", application["name"])
    assert call(systems, "DELETE", path).json()["errorCode"] == "E0000056"
    assert call(systems, "POST", f"{path}/lifecycle/deactivate").json() == {}
    assert "activate" in call(systems, "GET", path).json()["_links"]
    assert call(systems, "DELETE", path).status_code == 204
    assert call(systems, "GET", path).status_code == 404


def test_an_openid_application_signs_in(systems: Company) -> None:
    body = {
        "name": "oidc_client",
        "label": "service",
        "signOnMode": "OPENID_CONNECT",
        "settings": {"oauthClient": {"grant_types": ["client_credentials"], "application_type": "service"}},
    }
    client = made(systems, "apps", body)["credentials"]["oauthClient"]
    made(systems, f"apps/{client['client_id']}/grants", {"scopeId": "okta.groups.read", "issuer": systems.okta.address})
    form = {"grant_type": "client_credentials", "scope": "okta.groups.read"}
    token = httpx.post(
        f"{systems.okta.address}/oauth2/v1/token", data=form, auth=(client["client_id"], client["client_secret"])
    ).json()
    answer = httpx.get(
        f"{systems.okta.address}/api/v1/groups", headers={"Authorization": f"Bearer {token['access_token']}"}
    )
    assert answer.is_success
    secret = call(systems, "GET", f"apps/{client['client_id']}").json()["credentials"]["oauthClient"]
    assert "client_secret" not in secret, "shown to who made it only"


def test_policies_and_their_rules(systems: Company) -> None:
    (default,) = [one for one in call(systems, "GET", "policies?type=ACCESS_POLICY").json() if one["system"]]
    assert default["_embedded"] == {"resourceType": "APP"}
    assert call(systems, "DELETE", f"policies/{default['id']}").json()["errorCode"] == "E0000006"
    policy = made(systems, "policies", {"type": "ACCESS_POLICY", "name": "strict", "description": "two factors"})
    assert {*policy} == {*POLICY.split()}
    (last,) = call(systems, "GET", f"policies/{policy['id']}/rules").json()
    assert (last["name"], last["priority"], last["conditions"]) == ("Catch-all Rule", 99, None)
    rule = made(systems, f"policies/{policy['id']}/rules", {"name": "inside", "type": "ACCESS_POLICY"})
    assert {*rule} == {*RULE.split()}
    assert rule["actions"]["appSignOn"]["verificationMethod"]["reauthenticateIn"] == "PT12H"
    assert call(systems, "POST", f"policies/{policy['id']}/rules/{rule['id']}/lifecycle/deactivate").status_code == 204
    application = made(systems, "apps", {"label": "guarded", "signOnMode": "SAML_2_0"})
    assert call(systems, "PUT", f"apps/{application['id']}/policies/{policy['id']}").status_code == 204
    links = call(systems, "GET", f"apps/{application['id']}").json()["_links"]
    assert links["accessPolicy"]["href"].endswith(policy["id"])
    password = made(
        systems,
        "policies",
        {"type": "PASSWORD", "name": "long", "settings": {"password": {"complexity": {"minLength": 14}}}},
    )
    assert password["settings"]["password"]["complexity"]["minLength"] == 14
    assert password["settings"]["password"]["lockout"]["maxAttempts"] == 10
    assert call(systems, "GET", "policies?type=NOTHING").status_code == 400
    assert call(systems, "DELETE", f"policies/{policy['id']}").status_code == 204


def test_roles_of_groups_and_users(systems: Company) -> None:
    group, ada = GROUPS["okta"]["engineers"], systems.okta_call("GET", "users/ada@example.com")["id"]
    role = made(systems, f"groups/{group}/roles", {"type": "USER_ADMIN"})
    assert {*role} == {*("id", "label", "type", "status", "created", "lastUpdated", "assignmentType", "_links")}
    assert (role["id"], role["assignmentType"]) == ("KVJUKUS7IFCE2SKO", "GROUP")
    target = f"groups/{group}/roles/{role['id']}/targets/groups/{GROUPS['okta']['analysts']}"
    assert call(systems, "PUT", target).status_code == 204
    assert [one["profile"]["name"] for one in call(systems, "GET", target.rpartition("/")[0]).json()] == ["analysts"]
    made(systems, f"users/{ada}/roles", {"type": "SUPER_ADMIN"})
    assert [one["id"] for one in call(systems, "GET", "iam/assignees/users").json()["value"]] == [ada]
    assert call(systems, "POST", f"users/{ada}/roles", {"type": "SUPER_ADMIN"}).json()["errorCode"] == "E0000090"
    assert call(systems, "DELETE", f"users/{ada}/roles/KVJUKUS7IFCE2SKO").status_code == 404
    custom = made(systems, "iam/roles", {"label": "helper", "description": "h", "permissions": ["okta.users.read"]})
    found = call(systems, "GET", f"iam/roles/{custom['id']}/permissions").json()["permissions"]
    assert [one["label"] for one in found] == ["okta.users.read"]


def test_authorization_servers(systems: Company) -> None:
    body = {
        "name": "answered",
        "audiences": ["api://a"],
        "description": "d",
        "credentials": {"signing": {"rotationMode": "MANUAL"}},
    }
    server = made(systems, "authorizationServers", body)
    assert server["credentials"]["signing"]["rotationMode"] == "MANUAL"
    assert "nextRotation" not in server["credentials"]["signing"]
    claim = {
        "name": "a",
        "claimType": "RESOURCE",
        "valueType": "EXPRESSION",
        "value": "user.login",
        "status": "INACTIVE",
    }
    found = made(systems, f"authorizationServers/{server['id']}/claims", claim)
    assert (found["status"], found["conditions"], found["alwaysIncludeInToken"]) == ("INACTIVE", {"scopes": []}, True)
    assert {*found} == {
        *("id", "name", "status", "claimType", "valueType", "value", "conditions", "system", "alwaysIncludeInToken"),
        *("apiResourceId", "_links"),
    }


def test_the_sdk_reads_all_of_it(systems: Company) -> None:
    async def everything(client: Client) -> Any:
        questions = (client.list_users(), client.list_groups(), client.list_applications(), client.list_group_rules())
        for question in questions:
            answer = await question
            if answer[-1] is not None:
                return answer
        return await client.list_user_types()

    assert ask(systems, everything)


def test_how_sessions_of_an_application_end(systems: Company) -> None:
    """As organizations answer since March 2026."""
    client = {"application_type": "service", "grant_types": ["client_credentials"], "response_types": ["token"]}
    body = {"name": "oidc_client", "label": "ends", "signOnMode": "OPENID_CONNECT", "settings": {"oauthClient": client}}
    own = made(systems, "apps", {**body, "credentials": {"oauthClient": {}}})
    assert {*own["universalLogout"]} == {"status", "supportType", "identityStack", "protocol"}
    assert own["settings"]["oauthClient"]["participate_slo"] is False
    assert "help" not in own["_links"]
    listed = made(systems, "apps", {"name": "applauz", "label": "listed", "signOnMode": "OPENID_CONNECT"})
    assert listed["universalLogout"] == {"status": "UNSUPPORTED"}
    assert "help" in listed["_links"]
    assert call(systems, "GET", f"internal/apps/{own['id']}/settings/oauth/idToken").is_success
    assert call(systems, "GET", f"internal/apps/{listed['id']}/settings/oauth/idToken").status_code == 404
    shown = {**listed, "visibility": {**listed["visibility"], "appLinks": {"applauz_link": False, "unknown": True}}}
    changed = call(systems, "PUT", f"apps/{listed['id']}", shown).json()
    assert changed["visibility"]["appLinks"] == {"applauz_link": False}


def test_every_rule_of_an_access_policy_has_a_risk(systems: Company) -> None:
    """Organizations without risk scoring answered none, until May 2026."""
    policy = made(systems, "policies", {"type": "ACCESS_POLICY", "name": "by platform"})
    method = {"type": "ASSURANCE", "factorMode": "2FA", "reauthenticateIn": "PT2H"}
    actions = {"appSignOn": {"access": "ALLOW", "verificationMethod": method}}
    for name, conditions in (
        ("all", {"network": {"connection": "ANYWHERE"}}),
        ("phones", {"platform": {"include": [{"type": "MOBILE", "os": {"type": "IOS", "expression": None}}]}}),
    ):
        body = {"name": name, "type": "ACCESS_POLICY", "conditions": conditions, "actions": actions}
        rule = made(systems, f"policies/{policy['id']}/rules", body)
        assert rule["conditions"]["riskScore"] == {"level": "ANY"}
    assert rule["conditions"]["platform"]["include"] == [{"type": "MOBILE", "os": {"type": "IOS"}}]
