"""Microsoft Graph's query options, batches, changes and navigation, as its documentation has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rolecall.emulators.entra.filters import InvalidFilter, parse_filter, parse_search
from tests.support.identity import ENTRA_APPLICATION, GROUPS, Company, company

EVENTUAL = {"ConsistencyLevel": "eventual"}
ENGINEERS, ANALYSTS = GROUPS["entra"]["engineers"], GROUPS["entra"]["analysts"]


@pytest.fixture(scope="module")
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


def graph(systems: Company, method: str, path: str, *, version: str = "v1.0", **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {systems.graph_token()}", **more.pop("headers", {})}
    return systems.http.request(method, f"{systems.entra.address}/{version}/{path}", headers=headers, **more)


def got(systems: Company, path: str, **more: Any) -> dict[str, Any]:
    answer = graph(systems, "GET", path, **more)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(systems: Company, path: str, **more: Any) -> list[str]:
    return [one.get("displayName") for one in got(systems, path, **more)["value"]]


ITEM: dict[str, Any] = {
    "displayName": "Platform engineers",
    "mailNickname": "platform-eng",
    "securityEnabled": True,
    "mail": None,
    "createdDateTime": "2026-03-01T00:00:00Z",
    "groupTypes": ["Unified"],
    "onPremises": {"domain": "a"},
}


@pytest.mark.parametrize(
    ("text", "holds", "advanced"),
    [
        ("displayName eq 'platform engineers'", True, False),
        ("startswith(displayName,'plat')", True, False),
        ("startsWith(displayName,'plat') and securityEnabled eq true", True, False),
        ("mailNickname in ('a', 'platform-eng')", True, False),
        ("mail eq null", True, False),
        ("mail ne null", False, True),
        ("not(startswith(displayName,'plat'))", False, True),
        ("NOT startswith(displayName,'x')", True, True),
        ("endswith(mailNickname,'eng')", True, True),
        ("groupTypes/any(c:c eq 'Unified')", True, False),
        ("groupTypes/any(c:startswith(c,'Dyn'))", False, False),
        ("groupTypes/all(c:c eq 'Unified')", True, False),
        ("createdDateTime ge 2026-01-01T00:00:00Z", True, False),
        ("displayName gt 'a'", True, True),
        ("groupTypes/$count eq 1", True, True),
        ("onPremises/domain eq 'a'", True, False),
        ("(displayName eq 'x' or mailNickname eq 'platform-eng') and mail eq null", True, False),
    ],
)
def test_filters(text: str, holds: bool, advanced: bool) -> None:
    found = parse_filter(text)
    assert (found.holds(ITEM), found.advanced) == (holds, advanced)


@pytest.mark.parametrize(
    "text", ["", "displayName", "displayName like 'a'", "displayName eq", "contains(displayName,'a')"]
)
def test_filters_that_cannot_be_read(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_filter(text)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('"displayName:eng"', True),
        ('"displayName:gineers"', False),
        ('"displayName:eng" AND "mailNickname:plat"', True),
        ('"displayName:x" OR ("mailNickname:plat" AND "displayName:platform")', True),
        ('"mailNickname:eng"', False),
    ],
)
def test_search_texts(text: str, holds: bool) -> None:
    assert parse_search(text)(ITEM) is holds


def test_search_and_advanced_filters_need_their_header(systems: Company) -> None:
    assert names(systems, 'groups?$search="displayName:eng"', headers=EVENTUAL) == ["engineers"]
    refused = graph(systems, "GET", 'groups?$search="displayName:eng"')
    assert refused.json()["error"]["code"] == "Request_UnsupportedQuery"
    path = "users?$filter=endswith(mail,'example.com')"
    assert graph(systems, "GET", path).json()["error"]["code"] == "Request_UnsupportedQuery"
    assert got(systems, f"{path}&$count=true&$top=1", headers=EVENTUAL)["@odata.count"] == 5
    assert graph(systems, "GET", "groups?$filter=colour eq 'red'").json()["error"]["code"] == "BadRequest"
    assert graph(systems, "GET", "groups?$skip=1").status_code == 400


def test_lists_are_ordered_selected_and_counted(systems: Company) -> None:
    assert names(systems, "groups?$orderby=displayName desc") == ["engineers", "analysts"]
    ordered = "users?$filter=startswith(displayName,'A') or startswith(displayName,'B')&$orderby=displayName desc"
    assert graph(systems, "GET", ordered).status_code == 400
    assert names(systems, f"{ordered}&$count=true", headers=EVENTUAL) == ["Ben", "Ada"]
    assert names(systems, "users?$filter=displayName in ('Ada','Ben')&$select=displayName") == ["Ada", "Ben"]
    assert got(systems, f"groups/{ENGINEERS}?$select=displayName,mailNickname") == {
        "@odata.context": f"{systems.entra.address}/v1.0/$metadata#groups/$entity",
        "displayName": "engineers",
        "mailNickname": "engineers",
    }
    assert graph(systems, "GET", "users/$count", headers=EVENTUAL).text == "5"
    assert graph(systems, "GET", f"groups/{ENGINEERS}/members/$count", headers=EVENTUAL).text == "2"
    assert graph(systems, "GET", "users/$count").status_code == 400


def test_users_answer_their_default_properties(systems: Company) -> None:
    user = got(systems, "users/ada@example.com")
    assert "accountEnabled" not in user, "only with $select"
    assert {"id", "userPrincipalName", "displayName", "businessPhones", "mobilePhone"} <= {*user}
    assert got(systems, "users/ada@example.com?$select=accountEnabled")["accountEnabled"] is True
    group = got(systems, f"groups/{ENGINEERS}")
    assert {"onPremisesSyncEnabled", "isAssignableToRole", "securityIdentifier", "proxyAddresses"} <= {*group}


def test_relationships_are_expanded(systems: Company) -> None:
    expanded = got(systems, f"groups/{ENGINEERS}?$expand=members($select=id,displayName)")
    assert [(one["@odata.type"], one["displayName"]) for one in expanded["members"]] == [
        ("#microsoft.graph.user", "Ada"),
        ("#microsoft.graph.user", "Ben"),
    ]
    user = got(systems, "users/ada@example.com?$expand=memberOf")
    assert [one["displayName"] for one in user["memberOf"]] == ["engineers"]
    assert graph(systems, "GET", f"groups/{ENGINEERS}?$expand=colours").json()["error"]["code"] == "BadRequest"


def test_memberships_of_anybody(systems: Company) -> None:
    reference = {"@odata.id": f"{systems.entra.address}/v1.0/directoryObjects/{ENGINEERS}"}
    graph(systems, "POST", f"groups/{ANALYSTS}/members/$ref", json=reference).raise_for_status()
    ada = got(systems, "users/ada@example.com")["id"]
    assert names(systems, f"users/{ada}/memberOf") == ["engineers"]
    assert names(systems, f"users/{ada}/transitiveMemberOf/microsoft.graph.group") == ["engineers", "analysts"]
    assert names(systems, f"groups/{ENGINEERS}/memberOf") == ["analysts"]
    wanted = {"groupIds": [ANALYSTS, "00000000-0000-4000-8000-000000000000"]}
    checked = graph(systems, "POST", f"users/{ada}/checkMemberGroups", json=wanted).json()
    assert checked["value"] == [ANALYSTS]
    every = graph(systems, "POST", f"directoryObjects/{ada}/getMemberGroups", json={"securityEnabledOnly": True}).json()
    assert {*every["value"]} == {ENGINEERS, ANALYSTS}
    assert got(systems, f"directoryObjects/{ENGINEERS}")["@odata.type"] == "#microsoft.graph.group"
    by_ids = {"ids": [ada, ENGINEERS], "types": ["group"]}
    found = graph(systems, "POST", "directoryObjects/getByIds", json=by_ids).json()["value"]
    assert [one["displayName"] for one in found] == ["engineers"]
    references = got(systems, f"groups/{ENGINEERS}/members/$ref")["value"]
    assert {"@odata.id": f"{systems.entra.address}/v1.0/directoryObjects/{ada}"} in references
    graph(systems, "DELETE", f"groups/{ANALYSTS}/members/{ENGINEERS}/$ref").raise_for_status()


def test_owners(systems: Company) -> None:
    ada, ben = (got(systems, f"users/{name}@example.com")["id"] for name in ("ada", "ben"))
    for one in (ada, ben):
        body = {"@odata.id": f"{systems.entra.address}/v1.0/users/{one}"}
        graph(systems, "POST", f"groups/{ENGINEERS}/owners/$ref", json=body).raise_for_status()
    assert names(systems, f"groups/{ENGINEERS}/owners/microsoft.graph.user") == ["Ada", "Ben"]
    assert names(systems, f"users/{ada}/ownedObjects") == ["engineers"]
    graph(systems, "DELETE", f"groups/{ENGINEERS}/owners/{ben}/$ref").raise_for_status()
    assert graph(systems, "DELETE", f"groups/{ENGINEERS}/owners/{ada}/$ref").status_code == 400, "the last one stays"


def test_beta_answers_what_v1_does(systems: Company) -> None:
    assert names(systems, "groups?$select=displayName", version="beta") == ["engineers", "analysts"]


def test_batches(systems: Company) -> None:
    requests = [
        {"id": "1", "method": "GET", "url": "/groups?$select=displayName"},
        {"id": "2", "method": "GET", "url": "/groups/nobody"},
        {"id": "3", "method": "GET", "url": "/users/$count", "headers": EVENTUAL},
        {"id": "4", "method": "GET", "url": "/users", "dependsOn": ["2"]},
    ]
    answers = {
        one["id"]: one for one in graph(systems, "POST", "$batch", json={"requests": requests}).json()["responses"]
    }
    assert [answers[key]["status"] for key in "1234"] == [200, 404, 200, 424]
    assert answers["3"]["body"] == "5"
    many = [{"id": str(number), "method": "GET", "url": "/users"} for number in range(21)]
    assert graph(systems, "POST", "$batch", json={"requests": many}).status_code == 400


def test_changes_since_an_earlier_answer(systems: Company) -> None:
    first = got(systems, "groups/delta?$select=displayName,members")
    assert len(first["value"]) == 2
    assert first["value"][0]["members@delta"][0]["@odata.type"] == "#microsoft.graph.user"
    link = first["@odata.deltaLink"].partition("/v1.0/")[2]
    assert got(systems, link)["value"] == []
    body = {"displayName": "brief", "mailNickname": "brief", "mailEnabled": False, "securityEnabled": True}
    made = graph(systems, "POST", "groups", json=body).json()
    changed = got(systems, link)
    assert [one["displayName"] for one in changed["value"]] == ["brief"]
    graph(systems, "DELETE", f"groups/{made['id']}").raise_for_status()
    last = got(systems, changed["@odata.deltaLink"].partition("/v1.0/")[2])
    assert last["value"] == [{"id": made["id"], "@removed": {"reason": "changed"}}]


def test_changes_of_some_objects(systems: Company) -> None:
    chosen = got(systems, f"groups/delta?$filter=id eq '{ENGINEERS}' or id eq '{ANALYSTS}'&$select=displayName")
    assert {one["id"] for one in chosen["value"]} == {ENGINEERS, ANALYSTS}
    alone = got(systems, f"groups/delta?$filter=id eq '{ENGINEERS}'&$select=displayName")
    assert [one["id"] for one in alone["value"]] == [ENGINEERS]
    again = got(systems, alone["@odata.deltaLink"].partition("/v1.0/")[2])
    assert again["value"] == []
    assert graph(systems, "GET", "groups/delta?$filter=displayName eq 'x'").status_code == 400
    filters = "isof('microsoft.graph.group') or isof('microsoft.graph.user')"
    mixed = got(systems, f"directoryObjects/delta?$filter={filters}")["value"]
    assert {one["@odata.type"] for one in mixed} == {"#microsoft.graph.group", "#microsoft.graph.user"}
    assert graph(systems, "GET", "directoryObjects/delta?$filter=isof('microsoft.graph.device')").status_code == 400
    assert len(got(systems, "directoryObjects/delta")["value"]) > len(mixed)


def test_delegated_permissions_of_an_application(systems: Company) -> None:
    client, resource = (one["id"] for one in got(systems, "servicePrincipals?$top=2")["value"])
    body = {"clientId": client, "consentType": "AllPrincipals", "resourceId": resource, "scope": "User.Read"}
    graph(systems, "POST", "oauth2PermissionGrants", json=body).raise_for_status()
    (found,) = got(systems, f"servicePrincipals/{client}/oauth2PermissionGrants")["value"]
    assert found["scope"] == "User.Read"
    assert got(systems, f"servicePrincipals/{resource}/oauth2PermissionGrants")["value"] == []


def test_applications_keep_what_is_set(systems: Company) -> None:
    body = {
        "displayName": "portal",
        "notes": "by hand",
        "web": {"redirectUris": ["https://a.example"]},
        "api": {"requestedAccessTokenVersion": 2},
        "identifierUris": ["api://portal"],
    }
    made = graph(systems, "POST", "applications", json=body).json()
    assert (made["notes"], made["web"]["redirectUris"]) == ("by hand", ["https://a.example"])
    assert made["api"]["requestedAccessTokenVersion"] == 2
    assert made["web"]["implicitGrantSettings"] == {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False}
    assert graph(systems, "POST", "applications", json=body).status_code == 400, "the identifier URI is taken"
    by_app = f"applications(appId='{made['appId']}')"
    assert graph(systems, "PATCH", by_app, json={"notes": None}).status_code == 204
    assert got(systems, by_app)["notes"] is None
    refused = graph(systems, "PATCH", by_app, json={"colour": "red"})
    assert refused.json()["error"]["message"] == "Invalid property 'colour'."
    secret = graph(systems, "POST", f"{by_app}/addPassword", json={"passwordCredential": {"displayName": "ci"}}).json()
    assert secret["secretText"]
    assert got(systems, by_app)["passwordCredentials"][0]["secretText"] is None
    federated = {"issuer": "https://i.example", "subject": "s", "audiences": ["api://AzureADTokenExchange"]}
    path = f"{by_app}/federatedIdentityCredentials(name='ci')"
    assert graph(systems, "PATCH", path, json=federated).status_code == 404
    assert graph(systems, "PATCH", path, json=federated, headers={"Prefer": "create-if-missing"}).status_code == 201
    graph(systems, "DELETE", by_app).raise_for_status()
    (deleted,) = got(systems, "directory/deletedItems/microsoft.graph.application")["value"]
    graph(systems, "POST", f"directory/deletedItems/{deleted['id']}/restore").raise_for_status()
    assert got(systems, by_app)["displayName"] == "portal"


def test_assignments_from_either_side(systems: Company) -> None:
    body = {
        "principalId": ANALYSTS,
        "resourceId": ENTRA_APPLICATION,
        "appRoleId": "00000000-0000-0000-0000-000000000000",
    }
    made = graph(systems, "POST", f"groups/{ANALYSTS}/appRoleAssignments", json=body)
    assert made.status_code == 201
    listed = got(systems, f"servicePrincipals/{ENTRA_APPLICATION}/appRoleAssignedTo")["value"]
    assert [one["principalId"] for one in listed] == [ANALYSTS]
    unknown = {**body, "appRoleId": "11111111-0000-0000-0000-000000000000"}
    assert graph(systems, "POST", f"groups/{ANALYSTS}/appRoleAssignments", json=unknown).status_code == 400
    graph(systems, "DELETE", f"groups/{ANALYSTS}/appRoleAssignments/{made.json()['id']}").raise_for_status()
    assert got(systems, f"groups/{ANALYSTS}/appRoleAssignments")["value"] == []
