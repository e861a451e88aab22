"""Owners, administrators, rules and direct assignments in the identity provider, opened through its API and named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rolecall.access.observation import Observation
from rolecall.compiled import compile_file
from rolecall.systems.connections import forget_all
from rolecall.systems.registry import SYSTEMS
from tests.support.contracts import TODAY
from tests.support.emulator import served_together
from tests.support.identity import ENTRA_APPLICATION, GROUPS, OKTA_APPLICATION, Company, description
from tests.support.identity_contract import contract

GROUPS_ADMINISTRATOR = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
DIRECTORY_WRITERS = "9360feb5-f418-4baa-8175-e2a00bac4301"
HELPDESK_ADMINISTRATOR = "729827e3-9c14-49f7-bb1b-9608f156bbb8"


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    described = {name: one for name, one in description().items() if name != "prefect"}
    with served_together({**described, "prefect": {"server": "http://127.0.0.1:9"}}) as installation:
        systems = Company(installation)
        for name, value in systems.variables().items():
            monkeypatch.setenv(name, value)
        forget_all()
        yield systems
        forget_all()


def observed(system: str, folder: Path, more: str = "") -> Observation:
    return observed_in(contract(system, more=more), system, folder)


def observed_in(text: str, system: str, folder: Path) -> Observation:
    path = folder / "contract.yaml"
    path.write_text(text)
    compiled = compile_file(path, TODAY)
    found = next(one for one in SYSTEMS if one.name == system)
    return found.observe(compiled.contract, {}, (), {})


def reaching(seen: Observation) -> Mapping[str, str]:
    assert not seen.refused
    assert not seen.not_read
    assert all(one.how for one in seen.others if one.reaches)
    return {one.thing: one.reaches for one in seen.others if one.reaches}


def test_okta_names_whoever_may_change_the_contracts_groups(company: Company, tmp_path: Path) -> None:
    assert reaching(observed("okta", tmp_path)) == {}
    call, engineers = company.okta_call, GROUPS["okta"]["engineers"]
    people = {name: call("GET", f"users/{name}@example.com")["id"] for name in ("ada", "cleo", "dora", "emil")}
    call("POST", f"groups/{engineers}/owners", {"id": people["dora"], "type": "USER"})
    call("POST", f"users/{people['cleo']}/roles", {"type": "GROUP_MEMBERSHIP_ADMIN"})
    call("POST", f"groups/{GROUPS['okta']['analysts']}/roles", {"type": "USER_ADMIN"})
    call("POST", f"apps/{OKTA_APPLICATION}/users", {"id": people["emil"]})
    rule = {
        "type": "group_rule",
        "name": "everyone in ML",
        "conditions": {"expression": {"value": 'user.department=="ML"', "type": "urn:okta:expression:1.0"}},
        "actions": {"assignUserToGroups": {"groupIds": [engineers]}},
    }
    made = call("POST", "groups/rules", rule)
    assert "group rule everyone in ML" not in reaching(observed("okta", tmp_path)), "it does nothing yet"
    call("POST", f"groups/rules/{made['id']}/lifecycle/activate")
    forged = call("POST", "groups/rules", {**rule, "name": "rolecall:acme engineers"})
    call("POST", f"groups/rules/{forged['id']}/lifecycle/activate")
    assert set(reaching(observed("okta", tmp_path))) == {
        "group rule rolecall:acme engineers",
        "owner of group engineers: dora@example.com",
        "Group Membership Administrator of Okta: cleo@example.com",
        "Group Administrator of Okta: group analysts",
        f"assignment of emil@example.com to application {OKTA_APPLICATION}",
        "group rule everyone in ML",
    }
    call("POST", f"users/{people['dora']}/roles", {"type": "READ_ONLY_ADMIN"})
    assert "Read-Only Administrator of Okta: dora@example.com" not in reaching(observed("okta", tmp_path))
    named = observed("okta", tmp_path, "administrators: [cleo@example.com, analysts, dora@example.com]\n")
    assert set(reaching(named)) == {
        "group rule rolecall:acme engineers",
        f"assignment of emil@example.com to application {OKTA_APPLICATION}",
        "group rule everyone in ML",
    }


def test_entra_names_whoever_may_change_the_contracts_groups(company: Company, tmp_path: Path) -> None:
    assert reaching(observed("entra", tmp_path)) == {}
    call, engineers = company.graph_call, GROUPS["entra"]["engineers"]
    people = {name: call("GET", f"users/{name}@example.com")["id"] for name in ("cleo", "dora", "emil")}
    owner = {"@odata.id": f"{company.entra.address}/v1.0/directoryObjects/{people['dora']}"}
    call("POST", f"groups/{engineers}/owners/$ref", owner)
    role = {"roleDefinitionId": GROUPS_ADMINISTRATOR, "principalId": people["cleo"], "directoryScopeId": "/"}
    call("POST", "roleManagement/directory/roleAssignments", role)
    assigned = {
        "principalId": people["emil"],
        "resourceId": ENTRA_APPLICATION,
        "appRoleId": "00000000-0000-0000-0000-000000000000",
    }
    call("POST", f"servicePrincipals/{ENTRA_APPLICATION}/appRoleAssignedTo", assigned)
    writer = {**role, "roleDefinitionId": DIRECTORY_WRITERS, "principalId": people["emil"]}
    call("POST", "roleManagement/directory/roleAssignments", writer)
    resets = {**role, "roleDefinitionId": HELPDESK_ADMINISTRATOR, "principalId": people["emil"]}
    call("POST", "roleManagement/directory/roleAssignments", resets)
    emil = {"@odata.id": f"{company.entra.address}/v1.0/directoryObjects/{people['emil']}"}
    call("POST", f"servicePrincipals/{ENTRA_APPLICATION}/owners/$ref", emil)
    found = reaching(observed("entra", tmp_path))
    assert "Directory Writers of Entra ID: emil@example.com" in found
    assert "sign in as members" in found["Helpdesk Administrator of Entra ID: emil@example.com"]
    assert "may assign anybody" in found["owner of the Databricks application: emil@example.com"]
    assert "owner of group engineers: dora@example.com" in found
    assert "Groups Administrator of Entra ID: cleo@example.com" in found
    assert any(one.startswith("assignment of ") for one in found)
    assert len(found) == 6


def test_okta_names_groups_outside_the_contract_that_get_into_databricks(company: Company, tmp_path: Path) -> None:
    call = company.okta_call
    made = call("POST", "groups", {"profile": {"name": "contractors", "description": ""}})
    call("PUT", f"apps/{OKTA_APPLICATION}/groups/{made['id']}", {})
    call("PUT", f"apps/{OKTA_APPLICATION}/groups/{GROUPS['okta']['engineers']}", {})
    cleo = call("GET", "users/cleo@example.com")["id"]
    call("POST", f"users/{cleo}/roles", {"type": "HELP_DESK_ADMIN"})
    seen = observed("okta", tmp_path)
    assert set(reaching(seen)) == {
        f"assignment of group contractors to application {OKTA_APPLICATION}",
        "Help Desk Administrator of Okta: cleo@example.com",
    }
    (administrator,) = (one for one in seen.others if one.steps)
    assert {str(step.target) for step in administrator.steps} >= {"engineers", "analysts"}


def test_entra_names_credentials_eligible_members_and_rules(company: Company, tmp_path: Path) -> None:
    call, engineers = company.graph_call, GROUPS["entra"]["engineers"]
    ours = {"displayName": "dev-churn-trainer", "description": "x rolecall:acme:dev:service_principal:churn:trainer"}
    application = call("POST", "applications", ours)
    path = f"applications/{application['id']}"
    others = call("POST", "applications", {"displayName": "shop", "description": "another team's"})
    call("POST", f"applications/{others['id']}/addPassword", {"passwordCredential": {"displayName": "theirs"}})
    text = contract("entra").replace("{trainer: {}}", "{trainer: {azure: true}}")
    assert reaching(observed_in(text, "entra", tmp_path)) == {}
    call("POST", f"{path}/addPassword", {"passwordCredential": {"displayName": "debug"}})
    call("PATCH", path, {"keyCredentials": [{"keyId": "k", "displayName": "old", "type": "AsymmetricX509Cert"}]})
    federated = {"name": "ci", "issuer": "https://elsewhere.example", "subject": "me", "audiences": ["x"]}
    call("POST", f"{path}/federatedIdentityCredentials", federated)
    dora = call("GET", "users/dora@example.com")["id"]
    behind = call("POST", "servicePrincipals", {"appId": application["appId"]})
    call("POST", f"servicePrincipals/{behind['id']}/addPassword", {"passwordCredential": {"displayName": "hidden"}})
    owner = {"@odata.id": f"{company.entra.address}/v1.0/directoryObjects/{dora}"}
    call("POST", f"servicePrincipals/{behind['id']}/owners/$ref", owner)
    request = {"accessId": "member", "action": "adminAssign", "groupId": engineers, "principalId": dora}
    call("POST", "identityGovernance/privilegedAccess/group/eligibilityScheduleRequests", request)
    company.entra.tenant.groups[engineers] |= {
        "groupTypes": ["DynamicMembership"],
        "membershipRule": 'user.department -eq "ML"',
        "membershipRuleProcessingState": "On",
    }
    made = call(
        "POST",
        "groups",
        {"displayName": "contractors", "mailEnabled": False, "mailNickname": "c", "securityEnabled": True},
    )
    assigned = {
        "principalId": made["id"],
        "resourceId": ENTRA_APPLICATION,
        "appRoleId": "00000000-0000-0000-0000-000000000000",
    }
    call("POST", f"servicePrincipals/{ENTRA_APPLICATION}/appRoleAssignedTo", assigned)
    assert set(reaching(observed_in(text, "entra", tmp_path))) == {
        "secret debug of application dev-churn-trainer",
        "certificate old of application dev-churn-trainer",
        "secret hidden of service principal dev-churn-trainer",
        "owner of service principal dev-churn-trainer: dora@example.com",
        "federated credential ci of application dev-churn-trainer",
        "eligible member of group engineers: dora@example.com",
        "membership rule of group engineers",
        "assignment of group contractors to the Databricks application",
    }
