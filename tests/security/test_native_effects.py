"""Types of the Databricks provider that give a right on production: by running, copying, letting in, switching off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import proxy

from rolecall.policies import types
from rolecall.policies.context import Context, context_of_contract
from tests.security.programs import refused_by, resource
from tests.security.test_production_rights import CONTRACT, DEV, EVE, PROD
from tests.support.contracts import load

ACCOUNT_HOST = "https://accounts.cloud.databricks.com"
ACCOUNT = "accounts/7c0ffee0-0000-4000-8000-000000000001"
STRANGER = "9999aaaa-0000-4000-8000-000000000001"
MANAGER = {"role": "roles/servicePrincipal.manager", "principals": ["groups/emergency"]}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return context_of_contract(load(tmp_path_factory.mktemp("contract"), CONTRACT))


def rule_set(of: str, role: str, holder: str = f"groups/{EVE}") -> dict[str, Any]:
    return {"name": f"{ACCOUNT}{of}/ruleSets/default", "grantRules": [{"role": role, "principals": [holder]}, MANAGER]}


ON_PRINCIPAL = rule_set("/servicePrincipals/aaaa", "roles/servicePrincipal.user")
ATTACKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "use of a principal": (types.ACCESS_CONTROL_RULE_SET, ON_PRINCIPAL, ACCOUNT_HOST),
    "use of a group": (types.ACCESS_CONTROL_RULE_SET, rule_set("/groups/1", "roles/group.assumer"), ACCOUNT_HOST),
    "a stranger uses a principal": (
        types.ACCESS_CONTROL_RULE_SET,
        rule_set("/servicePrincipals/aaaa", "roles/servicePrincipal.user", f"servicePrincipals/{STRANGER}"),
        ACCOUNT_HOST,
    ),
    "an assignment from the account": (
        types.MWS_PERMISSION_ASSIGNMENT,
        {"workspaceId": "1", "principalId": "5", "permissions": ["USER"]},
        ACCOUNT_HOST,
    ),
    "a list with a token beside": (
        types.PERMISSIONS,
        {"authorization": "tokens", "jobId": "1", "accessControls": [{"groupName": EVE, "permissionLevel": "CAN_RUN"}]},
        PROD,
    ),
    "a principal made in the workspace": (types.SERVICE_PRINCIPAL, {"applicationId": STRANGER}, PROD),
    "a group made in the workspace": (types.GROUP, {"displayName": "mine"}, PROD),
    "a job that runs as a stranger": (types.JOB, {"runAs": {"servicePrincipalName": STRANGER}}, PROD),
    "a pipeline that runs as a stranger": (
        types.PIPELINE,
        {"name": "x", "runAs": {"servicePrincipalName": STRANGER}},
        PROD,
    ),
    "an alert that runs as a stranger": (types.ALERT_V2, {"runAs": {"servicePrincipalName": STRANGER}}, PROD),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("stack", ["dev", "dev.churn", "mine"])
def test_a_right_on_production_by_another_way(attack: str, stack: str, contract: Context) -> None:
    kind, values, host = ATTACKS[attack]
    one = resource(kind, values, stack=contract.stage_of(stack), provider={"host": host})
    assert "production-only-for-bound-groups" in refused_by(one, context=contract)


VIEW = {"name": "v", "catalogName": "acme_dev", "schemaName": "s", "tableType": "VIEW"}
COPIES: dict[str, tuple[str, dict[str, Any]]] = {
    "a view": (types.SQL_TABLE, {**VIEW, "viewDefinition": "SELECT * FROM acme_prod.s.t"}),
    "a view, quoted": (types.SQL_TABLE, {**VIEW, "viewDefinition": "SELECT * FROM `Acme_Prod`.`s`.`t`"}),
    "a view, with a comment": (types.SQL_TABLE, {**VIEW, "viewDefinition": "SELECT * FROM acme_prod/* */.s.t"}),
    "a view, with a literal that looks like a comment": (
        types.SQL_TABLE,
        {**VIEW, "viewDefinition": "SELECT '/*' FROM acme_prod/**/.s.t"},
    ),
    "a view, over two lines": (types.SQL_TABLE, {**VIEW, "viewDefinition": "SELECT * FROM acme_prod -- x\n.s.t"}),
    "a view of a computed name": (
        types.SQL_TABLE,
        {**VIEW, "viewDefinition": "SELECT * FROM IDENTIFIER('acme_' || 'prod.s.t')"},
    ),
    "a view of an escaped name": (
        types.SQL_TABLE,
        {**VIEW, "viewDefinition": r"SELECT * FROM identifier ( '\u0061cme_prod.s.t' )"},
    ),
    "a view of a named literal": (
        types.SQL_TABLE,
        {**VIEW, "viewDefinition": "SELECT * FROM IDENTIFIER('acme_prod.s.t')"},
    ),
    "a view that is not known yet": (types.SQL_TABLE, {**VIEW, "viewDefinition": proxy.UNKNOWN_STRING_VALUE}),
    "a vector index": (
        types.VECTOR_SEARCH_INDEX,
        {"name": "acme_dev.s.i", "deltaSyncIndexSpec": {"sourceTable": "acme_prod.s.t"}},
    ),
    "an index for search": (
        types.AI_SEARCH_INDEX,
        {"indexId": "acme_dev.s.i", "deltaSyncIndexSpec": {"sourceTable": "acme_prod.s.t"}},
    ),
    "an online table": (types.ONLINE_TABLE, {"name": "acme_dev.s.o", "spec": {"sourceTableFullName": "acme_prod.s.t"}}),
    "a monitor": (types.LAKEHOUSE_MONITOR, {"tableName": "acme_prod.s.t", "outputSchemaName": "acme_dev.s"}),
    "a quality monitor": (types.QUALITY_MONITOR, {"tableName": "acme_prod.s.t", "outputSchemaName": "acme_dev.s"}),
    "a share": (types.SHARE, {"name": "s", "objects": [{"name": "acme_prod.s.t", "dataObjectType": "TABLE"}]}),
    "a model service": (types.MODEL_SERVING, {"config": {"servedEntities": [{"entityName": "acme_prod.s.m"}]}}),
    "a feature": (
        types.FEATURE,
        {"fullName": "acme_dev.s.f", "source": {"deltaTableSource": {"fullName": "acme_prod.s.t"}}},
    ),
    "a knowledge source": (types.KNOWLEDGE_SOURCE, {"sourceType": "files", "files": {"path": "acme_prod.s.v"}}),
}


@pytest.mark.parametrize("copy", COPIES)
def test_data_of_production_is_not_copied_out_of_it(copy: str, contract: Context) -> None:
    """Views, indexes and the like read with their owner's rights, which is the deployer."""
    kind, values = COPIES[copy]
    rule = "production-data-stays-in-production"
    # The program's author names the stack.
    for stack in ("dev", "mine", "prod"):
        for host in (DEV, "", "https://another.cloud.databricks.com"):
            assert rule in refused_by(resource(kind, values, stack=stack, provider={"host": host}), context=contract)
    there = json.loads(json.dumps(values).replace("acme_dev", "acme_prod"))
    assert rule not in refused_by(resource(kind, there, stack="prod", provider={"host": PROD}), context=contract)


def test_data_of_development_is_copied_where_one_likes(contract: Context) -> None:
    values = {**VIEW, "viewDefinition": "SELECT * FROM acme_dev.s.t", "comment": "as acme_prod.s.t"}
    one = resource(types.SQL_TABLE, values, stack="dev", provider={"host": DEV})
    assert "production-data-stays-in-production" not in refused_by(one, context=contract)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("enforceClusterViewAcls", "false"),
        ("enforceUserIsolation", False),
        ("enableDeprecatedGlobalInitScripts", "true"),
        ("customerApprovedWSLoginExpirationTime", "2030-01-01T00:00:00Z"),
        ("somethingNew", "x"),
    ],
)
def test_a_key_of_the_workspace_switches_nothing_off(key: str, value: object, contract: Context) -> None:
    one = resource(types.WORKSPACE_CONF, {"customConfig": {key: value}}, provider={"host": PROD})
    assert "workspace-keys-are-known" in refused_by(one, context=contract)


def test_a_role_of_the_account_is_given_to_nobody(contract: Context) -> None:
    one = resource(
        types.ACCESS_CONTROL_RULE_SET,
        rule_set("", "roles/marketplace.admin", "groups/analysts"),
        provider={"host": ACCOUNT_HOST},
    )
    assert "service-principals-managed-by-groups" in refused_by(one, context=contract)


def test_a_principal_that_development_has_made_is_given_to_those_who_are_bound_there(
    contract: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain Pulumi runs Rolecall's program without saying so: the states tell whose a principal is."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    folder = tmp_path / ".pulumi" / "stacks" / "acme"
    folder.mkdir(parents=True)
    for stack, application_id in (("dev.churn", "aaaa"), ("prod.churn", "bbbb")):
        made = {
            "urn": f"urn:pulumi:{stack}::acme::{types.SERVICE_PRINCIPAL}::x",
            "type": types.SERVICE_PRINCIPAL,
            "id": "1",
            "custom": True,
            "inputs": {"externalId": "e"},
            "outputs": {"applicationId": application_id},
        }
        (folder / f"{stack}.json").write_text(
            json.dumps({"version": 3, "checkpoint": {"latest": {"resources": [made]}}})
        )
    for application_id, refused in (("aaaa", False), ("bbbb", True)):
        values = {**ON_PRINCIPAL, "name": ON_PRINCIPAL["name"].replace("aaaa", application_id)}
        one = resource(types.ACCESS_CONTROL_RULE_SET, values, stack="dev", provider={"host": ACCOUNT_HOST})
        one = replace(one, urn=f"urn:pulumi:dev.churn::acme::{one.type}::x")
        assert ("production-only-for-bound-groups" in refused_by(one, context=contract)) == refused


def test_without_a_contract_a_parameter_names_the_catalogs_of_production() -> None:
    kind, values = COPIES["a view"]
    rule = "production-data-stays-in-production"
    one = resource(kind, values, stack="mine", provider={"host": DEV})
    assert rule not in refused_by(one, context=Context())
    assert rule in refused_by(one, context=Context(), rules={rule: {"production_catalogs": ["acme_prod"]}})
