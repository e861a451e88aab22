"""What the contract does not name, and how it reaches what the contract has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, listed
from rolecall.contract.contract import Contract
from rolecall.errors import ObjectMissing, RequestRejected, SystemRefused, SystemUnreachable
from rolecall.systems.conductor.ways import workflows_of_others
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.ways.account import policies_of_account, policies_of_principal
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.harness.ways import own_account
from rolecall.systems.prefect.ways import automations_of

KNOWN = Identities(
    principals={"app-1": "service principal churn/trainer in dev", "41": "service principal churn/trainer in dev"}
    | {"app-0": "the deployer"},
    groups={"engineers": "group engineers"},
    scopes=frozenset({"dev-churn-payments"}),
    data=frozenset({"acme_dev", "acme_dev.churn_features"}),
    deployer="app-0",
    administrators=frozenset({"ada@example.com", "app-0"}),
)


@pytest.mark.parametrize(
    ("item", "uses"),
    [
        ({"run_as_user_name": "app-1"}, ["runs as service principal churn/trainer in dev"]),
        ({"settings": {"run_as": {"group_name": "engineers"}}}, ["runs as group engineers"]),
        ({"service_principal_id": 41}, ["runs as service principal churn/trainer in dev"]),
        ({"creator_user_name": "app-0", "owner": "app-0"}, []),
        ({"run_as_user_name": "app-0"}, ["runs as the deployer"]),
        ({"creator": "app-1"}, ["was created by service principal churn/trainer in dev"]),
        (
            {"tasks": [{"env": {"K": "x {{secrets/dev-churn-payments/key}}"}}]},
            ["reads secrets of dev-churn-payments"],
        ),
        ({"env": "{{secrets/somebody-elses/key}}"}, []),
        ({"query_text": "select secret('dev-churn-payments', 'key')"}, ["reads secrets of dev-churn-payments"]),
        ({"query_text": 'select try_secret( "dev-churn-payments", "k")'}, ["reads secrets of dev-churn-payments"]),
        ({"text": "secret(key => 'k', scope => 'dev-churn-payments')"}, ["reads secrets of dev-churn-payments"]),
        ({"query_text": "select secret('other', 'dev-churn-payments')"}, []),
        ({"resources": [{"secret": {"scope": "dev-churn-payments"}}]}, ["reads secrets of dev-churn-payments"]),
        ({"name": "nightly", "catalog": "main", "run_as_user_name": "ben@example.com"}, []),
    ],
)
def test_an_answer_is_searched_for_all_that_the_contract_has(item: Any, uses: list[str]) -> None:
    assert KNOWN.uses(item) == uses


@pytest.mark.parametrize(
    ("item", "reads"),
    [
        ({"query_text": "SELECT * FROM ACME_DEV.churn_features.t"}, ["acme_dev.churn_features"]),
        ({"query_text": "select * from acme_dev.churn_features_old.t"}, []),
        ({"query_text": "select * from `acme_dev`.`churn_features`.t"}, ["acme_dev.churn_features"]),
        ({"query_text": "select * from acme_dev .\n churn_features . t"}, ["acme_dev.churn_features"]),
        ({"query_text": "select * from acme_dev/* x */./**/churn_features.t"}, ["acme_dev.churn_features"]),
        ({"query_text": "select 1 -- a\nfrom acme_dev -- b\n . churn_features.t"}, ["acme_dev.churn_features"]),
        ({"query_text": "select '/*' from acme_dev.churn_features.t"}, ["acme_dev.churn_features"]),
        ({"query_text": "select '/*', x from acme_dev.churn_features.t where y = '*/'"}, ["acme_dev.churn_features"]),
        ({"query_text": "select 'x--', y from acme_dev -- z\n.churn_features.t"}, ["acme_dev.churn_features"]),
        ({"query_text": "select * from acme_dev/*/ */.churn_features"}, ["acme_dev.churn_features"]),
        ({"query_text": "select * from acme_dev /*/.churn_features"}, []),
        ({"query_text": "acme_dev/*" * 20_000}, []),
        ({"query_text": "acme_dev/*" * 20_000 + "*/"}, []),
        ({"query_text": "acme_dev --" * 20_000}, []),
        ({"query_text": "acme_dev" + " " * 100_000 + "churn_features"}, []),
        ({"query_text": "select '--', x from acme_dev -- y\n.churn_features.t"}, ["acme_dev.churn_features"]),
        ({"query_text": 'select * from "acme_dev"."churn_features".t'}, ["acme_dev.churn_features"]),
        ({"text": '{"q": "select * from \\"acme_dev\\".\\"churn_features\\".t"}'}, ["acme_dev.churn_features"]),
        ({"query_text": "select acme_dev, 'a. churn_features' from x"}, []),
        ({"query_text": "USE CATALOG `acme_dev`; select * from churn_features.t"}, ["acme_dev"]),
        ({"query_text": "use acme_dev; select 1"}, ["acme_dev"]),
        ({"query_text": "select * from acme_dev_old.t"}, []),
        ({"catalog": "acme_dev"}, ["acme_dev"]),
        ({"name": "acme_dev nightly"}, []),
    ],
)
def test_data_is_found_by_its_full_name(item: Any, reads: list[str]) -> None:
    assert KNOWN.reads(item) == reads
    assert KNOWN.uses(item) == []


def test_administrators_are_known_by_any_of_their_names() -> None:
    assert KNOWN.is_administrator("42", "Ada@Example.com")
    assert not KNOWN.is_administrator("ben@example.com", "")


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (SystemRefused("no"), "refused"),
        (SystemUnreachable("no"), "refused"),
        (RequestRejected("no", code="INVALID_PARAMETER_VALUE"), "refused"),
        (RequestRejected("no", code="FEATURE_DISABLED"), "not_read"),
        (ObjectMissing("no", status=404), "refused"),
        (ObjectMissing("no", status=404, code="RESOURCE_DOES_NOT_EXIST"), "refused"),
        (ObjectMissing("no", status=404, code="ENDPOINT_NOT_FOUND"), "not_read"),
    ],
)
def test_a_way_that_cannot_be_read_is_reported(error: Exception, kept: str) -> None:
    def read() -> Iterator[Unmanaged]:
        yield Unmanaged("something")
        raise error

    ways = Ways()
    ways.collect("apps", lambda: [*read()])
    assert ways.observation_fields()["others"] == (), "half a list says nothing"
    assert len(ways.observation_fields()[kept]) == 1
    assert ways.observation_fields()[kept][0].startswith("apps: ")


def test_a_missing_list_is_a_missing_feature() -> None:
    def missing() -> Iterator[Unmanaged]:
        raise ObjectMissing("no such page", status=404, code="NOT_FOUND")
        yield

    ways = Ways()
    ways.collect("clean rooms", lambda: listed(missing))
    assert ways.not_read == ["clean rooms: no such page"]
    assert ways.refused == []


class _Policies(Reader):
    """Answers one federation policy."""

    def __init__(self, oidc: dict[str, Any]) -> None:
        self._oidc = oidc

    def every(self, path: str, items: str, /, **query: str | int) -> Iterator[dict[str, Any]]:
        assert items == "policies"
        yield {"policy_id": "ci", "oidc_policy": self._oidc}


CI = {"issuer": "https://ci.example", "subject": "repo:acme/fraud", "audiences": ["databricks"]}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, []),
        ({"subject_claim": "sub"}, []),
        ({"subject_claim": "actor"}, ["by the claim actor"]),
        ({"jwks_json": "{}"}, ["signed with a key that the policy holds"]),
        ({"jwks_uri": "https://elsewhere.example/keys"}, ["signed with a key of https://elsewhere.example/keys"]),
        ({"subject": "repo:acme/other"}, ["lets repo:acme/other of https://ci.example act as"]),
    ],
)
def test_a_policy_is_the_contracts_only_with_its_issuers_keys_and_claim(more: dict[str, str], says: list[str]) -> None:
    declared = {("https://ci.example", "repo:acme/fraud", "databricks")}
    reader = _Policies({**CI, **more})
    found = [*policies_of_principal(reader, "", {"app-1": "41"}, "app-1", "trainer", declared)]
    assert len(found) == len(says)
    assert all(text in one.reaches for one, text in zip(found, says, strict=True))


@pytest.mark.parametrize(
    ("oidc", "is_named"),
    [
        ({"issuer": "https://acme.okta.example"}, False),
        ({"issuer": "https://acme.okta.example", "jwks_json": "{}"}, True),
        (CI, True),
    ],
)
def test_only_the_identity_provider_signs_people_in_to_the_account(oidc: dict[str, Any], is_named: bool) -> None:
    found = [*policies_of_account(_Policies(oidc), "", "https://acme.okta.example")]
    assert bool(found) is is_named


@pytest.mark.parametrize(
    ("task", "reaches"),
    [
        ({"name": "http"}, ""),
        ({"name": "trainer"}, "hands work to the worker of trainer"),
        ({"name": "sub", "subWorkflowParam": {"name": "dev.train"}}, "starts workflow dev.train"),
        ({"name": "start", "inputParameters": {"startWorkflow": {"name": "dev.train"}}}, "starts workflow dev.train"),
        ({"name": "sub", "subWorkflowParam": {"name": "other"}}, ""),
        (
            {"name": "sub", "subWorkflowParam": {"name": "${workflow.input.which}"}},
            "starts any workflow, by the name in ${workflow.input.which}",
        ),
        ({"name": "loop", "loopOver": [{"name": "trainer", "taskReferenceName": "b"}]}, "hands work to the worker of"),
    ],
)
def test_a_workflow_of_others_is_named_for_what_it_runs_of_the_contract(task: dict[str, Any], reaches: str) -> None:
    own = {"name": "dev.train", "tasks": [{"name": "trainer", "taskReferenceName": "run"}]}
    other = {"name": "other", "tasks": [{"taskReferenceName": "a", **task}]}
    (found,) = workflows_of_others({"dev.train": own, "other": other}, ["dev.train"])
    assert found.thing == "workflow other"
    assert (found.reaches or "").startswith(reaches)
    assert bool(found.reaches) is bool(reaches)


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ({"type": "change-flow-run-state", "state": "CRASHED"}, []),
        ({"type": "run-deployment", "deployment_id": "d-1"}, ["automation forged"]),
    ],
)
def test_an_automation_with_a_forged_mark_is_named(
    action: dict[str, Any], named: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    forged = {"id": "a", "name": "forged", "description": "x [rolecall:acme:dev:job:fraud:train]", "actions": [action]}
    monkeypatch.setattr("rolecall.systems.prefect.ways.every", lambda _path: iter([forged]))
    contract = Contract.model_construct(organization="acme")
    assert [one.thing for one in automations_of(contract, ["d-1"]) if one.reaches] == named


@pytest.mark.parametrize(
    ("holders", "own"),
    [
        (["SERVICE_ACCOUNT/rolecall", "USER/ada"], "SERVICE_ACCOUNT/rolecall"),
        (["SERVICE_ACCOUNT/rolecall", "SERVICE_ACCOUNT/rolecall"], "SERVICE_ACCOUNT/rolecall"),
        (["SERVICE_ACCOUNT/rolecall", "SERVICE_ACCOUNT/shadow"], ""),
        (["USER/ada"], ""),
    ],
)
def test_only_a_single_service_account_is_taken_for_rolecalls_own(
    holders: list[str], own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_PLATFORM_API_KEY", "sat.account.id.secret")
    assert own_account(holders) == own
    monkeypatch.setenv("HARNESS_PLATFORM_API_KEY", "pat.account.id.secret")
    assert own_account(holders) == "", "a person's token is of no service account"
