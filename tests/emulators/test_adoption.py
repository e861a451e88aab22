"""What a killed run has made is found by what its declaration says, and nothing that belongs to another resource is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databricks.sdk.service import dashboards, sql
from databricks.sdk.service.sql import EndpointTagPair, EndpointTags

from rolecall.systems.databricks.adoption import Adoption
from tests.support.emulator import ServedEmulator, served

TYPES = "databricks:index/"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedEmulator]:
    with served() as running:
        for name, value in running.variables().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def adoption(emulator: ServedEmulator) -> Adoption:
    deployer = emulator.emulator.credentials.client_id
    return Adoption(emulator.account_host, emulator.emulator.account.id, deployer)


def test_objects_with_a_name_of_their_own_are_found_by_it(emulator: ServedEmulator, adoption: Adoption) -> None:
    client, host = emulator.workspace(), emulator.host("nonprod")
    path = f"/Users/{client.current_user.me().user_name}/trial"
    tags = EndpointTags(custom_tags=[EndpointTagPair("project", "churn")])
    made = {
        ("instancePool:InstancePool", "instancePoolName", "pool"): client.instance_pools.create(
            "pool", "i3.xlarge"
        ).instance_pool_id,
        ("clusterPolicy:ClusterPolicy", "name", "small"): client.cluster_policies.create(
            name="small", definition="{}"
        ).policy_id,
        ("sqlEndpoint:SqlEndpoint", "name", "reports"): client.warehouses.create(
            name="reports", cluster_size="2X-Small", max_num_clusters=1, tags=tags
        ).bind()["id"],
        ("mlflowExperiment:MlflowExperiment", "name", path): client.experiments.create_experiment(path).experiment_id,
    }
    client.secrets.create_scope("keys")
    made[("secretScope:SecretScope", "name", "keys")] = "keys"
    for (kind, field, name), identity in made.items():
        assert adoption.find(TYPES + kind, {field: name}, host, ()) == str(identity), kind
        assert adoption.find(TYPES + kind, {field: f"{name}-other"}, host, ()) is None, kind
        assert adoption.find(TYPES + kind, {field: name}, host, {str(identity)}) is None, "it belongs to another one"


def test_a_job_is_found_by_its_name_and_tags(emulator: ServedEmulator, adoption: Adoption) -> None:
    client, host = emulator.workspace(), emulator.host("nonprod")
    kind = f"{TYPES}job:Job"
    first, second = (
        str(client.jobs.create(name="[dev] train", tags={"project": project}).job_id) for project in ("churn", "fraud")
    )
    declared = {"name": "[dev] train", "tags": {"project": "fraud"}}
    assert adoption.find(kind, declared, host, ()) == second
    assert adoption.find(kind, declared, host, {second}) is None
    assert adoption.find(kind, {**declared, "tags": {"project": "churn"}}, host, ()) == first
    assert adoption.find(kind, {**declared, "tags": {"project": "other"}}, host, ()) is None


def test_what_somebody_else_made_is_not_taken_over(emulator: ServedEmulator, adoption: Adoption) -> None:
    client, host = emulator.workspace(), emulator.host("nonprod")
    client.cluster_policies.create(name="small", definition="{}")
    pool = client.instance_pools.create("pool", "i3.xlarge", custom_tags={"project": "fraud"}).instance_pool_id
    client.jobs.create(name="train", tags={})
    stranger = Adoption(emulator.account_host, emulator.emulator.account.id, "another principal")
    for kind, inputs in (
        ("clusterPolicy:ClusterPolicy", {"name": "small"}),
        ("job:Job", {"name": "train", "tags": {}}),
    ):
        assert adoption.find(TYPES + kind, inputs, host, ()) is not None
        assert stranger.find(TYPES + kind, inputs, host, ()) is None
    client.warehouses.create(name="reports", cluster_size="2X-Small", max_num_clusters=1)
    tags = {"customTags": [{"key": "project", "value": "churn"}]}
    warehouse = {"name": "reports", "tags": tags}
    assert adoption.find(f"{TYPES}sqlEndpoint:SqlEndpoint", warehouse, host, ()) is None, "it carries no mark"
    path = f"/Users/{client.current_user.me().user_name}/trial"
    client.experiments.create_experiment(path)
    client.secrets.create_scope("keys")
    for kind, name in (("mlflowExperiment:MlflowExperiment", path), ("secretScope:SecretScope", "keys")):
        assert adoption.find(TYPES + kind, {"name": name}, host, ()) is not None
        assert stranger.find(TYPES + kind, {"name": name}, host, ()) is None, "another principal made it"
    declared = {"instancePoolName": "pool", "customTags": {"project": "churn"}}
    kind = f"{TYPES}instancePool:InstancePool"
    assert adoption.find(kind, declared, host, ()) is None, "its tags are another project's"
    assert adoption.find(kind, {**declared, "customTags": {"project": "fraud"}}, host, ()) == pool


def test_what_is_known_by_a_display_name_alone_is_taken_over_from_its_maker_only(
    emulator: ServedEmulator, adoption: Adoption
) -> None:
    client, host = emulator.workspace(), emulator.host("nonprod")
    stranger = Adoption(emulator.account_host, emulator.emulator.account.id, "another principal")
    dashboard = client.lakeview.create(dashboards.Dashboard(display_name="cards", serialized_dashboard="{}"))
    query = client.queries.create(query=sql.CreateQueryRequestQuery(display_name="cards", query_text="SELECT 1"))
    for kind, identity in (("dashboard:Dashboard", dashboard.dashboard_id), ("query:Query", query.id)):
        assert adoption.find(TYPES + kind, {"displayName": "cards"}, host, ()) == identity
        assert stranger.find(TYPES + kind, {"displayName": "cards"}, host, ()) is None, "another principal made it"


def test_principals_are_found_in_the_account(emulator: ServedEmulator, adoption: Adoption) -> None:
    principals = emulator.account().service_principals
    made = str(principals.create(display_name="trainer", external_id="rolecall:acme:dev:churn:trainer").id)
    kind = f"{TYPES}servicePrincipal:ServicePrincipal"
    assert adoption.find(kind, {"externalId": "rolecall:acme:dev:churn:trainer"}, None, ()) == made
    assert adoption.find(kind, {"externalId": ""}, None, ()) is None
    group = f"{TYPES}group:Group"
    empty = str(emulator.account().groups.create(display_name="new").id)
    assert adoption.find(group, {"displayName": "engineers"}, None, ()) is None, "it is the identity provider's"
    declared = {"displayName": "engineers", "externalId": "00g-engineers"}
    assert adoption.find(group, declared, None, ()) == emulator.id_of("engineers")
    assert adoption.find(group, {"displayName": "new"}, None, ()) == empty
    emulator.emulator.account.principals[empty].members.append(made)
    adoption = Adoption(emulator.account_host, emulator.emulator.account.id, emulator.emulator.credentials.client_id)
    assert adoption.find(group, {"displayName": "new"}, None, ()) is None, "it has members"


def test_what_is_written_whole_need_not_be_found(emulator: ServedEmulator, adoption: Adoption) -> None:
    host = emulator.host("nonprod")
    assert adoption.find(f"{TYPES}permissions:Permissions", {"jobId": "1"}, host, ()) is None
    assert adoption.find(f"{TYPES}schema:Schema", {"catalogName": "none", "name": "none"}, host, ()) is None
    assert adoption.find("rolecall:okta:Group", {"name": "x"}, None, ()) is None
