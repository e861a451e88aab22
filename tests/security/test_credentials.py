"""Credentials end, workloads are the contract's, and principals and administrators are known by id."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import proxy

from rolecall.policies import types
from rolecall.policies.context import Context, context_of_contract
from tests.policies.example import CONTEXT
from tests.security.programs import refused_by, resource
from tests.support.contracts import ACCOUNT_HEAD, load

NOW = 1_800_000_000.0
DAY = 86_400
PROD = "https://prod.cloud.databricks.com"
CONTRACT = (
    ACCOUNT_HEAD
    + """\
workspaces:
  prod: {host: "https://prod.cloud.databricks.com"}
environments:
  prod: {workspace: prod, catalog: acme_prod, protected: true}
break_glass: {group: emergency}
issuers:
  github: {address: https://token.actions.githubusercontent.com}
groups:
  engineers: {external: 00g-engineers}
  emergency: {managed: true}
roles:
  viewer: [{may: view, kind: job}]
projects:
  churn:
    owner: engineers
    bindings: [{role: viewer, to: engineers, in: [prod], ticket: SEC-1}]
    service_principals:
      trainer:
        federation:
          - {issuer: github, subject: "repo:acme/churn:environment:{environment}", audience: acme}
      trainer-two: {}
"""
)
TRAINER = "22222222-2222-4222-8222-222222222222"
STRANGER = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
def contract(tmp_path: Path) -> Context:
    return replace(context_of_contract(load(tmp_path, CONTRACT)), now=NOW)


@pytest.mark.parametrize(
    ("changes", "fine"),
    [
        ({}, True),
        ({"expirationTime": (NOW + 91 * DAY) * 1000}, False),
        ({"expirationTime": None}, False),
        ({"expirationTime": "tomorrow"}, False),
        ({"expirationTime": proxy.UNKNOWN_NUMBER_VALUE}, False),
        ({"tokens": [{"expirationTime": int((NOW + 400 * DAY) * 1000)}]}, False),
        ({"ipAccessList": {"allowedIpAddresses": ["0.0.0.0/1", "128.0.0.0/1"]}}, False),
    ],
)
def test_a_recipients_token_ends(changes: dict[str, Any], *, fine: bool) -> None:
    values = {
        "name": "partner",
        "authenticationType": "TOKEN",
        "expirationTime": int((NOW + 89 * DAY) * 1000),
        "ipAccessList": {"allowedIpAddresses": ["203.0.113.0/24"]},
        **changes,
    }
    refused = refused_by(resource(types.RECIPIENT, values), context=replace(CONTEXT, now=NOW))
    assert ("recipient-is-restricted" not in refused) is fine


@pytest.mark.parametrize("kind", [types.TOKEN, types.OBO_TOKEN, types.SERVICE_PRINCIPAL_SECRET])
@pytest.mark.parametrize("days", [None, 0, -1, 91, 730, "for ever"])
def test_what_an_exemption_allows_ends_too(kind: str, days: Any) -> None:
    """The rule against such credentials can be exempted; this one says for how long they last."""
    name = "lifetime" if kind == types.SERVICE_PRINCIPAL_SECRET else "lifetimeSeconds"
    ending = "s" if name == "lifetime" else ""
    written = days if not isinstance(days, int) else f"{days * DAY}{ending}"
    assert "credentials-expire" in refused_by(resource(kind, {name: written} if days is not None else {}))
    assert "credentials-expire" not in refused_by(resource(kind, {name: f"{30 * DAY}{ending}"}))


OIDC = {
    "issuer": "https://token.actions.githubusercontent.com",
    "subject": "repo:acme/churn:environment:prod",
    "audiences": ["acme"],
}
URN = (
    "urn:pulumi:prod.churn::p::rolecall:databricks:ServicePrincipal"
    f"${types.SERVICE_PRINCIPAL_FEDERATION_POLICY}::churn-trainer-github-1234567890"
)
RULES = {
    "federation-names-one-workload",
    "federation-by-the-usual-claim",
    "federation-keys-are-the-issuers",
}


def policy(urn: str, **changes: Any) -> Any:
    values = {"servicePrincipalId": 1, "policyId": "x", "oidcPolicy": {**OIDC, **changes}}
    one = resource(types.SERVICE_PRINCIPAL_FEDERATION_POLICY, values, stack="prod", name=urn.rpartition("::")[2])
    return replace(one, urn=urn)


def test_a_workload_of_the_contract_may_act(contract: Context) -> None:
    assert not RULES & refused_by(policy(URN), context=contract)


@pytest.mark.parametrize(
    ("urn", "changes"),
    [
        (URN, {"subject": "repo:acme/fraud:environment:prod"}),
        (URN, {"subject": "repo:acme/churn:environment:prod2"}),
        (URN, {"issuer": "https://token.actions.example"}),
        (URN, {"issuer": f"{OIDC['issuer']}/"}),
        (URN, {"subjectClaim": "repository_owner"}),
        (URN, {"subjectClaim": "email"}),
        (URN, {"jwksUri": "https://keys.example/keys"}),
        (URN, {"jwksUri": f"{OIDC['issuer']}.evil.example/keys"}),
        (URN, {"jwksJson": "{}"}),
        ("", {"subject": "repo:acme/fraud:environment:prod"}),
        (URN.replace("churn-trainer-", "churn-trainer-two-"), {}),
        (URN.replace("churn-trainer-", "churn-other-"), {}),
        (URN.replace("prod.churn", "mine"), {}),
        (URN.replace("rolecall:databricks:ServicePrincipal$", ""), {}),
    ],
)
def test_no_other_workload_may(contract: Context, urn: str, changes: dict[str, Any]) -> None:
    assert RULES & refused_by(policy(urn, **changes), context=contract)


@pytest.mark.parametrize("claim", ["email", "groups", "repository_owner"])
def test_neither_for_the_whole_account_but_for_the_identity_provider(claim: str) -> None:
    rule = "federation-by-the-usual-claim"
    values = {"oidcPolicy": {**OIDC, "subjectClaim": claim}}
    one = resource(types.ACCOUNT_FEDERATION_POLICY, values)
    assert rule in refused_by(one)
    assert rule not in refused_by(one, rules={rule: {"account_issuers": [OIDC["issuer"]]}})


EVERYBODY = [
    "Users",
    "USERS",
    "Account Users",
    "account  users",
    "`account users`",
    "account\u200b users",
    "\uff55\uff53\uff45\uff52\uff53",
]


@pytest.mark.parametrize("name", EVERYBODY)
def test_everybody_is_everybody_however_it_is_written(name: str) -> None:
    keep = {"groupName": "emergency", "permissionLevel": "CAN_MANAGE"}
    forms = {
        "all-users-only-view": resource(
            types.PERMISSIONS,
            {"jobId": "1", "accessControls": [keep, {"groupName": name, "permissionLevel": "CAN_MANAGE"}]},
        ),
        "data-not-for-everybody": resource(
            types.GRANTS, {"schema": "a.b", "grants": [{"principal": name, "privileges": ["MODIFY"]}]}
        ),
        "secrets-not-for-everybody": resource(
            types.SECRET_ACL, {"scope": "s", "principal": name, "permission": "READ"}
        ),
        "secret-scope-not-for-everybody": resource(types.SECRET_SCOPE, {"name": "s", "initialManagePrincipal": name}),
        "personal-tokens-not-for-everybody": resource(
            types.PERMISSIONS,
            {"authorization": "tokens", "accessControls": [{"groupName": name, "permissionLevel": "CAN_USE"}]},
        ),
        "service-principals-managed-by-groups": resource(
            types.ACCESS_CONTROL_RULE_SET, {"grantRules": [{"role": "x", "principals": [f"groups/{name}"]}]}
        ),
    }
    for rule, one in forms.items():
        assert rule in refused_by(replace(one, stack="dev")), rule


def test_a_workspace_that_is_named_by_its_resource_in_azure_needs_its_address(contract: Context) -> None:
    rule, named = "program-writes-to-known-hosts", {"azureWorkspaceResourceId": "/subscriptions/1/workspaces/prod"}
    assert rule in refused_by(resource(types.DATABRICKS_PROVIDER, named), context=contract)
    assert rule not in refused_by(resource(types.DATABRICKS_PROVIDER, {**named, "host": PROD}), context=contract)


def permissions(holder: str, urn: str = "") -> Any:
    controls = [
        {"groupName": "emergency", "permissionLevel": "CAN_MANAGE"},
        {"servicePrincipalName": holder, "permissionLevel": "CAN_MANAGE"},
    ]
    values = {"jobId": "1", "accessControls": controls}
    return replace(resource(types.PERMISSIONS, values, provider={"host": PROD}), urn=urn)


PRODUCTION = "production-only-for-bound-groups"


def test_a_strange_principal_gets_no_right_on_production(contract: Context) -> None:
    assert contract.deployer is not None
    assert PRODUCTION not in refused_by(permissions(contract.deployer), context=contract)
    for form in (
        permissions(STRANGER),
        resource(types.PERMISSION_ASSIGNMENT, {"servicePrincipalName": STRANGER, "permissions": ["USER"]}),
        resource(
            types.GRANTS, {"schema": "acme_prod.x", "grants": [{"principal": STRANGER, "privileges": ["SELECT"]}]}
        ),
        resource(types.SECRET_ACL, {"scope": "s", "principal": STRANGER, "permission": "READ"}),
        resource(types.SCHEMA, {"catalogName": "acme_prod", "name": "x", "owner": STRANGER}),
    ):
        placed = replace(form, provider=permissions("x").provider)
        assert PRODUCTION in refused_by(placed, context=contract)
        told = {PRODUCTION: {"principals": [STRANGER]}}
        assert PRODUCTION not in refused_by(placed, context=contract, rules=told)


def test_the_contracts_own_principals_are_known_from_the_states(
    contract: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    urn = f"urn:pulumi:prod.churn::p::{types.PERMISSIONS}::x"
    file = tmp_path / ".pulumi" / "stacks" / "p" / "prod.churn.json"
    file.parent.mkdir(parents=True)
    for mark, fine in (("rolecall:acme:prod:churn:trainer", True), ("rolecall:other:prod:churn:trainer", False)):
        made = {
            "urn": f"urn:pulumi:prod.churn::p::{types.SERVICE_PRINCIPAL}::churn-trainer",
            "type": types.SERVICE_PRINCIPAL,
            "custom": True,
            "id": "1",
            "inputs": {"externalId": mark},
            "outputs": {"applicationId": TRAINER},
        }
        file.unlink(missing_ok=True)
        file.write_text(json.dumps({"checkpoint": {"latest": {"resources": [made]}}}))
        assert (PRODUCTION not in refused_by(permissions(TRAINER, urn), context=contract)) is fine
        assert PRODUCTION in refused_by(permissions(STRANGER, urn), context=contract)


def test_rolecalls_own_program_declares_the_contracts_principals_only(contract: Context) -> None:
    assert PRODUCTION not in refused_by(permissions(TRAINER), context=replace(contract, own_program=True))


@pytest.mark.parametrize("name", ["emergency/prod", "emergency"])
def test_an_administrator_needs_the_groups_id_and_no_name(contract: Context, name: str) -> None:
    rule = "few-workspace-administrators"
    values = {"principalId": "7", "permissions": ["ADMIN"]}
    one = resource(types.PERMISSION_ASSIGNMENT, values, name=name, stack="account", provider={"host": PROD})
    assert rule in refused_by(one, context=contract)
    told = {rule: {"break_glass_id": "7"}}
    assert rule not in refused_by(one, context=contract, rules=told)
    assert rule in refused_by(one, context=contract, rules={rule: {"break_glass_id": "8"}})


@pytest.mark.parametrize("told", ["4000000000055433", 4000000000055433, 4000000000055433.0])
@pytest.mark.parametrize("declared", ["4000000000055433", 4000000000055433.0])
def test_an_id_is_the_same_as_a_number_and_as_a_text(contract: Context, told: object, declared: object) -> None:
    """The engine hands every number on as one with a fraction."""
    rule = "few-workspace-administrators"
    values = {"principalId": declared, "permissions": ["ADMIN"]}
    one = resource(types.PERMISSION_ASSIGNMENT, values, name="emergency/prod", stack="account", provider={"host": PROD})
    assert rule not in refused_by(one, context=contract, rules={rule: {"break_glass_id": told}})
    assert rule in refused_by(one, context=contract, rules={rule: {"break_glass_id": "4000000000055434"}})
