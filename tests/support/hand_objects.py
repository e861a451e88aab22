"""Objects of a workspace, made by hand through the vendor's client: each maker returns the id that permissions use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from databricks.sdk import WorkspaceClient
from databricks.sdk.service import apps, compute, dashboards, database, pipelines, sql, vectorsearch

from rolecall.ids.verbs import Kind


class World(Protocol):
    """The world in which objects are made.

    Attributes:
        workspace: the vendor's client of the workspace.
    """

    workspace: WorkspaceClient

    @property
    def application(self) -> str:
        """The application id of the project's service principal."""


def _pipeline(world: World, name: str) -> str:
    made = world.workspace.pipelines.create(
        name=name,
        catalog="acme",
        schema="fraud_scores",
        serverless=True,
        libraries=[pipelines.PipelineLibrary(file=pipelines.FileLibrary(path="/Workspace/refine.sql"))],
        run_as=pipelines.RunAs(service_principal_name=world.application),
    )
    return str(made.pipeline_id)


def _cluster(world: World, name: str) -> str:
    made = world.workspace.clusters.create(
        cluster_name=name,
        spark_version="16.4.x-scala2.12",
        node_type_id="m5d.large",
        num_workers=1,
        data_security_mode=compute.DataSecurityMode.USER_ISOLATION,
    )
    return str(made.cluster_id)


def _query(world: World, name: str) -> str:
    made = world.workspace.queries.create(
        query=sql.CreateQueryRequestQuery(display_name=name, query_text="SELECT 1", run_as_mode=sql.RunAsMode.VIEWER)
    )
    return str(made.id)


def _alert(world: World, name: str) -> str:
    source = sql.AlertV2OperandColumn(name="late")
    threshold = sql.AlertV2Operand(value=sql.AlertV2OperandValue(double_value=1))
    made = world.workspace.alerts_v2.create_alert(
        sql.AlertV2(
            display_name=name,
            query_text="SELECT 1 AS late",
            warehouse_id="w",
            evaluation=sql.AlertV2Evaluation(
                source=source, comparison_operator=sql.ComparisonOperator.GREATER_THAN, threshold=threshold
            ),
            schedule=sql.CronSchedule(quartz_cron_schedule="0 0 6 * * ?", timezone_id="UTC"),
            run_as=sql.AlertV2RunAs(service_principal_name=world.application),
        )
    )
    return str(made.id)


def _dashboard(world: World, name: str) -> str:
    made = world.workspace.lakeview.create(
        dashboards.Dashboard(display_name=name, serialized_dashboard="{}", warehouse_id="w")
    )
    world.workspace.lakeview.publish(str(made.dashboard_id), embed_credentials=False)
    return str(made.dashboard_id)


def _app(world: World, name: str) -> str:
    world.workspace.apps.create(apps.App(name=name), no_compute=True)
    return name


def _vector_search_endpoint(world: World, name: str) -> str:
    world.workspace.vector_search_endpoints.create_endpoint(name, vectorsearch.EndpointType.STANDARD)
    return str(world.workspace.vector_search_endpoints.get_endpoint(name).id)


def _database_instance(world: World, name: str) -> str:
    world.workspace.database.create_database_instance(database.DatabaseInstance(name=name, capacity="CU_1"))
    return name


MAKERS: Mapping[Kind, Callable[[World, str], str]] = {
    Kind.PIPELINE: _pipeline,
    Kind.CLUSTER: _cluster,
    Kind.QUERY: _query,
    Kind.ALERT: _alert,
    Kind.DASHBOARD: _dashboard,
    Kind.APP: _app,
    Kind.VECTOR_SEARCH_ENDPOINT: _vector_search_endpoint,
    Kind.DATABASE_INSTANCE: _database_instance,
}
