"""Rights on production for somebody who is not bound there, by every form that gives a right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pulumi_policy import proxy

from rolecall.policies import types
from rolecall.policies.context import Context, context_of_contract
from tests.conftest import ROOT
from tests.security.programs import refused_by, resource
from tests.support.contracts import ACCOUNT_HEAD, VARIABLES, load

RULE = "production-only-for-bound-groups"
PROD, DEV, ACCOUNT = "https://prod.cloud.databricks.com", "https://dev.cloud.databricks.com", "https://accounts.example"
CONTRACT = (
    ACCOUNT_HEAD
    + """\
workspaces:
  nonprod: {host: "https://dev.cloud.databricks.com"}
  prod: {host: "https://prod.cloud.databricks.com"}
environments:
  dev: {workspace: nonprod, catalog: acme_dev}
  prod: {workspace: prod, catalog: acme_prod, protected: true}
break_glass: {group: emergency}
groups:
  engineers: {external: 00g-engineers}
  analysts: {external: 00g-analysts}
  emergency: {managed: true}
roles:
  engineer: [{may: edit, kind: job}]
  viewer: [{may: view, kind: job}]
projects:
  churn:
    owner: engineers
    bindings:
      - {role: engineer, to: engineers, in: [dev]}
      - {role: viewer, to: analysts, in: [dev, prod], ticket: SEC-1}
"""
)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return context_of_contract(load(tmp_path_factory.mktemp("contract"), CONTRACT))


EVE = "engineers"
FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "a job's permissions": (
        types.PERMISSIONS,
        {"jobId": "1", "accessControls": [{"groupName": EVE, "permissionLevel": "CAN_VIEW"}]},
    ),
    "grants": (types.GRANTS, {"schema": "x.y", "grants": [{"principal": EVE, "privileges": ["SELECT"]}]}),
    "one grant": (types.GRANT, {"schema": "x.y", "principal": EVE, "privileges": ["SELECT"]}),
    "a secret ACL": (types.SECRET_ACL, {"scope": "s", "principal": EVE, "permission": "READ"}),
    "secret access": (
        types.SECRET_ACCESS,
        {"scope": "s", "workspaceHost": PROD, "entries": [{"principal": EVE, "permission": "READ"}]},
    ),
    "a secret scope's first manager": (types.SECRET_SCOPE, {"name": "s", "initialManagePrincipal": EVE}),
    "an assignment": (types.PERMISSION_ASSIGNMENT, {"groupName": EVE, "permissions": ["USER"]}),
    "an assignment of a person": (
        types.PERMISSION_ASSIGNMENT,
        {"userName": "eve@example.com", "permissions": ["USER"]},
    ),
    "an owner": (types.SCHEMA, {"catalogName": "x", "name": "y", "owner": EVE}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stack", ["prod", "dev", "my-own-name"])
def test_no_form_and_no_stack_name_is_a_way_around(form: str, stack: str, contract: Context) -> None:
    kind, values = FORMS[form]
    for host in (PROD, f"{PROD}/", f"{PROD}:443", PROD.upper().replace("HTTPS", "https")):
        assert RULE in refused_by(resource(kind, values, stack=stack, provider={"host": host}), context=contract), host


@pytest.mark.parametrize("form", [form for form in FORMS if form != "secret access"])
def test_the_same_is_fine_in_the_workspace_where_the_group_is_bound(form: str, contract: Context) -> None:
    kind, values = FORMS[form]
    if "person" not in form:
        assert RULE not in refused_by(resource(kind, values, stack="dev", provider={"host": DEV}), context=contract)


@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_be_told_counts_as_production(form: str, contract: Context) -> None:
    kind, values = FORMS[form]
    for provider in ({}, {"host": proxy.UNKNOWN_STRING_VALUE}, {"host": "https://elsewhere.example"}):
        assert RULE in refused_by(resource(kind, values, stack="mine", provider=provider), context=contract), provider


def test_data_of_production_is_production_from_every_workspace(contract: Context) -> None:
    for values in (
        {"catalog": "acme_prod", "grants": [{"principal": EVE, "privileges": ["SELECT"]}]},
        {"table": "acme_prod.a.b", "grants": [{"principal": EVE, "privileges": ["SELECT"]}]},
    ):
        assert RULE in refused_by(resource(types.GRANTS, values, stack="dev", provider={"host": DEV}), context=contract)


def test_a_catalog_of_production_is_production_itself(contract: Context) -> None:
    values = {"name": "acme_prod", "owner": EVE}
    for stack in ("dev", "mine"):
        assert RULE in refused_by(
            resource(types.CATALOG, values, stack=stack, provider={"host": DEV}), context=contract
        )
    own = resource(types.CATALOG, {**values, "name": "acme_dev"}, stack="dev", provider={"host": DEV})
    assert RULE not in refused_by(own, context=contract)


@pytest.mark.parametrize(
    "target", [("TAG", "team:ml"), ("WORKFLOW_DEF", "*"), ("WORKFLOW_DEF", "pro*"), ("TASK_DEF", "*")]
)
def test_a_right_on_a_tag_or_a_pattern_reaches_production(target: tuple[str, str], contract: Context) -> None:
    holders = [{"type": "GROUP", "name": EVE, "access": ["EXECUTE"]}]
    values = {"targetType": target[0], "targetId": target[1], "holders": holders}
    assert RULE in refused_by(resource(types.CONDUCTOR_PERMISSIONS, values, stack="dev"), context=contract)


def test_a_role_on_a_service_principal_of_production(contract: Context) -> None:
    values = {
        "name": "accounts/a/servicePrincipals/b/ruleSets/default",
        "grantRules": [{"role": "roles/servicePrincipal.user", "principals": [f"groups/{EVE}"]}],
    }
    for stack in ("prod", "mine"):
        one = resource(types.ACCESS_CONTROL_RULE_SET, values, stack=stack, provider={"host": ACCOUNT})
        assert RULE in refused_by(one, context=contract)


def test_a_workspace_that_is_named_by_its_number(contract: Context) -> None:
    values = {"workspaceId": "7", "principalId": "8", "permissions": ["USER"]}
    for stack in ("prod", "mine"):
        one = resource(types.MWS_PERMISSION_ASSIGNMENT, values, stack=stack)
        assert RULE in refused_by(one, context=contract)


ORCHESTRATED: dict[str, tuple[str, dict[str, Any]]] = {
    "conductor": (
        types.CONDUCTOR_PERMISSIONS,
        {"targetType": "WORKFLOW_DEF", "targetId": "prod-churn-train", "holders": [{"type": "GROUP", "name": EVE}]},
    ),
    "harness": (
        types.HARNESS_PERMISSIONS,
        {"targetId": "prod_churn_train", "holders": [{"type": "USER_GROUP", "name": EVE, "access": "rolecall_run"}]},
    ),
    "prefect": (
        types.PREFECT_PERMISSIONS,
        {
            "targetId": "run-databricks-job/prod-churn-train",
            "holders": [{"type": "TEAM", "name": EVE, "access": "RUN"}],
        },
    ),
    "another environment's principal": (
        types.CONDUCTOR_PERMISSIONS,
        {
            "targetType": "TASK_DEF",
            "targetId": "databricks-job-as-prod-churn-trainer",
            "holders": [{"type": "APPLICATION", "name": "dev-churn-trainer", "access": ["EXECUTE"]}],
        },
    ),
}


@pytest.mark.parametrize("system", ORCHESTRATED)
def test_a_counterpart_of_production_is_production_from_every_stack(system: str, contract: Context) -> None:
    kind, values = ORCHESTRATED[system]
    for stack in ("dev", "mine"):
        assert RULE in refused_by(resource(kind, values, stack=stack), context=contract)


MEMBERSHIPS: dict[str, tuple[str, dict[str, Any]]] = {
    "a member": (types.GROUP_MEMBER, {"groupId": "1", "memberId": "2"}),
    "all members": (types.GROUP_MEMBERS, {"groupId": "1", "members": [{"userName": "eve", "externalId": "00u-eve"}]}),
    "members in Okta": (
        types.OKTA_GROUP_MEMBERSHIP,
        {"groupId": "1", "managedBy": "rolecall:acme:group:emergency", "members": ["00u-eve"]},
    ),
    "members in Entra": (
        types.ENTRA_GROUP_MEMBERSHIP,
        {"groupId": "1", "managedBy": "rolecall:acme:group:emergency", "members": ["00u-eve"]},
    ),
    "a rule in Okta": (
        types.OKTA_GROUP_RULE,
        {"name": "r", "expression": 'user.login=="eve@example.com"', "groupIds": ["00g-emergency"]},
    ),
    "a rule on another group": (
        types.OKTA_GROUP_RULE,
        {"name": "r", "expression": 'isMemberOfAnyGroup("00g-eve")', "groupIds": ["00g-analysts"]},
    ),
    "an application": (types.OKTA_APP_ASSIGNMENT, {"appId": "0oa-other", "groupId": "00g-eve"}),
    "an enterprise application": (types.ENTRA_APP_ROLE_ASSIGNMENT, {"resourceId": "x", "principalId": "y"}),
    "a role": (types.GROUP_ROLE, {"groupId": "1", "role": "account_admin"}),
    "an instance profile": (types.GROUP_INSTANCE_PROFILE, {"groupId": "1", "instanceProfileId": "arn:aws:iam::1:x"}),
}


@pytest.mark.parametrize("form", MEMBERSHIPS)
def test_nobody_gets_into_a_group_past_the_contract(form: str, contract: Context) -> None:
    kind, values = MEMBERSHIPS[form]
    for context in (contract, Context().with_parameters({"break_glass_group": "emergency"})):
        assert refused_by(resource(kind, values, stack="mine"), context=context) - {"type-is-known"}


def test_parameters_name_production_by_its_address() -> None:
    rules = {RULE: {"production": {PROD: ["analysts"]}}}
    values = FORMS["a job's permissions"][1]
    for stack in ("dev", "test", "anything"):
        at_prod = resource(types.PERMISSIONS, values, stack=stack, provider={"host": PROD})
        at_dev = resource(types.PERMISSIONS, values, stack=stack, provider={"host": DEV})
        assert RULE in refused_by(at_prod, context=Context(), rules=rules)
        assert RULE not in refused_by(at_dev, context=Context(), rules=rules)


BREAK_GLASS: dict[str, tuple[str, dict[str, Any]]] = {
    "a lower level": (
        types.PERMISSIONS,
        {"jobId": "1", "accessControls": [{"groupName": "emergency", "permissionLevel": "CAN_VIEW"}]},
    ),
    "fewer privileges": (
        types.GRANTS,
        {"schema": "acme_prod.y", "grants": [{"principal": "emergency", "privileges": ["SELECT"]}]},
    ),
    "one grant with fewer": (
        types.GRANT,
        {"schema": "acme_prod.y", "principal": "emergency", "privileges": ["USE_SCHEMA"]},
    ),
    "a secret ACL": (types.SECRET_ACL, {"scope": "s", "principal": "emergency", "permission": "READ"}),
    "a role": (
        types.ACCESS_CONTROL_RULE_SET,
        {"grantRules": [{"role": "roles/servicePrincipal.user", "principals": ["groups/emergency"]}]},
    ),
    "an empty list": (types.PERMISSIONS, {"jobId": "1", "accessControls": []}),
}


@pytest.mark.parametrize("form", BREAK_GLASS)
def test_break_glass_keeps_full_rights(form: str, contract: Context) -> None:
    kind, values = BREAK_GLASS[form]
    assert "break-glass-stays" in refused_by(resource(kind, values, stack="dev"), context=contract)


def test_an_administrator_is_known_by_id_and_never_by_a_resources_name(contract: Context) -> None:
    rule = "few-workspace-administrators"
    values = {"principalId": "666", "permissions": ["ADMIN"]}
    for name in ("emergency", "emergency-prod", "emergency/prod", "00g-emergency/prod"):
        for stack in ("prod", "dev", "mine"):
            one = resource(types.PERMISSION_ASSIGNMENT, values, name=name, stack=stack, provider={"host": PROD})
            assert rule in refused_by(one, context=contract)
        mws = resource(types.MWS_PERMISSION_ASSIGNMENT, {**values, "workspaceId": "1"}, name=name, stack="account")
        assert rule in refused_by(mws, context=contract)
        bare = Context().with_parameters({"break_glass_group": "emergency"})
        told = {rule: {"break_glass_group": "emergency"}}
        assert rule in refused_by(
            resource(types.PERMISSION_ASSIGNMENT, values, name=name, stack="account"), context=bare, rules=told
        )


PROVIDERS: dict[str, tuple[dict[str, Any], str]] = {
    "another host": ({"host": "https://elsewhere.cloud.databricks.com"}, "program-writes-to-known-hosts"),
    "user info": ({"host": "https://prod.cloud.databricks.com@evil.example"}, "program-writes-to-known-hosts"),
    "another account": ({"host": PROD, "accountId": "other"}, "program-writes-to-known-hosts"),
    "a token": ({"host": PROD, "token": "x"}, "program-signs-in-as-the-run"),
    "a client secret": ({"host": PROD, "clientId": "x", "clientSecret": "y"}, "program-signs-in-as-the-run"),
    "another client": ({"host": PROD, "clientId": "x"}, "program-signs-in-as-the-run"),
    "a profile": ({"profile": "me"}, "program-signs-in-as-the-run"),
    "a file": ({"configFile": "/home/me/.databrickscfg"}, "program-signs-in-as-the-run"),
    "Azure's secret": ({"host": PROD, "azureClientSecret": "x"}, "program-signs-in-as-the-run"),
    "a person's login": ({"host": PROD, "authType": "databricks-cli"}, "program-signs-in-as-the-run"),
    "no check of certificates": ({"host": PROD, "skipVerify": True}, "program-signs-in-as-the-run"),
    "another workspace by its number": ({"host": PROD, "workspaceId": "1"}, "program-signs-in-as-the-run"),
    "another plugin": (
        {"host": PROD, "__internal": {"pluginDownloadURL": "https://evil.example"}},
        "program-signs-in-as-the-run",
    ),
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_of_its_own_is_refused(name: str, contract: Context) -> None:
    values, rule = PROVIDERS[name]
    one = replace(resource(types.DATABRICKS_PROVIDER, values), provider=None)
    assert rule in refused_by(one, context=contract)


def test_the_contracts_own_connections_pass(contract: Context) -> None:
    account = {"host": "https://accounts.cloud.databricks.com", "accountId": "7c0ffee0-0000-4000-8000-000000000001"}
    for values in ({"host": PROD}, {"host": DEV}, account, {}):
        one = replace(resource(types.DATABRICKS_PROVIDER, values), provider=None)
        assert not refused_by(one, context=contract)


def test_without_a_contract_the_address_of_the_run_or_a_parameter_says_where_to() -> None:
    one = replace(resource(types.DATABRICKS_PROVIDER, {"host": PROD}), provider=None)
    rule = "program-writes-to-known-hosts"
    assert rule in refused_by(one, context=Context())
    assert rule not in refused_by(one, context=Context(), rules={rule: {"hosts": [PROD]}})
    told = Context()
    told = replace(told, hosts=replace(told.hosts, of_run="prod.cloud.databricks.com"))
    assert rule not in refused_by(one, context=told)


def test_a_resource_that_names_another_workspace_is_refused(contract: Context) -> None:
    values = {**FORMS["a job's permissions"][1], "providerConfig": {"workspaceId": "1"}}
    one = resource(types.PERMISSIONS, values, stack="dev", provider={"host": DEV})
    assert "resource-stays-in-its-workspace" in refused_by(one, context=contract)


def test_the_example_contract_still_knows_its_hosts() -> None:
    from rolecall.contract import load_contract

    context = context_of_contract(load_contract(ROOT / "stacks" / "acme" / "contract.yaml", VARIABLES))
    assert context.hosts.environments["127.0.0.1:3"] == {"prod"}
    assert context.hosts.environments["127.0.0.1:2"] == {"dev", "staging"}
