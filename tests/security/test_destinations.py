"""Messages, prompts and logs leave for no host that nobody named; apps and dedicated compute are no way to rights."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolecall.policies import types
from rolecall.policies.catalogue import PACKS
from rolecall.policies.context import Context, context_of_contract
from rolecall.policies.judging import judge
from tests.security.programs import GUARDRAILS, refused_by, resource
from tests.security.test_production_rights import CONTRACT, DEV, PROD
from tests.support.contracts import load

OUT = "https://collect.example.net/x"
STRANGER = "7c0ffee0-ac3e-4acc-9e0d-ac3e00000099"
SENDS: dict[str, tuple[str, dict[str, Any]]] = {
    "a notification": (types.NOTIFICATION_DESTINATION, {"config": {"genericWebhook": {"url": OUT}}}),
    "a channel": (types.NOTIFICATION_DESTINATION, {"config": {"microsoftTeams": {"channelUrl": OUT}}}),
    "a look-alike": (
        types.NOTIFICATION_DESTINATION,
        {"config": {"genericWebhook": {"url": "https://acme.example.evil.net/"}}},
    ),
    "an ending": (types.NOTIFICATION_DESTINATION, {"config": {"genericWebhook": {"url": "https://notacme.example/"}}}),
    "user info": (
        types.NOTIFICATION_DESTINATION,
        {"config": {"genericWebhook": {"url": "https://acme.example@evil.net/x"}}},
    ),
    "a workspace of another organization": (
        types.NOTIFICATION_DESTINATION,
        {"config": {"genericWebhook": {"url": "https://dbc-9-9.cloud.databricks.com/x"}}},
    ),
    "an e-mail address": (
        types.NOTIFICATION_DESTINATION,
        {"config": {"email": {"addresses": ["ops@acme.example", "eve@example.net"]}}},
    ),
    "a model's webhook": (types.MLFLOW_WEBHOOK, {"httpUrlSpec": {"url": OUT}}),
    "a job elsewhere": (types.MLFLOW_WEBHOOK, {"jobSpec": {"workspaceUrl": OUT, "jobId": "1"}}),
    "a model": (
        types.MODEL_SERVING,
        {"config": {"servedEntities": [{"externalModel": {"customProviderConfig": {"customProviderUrl": OUT}}}]}},
    ),
    "a model that says it is OpenAI's": (
        types.MODEL_SERVING,
        {"config": {"servedEntities": [{"externalModel": {"openaiConfig": {"openaiApiBase": OUT}}}]}},
    ),
    "a gateway": (types.AI_PROVIDER_SERVICE, {"config": {"custom": {"direct": {"baseUrl": OUT}}}}),
    "a connection": (types.CONNECTION, {"connectionType": "HTTP", "options": {"host": OUT}}),
    "a database": (types.CONNECTION, {"connectionType": "POSTGRESQL", "options": {"host": "db.example.net"}}),
    "a cluster's logs": (types.CLUSTER, {"clusterLogConf": {"s3": {"destination": "s3://a", "endpoint": OUT}}}),
    "a job's logs": (
        types.JOB,
        {"jobClusters": [{"newCluster": {"clusterLogConf": {"s3": {"destination": "s3://a", "endpoint": OUT}}}}]},
    ),
    "an app's sign-in": (types.CUSTOM_APP, {"name": "a", "redirectUrls": [OUT]}),
    "an init script's bucket": (
        types.PIPELINE,
        {"clusters": [{"initScripts": [{"s3": {"destination": "s3://a", "endpoint": OUT}}]}]},
    ),
}
RULE = "sends-to-named-hosts"
NAMED = {RULE: {"destinations": ["acme.example"]}}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return context_of_contract(load(tmp_path_factory.mktemp("contract"), CONTRACT))


@pytest.mark.parametrize("attack", SENDS)
def test_nothing_is_sent_to_a_host_that_nobody_named(attack: str, contract: Context) -> None:
    kind, values = SENDS[attack]
    for stack in ("dev", "prod"):
        assert RULE in refused_by(resource(kind, values, stack=stack), context=contract, rules=NAMED)
    inside = json.loads(
        json.dumps(values)
        .replace("collect.example.net", "hooks.acme.example")
        .replace("@example.net", "@acme.example")
        .replace("db.example.net", "db.acme.example")
    )
    if inside != values:
        assert RULE not in refused_by(resource(kind, inside), context=contract, rules=NAMED)


def _app(**used: object) -> dict[str, Any]:
    return {"name": "peek", "resources": [{"name": "r", **used}]}


APPS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "reads a secret of production": (
        types.APP,
        _app(secret={"scope": "s", "key": "k", "permission": "READ"}),
        PROD,
        "production-only-for-bound-groups",
    ),
    "reads production from development": (
        types.APP,
        _app(ucSecurable={"securableFullName": "acme_prod.s.t", "permission": "SELECT"}),
        DEV,
        "production-only-for-bound-groups",
    ),
    "all apps of a space": (
        types.APP_SPACE,
        _app(job={"id": "1", "permission": "CAN_MANAGE_RUN"}),
        PROD,
        "production-only-for-bound-groups",
    ),
    "edits a Genie space": (
        types.APP,
        _app(genieSpace={"spaceId": "1", "permission": "CAN_EDIT"}),
        DEV,
        "app-has-few-rights",
    ),
    "writes a volume": (
        types.APP,
        _app(ucSecurable={"securableFullName": "acme_dev.s.v", "permission": "WRITE_VOLUME"}),
        DEV,
        "app-has-few-rights",
    ),
    "edits an experiment, in a space": (
        types.APP_SPACE,
        _app(experiment={"experimentId": "1", "permission": "can_edit"}),
        DEV,
        "app-has-few-rights",
    ),
    "is a level of tomorrow": (
        types.APP,
        _app(app={"name": "other", "permission": "CAN_IMPERSONATE"}),
        DEV,
        "app-has-few-rights",
    ),
}


@pytest.mark.parametrize("attack", APPS)
@pytest.mark.parametrize("stack", ["dev", "mine"])
def test_an_app_is_no_way_to_rights(attack: str, stack: str, contract: Context) -> None:
    kind, values, host, rule = APPS[attack]
    assert rule in refused_by(resource(kind, values, stack=stack, provider={"host": host}), context=contract)


def test_an_app_that_the_platform_team_named_may_read_in_production(contract: Context) -> None:
    values = _app(sqlWarehouse={"id": "1", "permission": "CAN_USE"})
    one = resource(types.APP, values, stack="mine", provider={"host": PROD})
    rule = "production-only-for-bound-groups"
    assert rule in refused_by(one, context=contract)
    assert rule not in refused_by(one, context=contract, rules={rule: {"principals": ["app:peek"]}})


DEDICATED: dict[str, tuple[str, dict[str, Any]]] = {
    "a cluster": (types.CLUSTER, {"singleUserName": "WHO"}),
    "a job's cluster": (types.JOB, {"jobClusters": [{"newCluster": {"singleUserName": "WHO"}}]}),
    "a task's cluster": (types.JOB, {"tasks": [{"newCluster": {"singleUserName": "WHO"}}]}),
}
POLICIES = [
    {"type": "fixed", "value": "ada@example.com"},
    {"type": "allowlist", "values": ["g", "ada@example.com"]},
    {"type": "unlimited", "defaultValue": "ada@example.com"},
]


@pytest.mark.parametrize("attack", DEDICATED)
def test_compute_is_dedicated_to_nobody_whose_rights_it_would_have(attack: str, contract: Context) -> None:
    kind, values = DEDICATED[attack]

    def by(who: str, host: str) -> set[str]:
        told = json.loads(json.dumps(values).replace("WHO", who))
        return refused_by(resource(kind, told, stack="mine", provider={"host": host}), context=contract)

    assert "dedicated-compute-not-for-a-person" in by("ada@example.com", DEV)
    assert "production-only-for-bound-groups" in by(STRANGER, PROD)
    assert "production-only-for-bound-groups" in by("engineers-of-another", PROD)
    assert "production-only-for-bound-groups" not in by(STRANGER, DEV)


@pytest.mark.parametrize("element", POLICIES, ids=lambda one: one["type"])
def test_no_policy_dedicates_compute_to_a_person(element: dict[str, Any]) -> None:
    values = {"name": "p", "definition": json.dumps({"single_user_name": element})}
    assert "dedicated-compute-not-for-a-person" in refused_by(resource(types.CLUSTER_POLICY, values))


@pytest.mark.parametrize(
    ("kind", "values", "rule"),
    [
        (
            types.JOB,
            {"runAs": {"servicePrincipalName": "1"}, "gitSource": {"url": "u", "branch": "main"}},
            "production-code-is-pinned",
        ),
        (types.PIPELINE, {"development": True}, "production-pipeline-in-production-mode"),
    ],
)
def test_production_is_known_by_its_address_for_code_too(
    kind: str, values: dict[str, Any], rule: str, contract: Context
) -> None:
    one = resource(kind, values, stack="mine", provider={"host": PROD})
    found = judge([one], {"compliance": PACKS["compliance"], **GUARDRAILS}, lambda stack: contract, {})
    assert rule in {each.rule for each in found}
