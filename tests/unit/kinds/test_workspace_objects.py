"""Clusters, queries, alerts, dashboards and apps: what they name, as whom they act, and what jobs do with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rolecall.access.effective import effective
from rolecall.access.grant import Grant
from rolecall.access.graph.escalations import Escalation, escalations
from rolecall.access.graph.graph import build
from rolecall.access.graph.powers import powers_of
from rolecall.errors import InvalidContract
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import BY_NAME
from rolecall.slices.moves import wishes
from tests.support.contracts import CONTRACT, compiled, load
from tests.support.declared import declared

OBJECTS = """\
    warehouses: {reports: {}}
    clusters:
      explore: {runtime: 16.4.x-scala2.12, node_type: m5d.large}
    queries: {late: {text: SELECT 1, warehouse: reports}}
    alerts:
      slow: {run_as: trainer, text: SELECT 1 AS n, warehouse: reports, column: n, threshold: 2, schedule: "0 0 6 * * ?"}
    dashboards: {sales: {definition: {pages: []}, warehouse: reports}}
    apps: {desk: {}}
    vector_search_endpoints: {search: {}}
    database_instances: {online: {}}
"""
WHOLE = CONTRACT + OBJECTS
ENGINEERS, ANALYSTS = GroupId("engineers"), GroupId("analysts")
TRAINER = ServicePrincipalId("prod", "churn", "trainer")


def object_of(kind: Kind, key: str) -> ObjectId:
    return ObjectId("prod", kind, "churn", key)


CLUSTER = object_of(Kind.CLUSTER, "explore")
QUERY, ALERT = object_of(Kind.QUERY, "late"), object_of(Kind.ALERT, "slow")
DASHBOARD = object_of(Kind.DASHBOARD, "sales")


def found(folder: Path, text: str, *grants: Grant) -> list[Escalation]:
    return escalations(load(folder, text).contract, effective(grants))


def pairs(folder: Path, text: str, *grants: Grant) -> list[tuple[object, object]]:
    return [(one.of, one.acting_as) for one in found(folder, text, *grants)]


@pytest.mark.parametrize(
    ("change", "identity"),
    [
        (("node_type: m5d.large}", "pool: none}"), "unknown-instance-pool"),
        (("node_type: m5d.large}", "node_type: m5d.large, policy: none}"), "unknown-cluster-policy"),
        (("node_type: m5d.large}", "node_type: m5d.large, pool: none}"), "wrong-value"),
        (("node_type: m5d.large}", "node_type: m5d.large, access_mode: dedicated}"), "wrong-value"),
        (("node_type: m5d.large}", "node_type: m5d.large, run_as: trainer}"), "wrong-value"),
        (("node_type: m5d.large}", "node_type: m5d.large, workers: 3, max_workers: 2}"), "wrong-value"),
        (("text: SELECT 1, warehouse: reports", "text: SELECT 1, warehouse: none"), "unknown-warehouse"),
        (("{run_as: trainer, text", "{run_as: none, text"), "unknown-service-principal"),
        (("{definition: {pages: []}, warehouse: reports}", "{definition: {}, warehouse: reports}"), "wrong-value"),
        (("{pages: []}, warehouse: reports", "{pages: []}, warehouse: none"), "unknown-warehouse"),
        (("warehouses: {reports: {}}", "warehouses: {reports: {in: [prod]}}"), "not-in-environment"),
    ],
)
def test_what_they_name_has_to_be_there(tmp_path: Path, change: tuple[str, str], identity: str) -> None:
    assert change[0] in WHOLE
    with pytest.raises(InvalidContract) as refused:
        load(tmp_path, WHOLE.replace(*change))
    assert {problem.id for problem in refused.value.problems} == {identity}
    assert all(problem.place for problem in refused.value.problems)


def test_a_cluster_takes_what_its_policy_fixes(tmp_path: Path) -> None:
    text = WHOLE.replace("node_type: m5d.large}", "node_type: m5d.large, policy: small, spark_conf: {a: b}}")
    (cluster,) = declared(compiled(tmp_path, text), "prod.churn").of("databricks:index/cluster:Cluster").values()
    assert cluster["policyId"] == "id-churn-small"
    assert cluster["autoterminationMinutes"] == 30
    assert cluster["customTags"]["project"] == "churn"
    assert (cluster["dataSecurityMode"], cluster["isPinned"], cluster["noWait"]) == ("USER_ISOLATION", True, True)
    assert cluster["sparkConf"] == {"a": "b"}
    plain = declared(compiled(tmp_path, WHOLE), "prod.churn").of("databricks:index/cluster:Cluster")["churn-explore"]
    assert (plain["autoterminationMinutes"], plain["numWorkers"]) == (60, 1)


def test_a_cluster_of_one_principal_runs_as_it(tmp_path: Path) -> None:
    text = WHOLE.replace("node_type: m5d.large}", "node_type: m5d.large, access_mode: dedicated, run_as: trainer}")
    (cluster,) = declared(compiled(tmp_path, text), "prod.churn").of("databricks:index/cluster:Cluster").values()
    assert (cluster["dataSecurityMode"], cluster["singleUserName"]) == ("SINGLE_USER", "app-churn-trainer")
    assert pairs(tmp_path, text, Grant(CLUSTER, ENGINEERS, Verb.MANAGE)) == [(ENGINEERS, TRAINER)]
    assert pairs(tmp_path, text, Grant(CLUSTER, ENGINEERS, Verb.RUN)) == []


def test_who_attaches_without_isolation_acts_as_all_others_who_attach(tmp_path: Path) -> None:
    text = WHOLE.replace("node_type: m5d.large}", "node_type: m5d.large, access_mode: no-isolation}")
    grants = [Grant(CLUSTER, ENGINEERS, Verb.RUN), Grant(CLUSTER, TRAINER, Verb.RUN)]
    assert (ENGINEERS, TRAINER) in pairs(tmp_path, text, *grants)
    assert pairs(tmp_path, WHOLE, *grants) == [], "with isolation they do not"
    manages = [Grant(CLUSTER, ENGINEERS, Verb.MANAGE), Grant(CLUSTER, TRAINER, Verb.RUN)]
    assert pairs(tmp_path, WHOLE, *manages) == [(ENGINEERS, TRAINER)], "who edits the cluster may end the isolation"


def test_the_graph_has_the_step_between_those_who_attach(tmp_path: Path) -> None:
    contract = load(tmp_path, WHOLE.replace("m5d.large}", "m5d.large, access_mode: no-isolation}")).contract
    deployer = DeployerId(contract.databricks.deployer)
    access = effective(
        [Grant(CLUSTER, ENGINEERS, Verb.RUN), Grant(CLUSTER, ANALYSTS, Verb.RUN), Grant(CLUSTER, deployer, Verb.MANAGE)]
    )
    graph = build(powers_of(contract), access)
    reached = graph.reached([graph.actors[ANALYSTS]])
    assert graph.actors[ENGINEERS] in reached
    assert graph.actors[deployer] not in reached, "the trusted work elsewhere"


def test_who_edits_an_alert_acts_as_its_principal_and_a_query_only_steers_jobs(tmp_path: Path) -> None:
    assert pairs(tmp_path, WHOLE, Grant(ALERT, ENGINEERS, Verb.EDIT)) == [(ENGINEERS, TRAINER)]
    assert pairs(tmp_path, WHOLE, Grant(ALERT, ENGINEERS, Verb.RUN)) == []
    assert pairs(tmp_path, WHOLE, Grant(QUERY, ENGINEERS, Verb.MANAGE)) == []
    warehouse = object_of(Kind.WAREHOUSE, "reports")
    assert compiled(tmp_path, WHOLE).access[warehouse][TRAINER] is Verb.RUN


def test_who_edits_a_dashboard_with_embedded_credentials_acts_as_its_publisher(tmp_path: Path) -> None:
    embedded = WHOLE.replace("{definition: {pages: []},", "{definition: {pages: []}, embed_credentials: true,")
    deployer = DeployerId(load(tmp_path, embedded).contract.databricks.deployer)
    (one,) = found(tmp_path, embedded, Grant(DASHBOARD, ENGINEERS, Verb.EDIT))
    assert (one.of, one.acting_as, one.needs_acceptance) == (ENGINEERS, deployer, True)
    assert found(tmp_path, WHOLE, Grant(DASHBOARD, ENGINEERS, Verb.EDIT)) == []


def test_a_dashboard_embeds_no_credentials_by_default_although_the_provider_would(tmp_path: Path) -> None:
    (one,) = declared(compiled(tmp_path, WHOLE), "prod.churn").of("databricks:index/dashboard:Dashboard").values()
    assert one["embedCredentials"] is False
    assert json.loads(one["serializedDashboard"]) == {"pages": []}


def test_a_query_never_runs_as_its_owner_and_is_declared_in_the_providers_words(tmp_path: Path) -> None:
    text = WHOLE.replace("  viewer: [", "  viewer: [{may: view, kind: query}, ")
    recorder = declared(compiled(tmp_path, text), "prod.churn")
    (query,) = recorder.of("databricks:index/query:Query").values()
    assert query["runAsMode"] == "VIEWER"
    lists = recorder.of("databricks:index/permissions:Permissions").values()
    (entries,) = (one["accessControls"] for one in lists if "sqlQueryId" in one)
    assert {one.get("groupName"): one["permissionLevel"] for one in entries}["analysts"] == "CAN_VIEW"


TASKS = """\
      nightly:
        run_as: trainer
        tasks:
          - task_key: ask
            sql_task: {query: {query_id: "${resources.queries.late.id}"}, warehouse_id: "1"}
          - task_key: warn
            alert_task: {alert_id: "${resources.alerts.slow.id}"}
          - {task_key: show, dashboard_task: {dashboard_id: "${resources.dashboards.sales.id}"}}
          - task_key: work
            existing_cluster_id: ${resources.clusters.explore.id}
            spark_python_task: {python_file: /Workspace/Shared/work.py}
"""


def test_jobs_name_them_and_their_principal_may_use_them(tmp_path: Path) -> None:
    text = CONTRACT + TASKS + OBJECTS
    result = compiled(tmp_path, text)
    job = declared(result, "prod.churn").of("databricks:index/job:Job")["churn-nightly"]
    tasks = {one["taskKey"]: one for one in job["tasks"]}
    assert tasks["ask"]["sqlTask"]["query"] == {"queryId": "id-churn-late"}
    assert tasks["warn"]["alertTask"] == {"alertId": "id-churn-slow"}
    assert tasks["show"]["dashboardTask"] == {"dashboardId": "id-churn-sales"}
    assert tasks["work"]["existingClusterId"] == "id-churn-explore"
    assert all(result.access[one][TRAINER] is Verb.RUN for one in (QUERY, ALERT, DASHBOARD, CLUSTER))
    assert pairs(tmp_path, text, Grant(QUERY, ENGINEERS, Verb.EDIT)) == [(ENGINEERS, TRAINER)]
    assert pairs(tmp_path, text, Grant(DASHBOARD, ENGINEERS, Verb.EDIT)) == [(ENGINEERS, TRAINER)]


@pytest.mark.parametrize(
    ("token", "listed_by"),
    [
        ("databricks:index/app:App", "appName"),
        ("databricks:index/vectorSearchEndpoint:VectorSearchEndpoint", "vectorSearchEndpointId"),
        ("databricks:index/databaseInstance:DatabaseInstance", "databaseInstanceName"),
    ],
)
def test_what_is_known_by_its_name_is_listed_by_it(tmp_path: Path, token: str, listed_by: str) -> None:
    recorder = declared(compiled(tmp_path, WHOLE), "prod.churn")
    (one,) = recorder.of(token).values()
    assert one["name"].startswith("prod-churn-")
    lists = recorder.of("databricks:index/permissions:Permissions").values()
    assert sum(listed_by in each for each in lists) == 1


WITH_DATA = (
    WHOLE.replace("{workspace: nonprod}", "{workspace: nonprod, catalog: acme_dev}")
    .replace("{workspace: prod, protected: true}", "{workspace: prod, protected: true, catalog: acme_prod}")
    .replace("    warehouses:", "    datasets: {cards: {}}\n    warehouses:")
)
CARDS = "${resources.datasets.cards.name}"
READING = (
    WITH_DATA.replace("text: SELECT 1, ware", f'text: "TABLE {CARDS}.a", ware')
    .replace("text: SELECT 1 AS n,", f'text: "TABLE {CARDS}.b",')
    .replace("{pages: []}", f'{{pages: ["{CARDS}.a"]}}')
)


def test_sql_names_the_schemas_of_the_environment(tmp_path: Path) -> None:
    recorder = declared(compiled(tmp_path, READING), "prod.churn")
    (query,) = recorder.of("databricks:index/query:Query").values()
    (alert,) = recorder.of("databricks:index/alertV2:AlertV2").values()
    (dashboard,) = recorder.of("databricks:index/dashboard:Dashboard").values()
    assert query["queryText"] == "TABLE acme_prod.churn_cards.a"
    assert alert["queryText"] == "TABLE acme_prod.churn_cards.b"
    assert json.loads(dashboard["serializedDashboard"]) == {"pages": ["acme_prod.churn_cards.a"]}
    with pytest.raises(InvalidContract) as refused:
        load(tmp_path, READING.replace("datasets.cards.name", "datasets.none.name"))
    assert [problem.id for problem in refused.value.problems] == ["unknown-dataset"] * 3


@pytest.mark.parametrize("named", [CARDS, "acme_prod.churn_cards"])
def test_who_views_a_dashboard_with_embedded_credentials_views_its_data(tmp_path: Path, named: str) -> None:
    text = READING.replace(CARDS, named).replace("warehouse: reports}}\n    apps", "warehouse: reports, @}}\n    apps")
    cards = object_of(Kind.DATASET, "cards")
    for embeds in (True, False):
        contract = load(tmp_path, text.replace("@", f"embed_credentials: {str(embeds).lower()}")).contract
        graph = build(powers_of(contract), effective([Grant(DASHBOARD, ANALYSTS, Verb.VIEW)]))
        seen = graph.rights.get(cards, {}).get("view")
        assert (seen in graph.reached([graph.actors[ANALYSTS]])) is embeds


@pytest.mark.parametrize(
    ("kind", "old"),
    [
        (Kind.CLUSTER, "explore: {"),
        (Kind.QUERY, "late: {text"),
        (Kind.ALERT, "slow: {"),
        (Kind.DASHBOARD, "sales: {"),
        (Kind.APP, "desk: {"),
        (Kind.VECTOR_SEARCH_ENDPOINT, "search: {"),
        (Kind.DATABASE_INSTANCE, "online: {"),
    ],
)
def test_a_renamed_object_is_taken_over_with_its_list(tmp_path: Path, kind: Kind, old: str) -> None:
    key, brace, rest = old.partition(": {")
    separator = "" if rest == "" and f"{old}}}" in WHOLE else ", "
    text = WHOLE.replace(old, f"renamed{brace}renamed_from: {key}{separator}{rest}")
    (wish,) = [one for one in wishes(compiled(tmp_path, text)) if one.take_over.stack == "prod.churn"]
    assert wish.take_over.type == BY_NAME[kind].component
    assert (wish.take_over.name, wish.take_over.sources[0].name) == ("churn-renamed", f"churn-{key}")
