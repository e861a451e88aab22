"""Lists of what a workspace has that runs or shows something, and may do so with the contract's rights or data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Listing:
    """A list request of a workspace.

    Attributes:
        noun: the singular noun of its items.
        path: the path of the list.
        items: the key of its items in the response.
        id: the field with the id.
        name: dotted path of the name.
        get: the path of one item; set where the list omits who it runs as or the data it reads.
        command: the command that deletes one.
        shows: the access that it grants to the contract's data, with {data}; empty if it reads with the
            caller's rights.
        permissions: what the permissions API calls them; empty for those without permissions.
        inner: paths of what lies in an item and may name data or principals, with {id}, each with the key of its items.
    """

    noun: str
    path: str
    items: str
    id: str
    name: str
    command: str
    get: str = ""
    shows: str = ""
    permissions: str = ""
    inner: tuple[tuple[str, str], ...] = ()

    @property
    def plural(self) -> str:
        """The plural noun."""
        return f"{self.noun[:-1]}ies" if self.noun.endswith("y") else f"{self.noun}s"


LISTINGS = (
    Listing(
        "pipeline",
        "/api/2.0/pipelines",
        "statuses",
        "pipeline_id",
        "name",
        "pipelines delete",
        get="/api/2.0/pipelines/{id}",
        permissions="pipelines",
    ),
    Listing(
        "app",
        "/api/2.0/apps",
        "apps",
        "name",
        "name",
        "apps delete",
        shows="gives its own principal access to {data}",
        permissions="apps",
    ),
    Listing(
        "serving endpoint",
        "/api/2.0/serving-endpoints",
        "endpoints",
        "name",
        "name",
        "serving-endpoints delete",
        get="/api/2.0/serving-endpoints/{id}",
        # https://docs.databricks.com/en/machine-learning/model-serving/create-manage-serving-endpoints.html
        shows="serves {data} as its creator",
        permissions="serving-endpoints",
    ),
    Listing(
        "dashboard",
        "/api/2.0/lakeview/dashboards",
        "dashboards",
        "dashboard_id",
        "display_name",
        "lakeview trash",
        get="/api/2.0/lakeview/dashboards/{id}",
        permissions="dashboards",
    ),
    Listing("query", "/api/2.0/sql/queries", "results", "id", "display_name", "queries delete", permissions="queries"),
    Listing(
        "alert", "/api/2.0/alerts", "alerts", "id", "display_name", "alerts-v2 trash-alert", permissions="alertsv2"
    ),
    Listing("legacy alert", "/api/2.0/sql/alerts", "results", "id", "display_name", "alerts delete"),
    Listing(
        "Genie space",
        "/api/2.0/genie/spaces",
        "spaces",
        "space_id",
        "title",
        "genie trash-space",
        get="/api/2.0/genie/spaces/{id}?include_serialized_space=true",
        permissions="genie",
    ),
    Listing(
        "vector search endpoint",
        "/api/2.0/vector-search/endpoints",
        "endpoints",
        "name",
        "name",
        "vector-search-endpoints delete-endpoint",
    ),
    # https://docs.databricks.com/en/oltp/instances/sync-data/sync-table.html
    Listing(
        "database instance",
        "/api/2.0/database/instances",
        "database_instances",
        "name",
        "name",
        "database delete-database-instance",
        shows="copies {data} for everybody who may use it",
        inner=(
            ("/api/2.0/database/instances/{id}/synced_tables", "synced_tables"),
            ("/api/2.0/database/instances/{id}/roles", "database_instance_roles"),
        ),
        permissions="database-instances",
    ),
    # https://docs.databricks.com/api/workspace/cleanroomassets
    Listing(
        "clean room",
        "/api/2.0/clean-rooms",
        "clean_rooms",
        "name",
        "name",
        "clean-rooms delete",
        shows="shares {data} with its collaborators",
        inner=(("/api/2.0/clean-rooms/{id}/assets", "assets"),),
    ),
    Listing(
        "knowledge assistant",
        "/api/2.1/knowledge-assistants",
        "knowledge_assistants",
        "id",
        "display_name",
        "knowledge-assistants delete-knowledge-assistant",
        permissions="knowledge-assistants",
    ),
    Listing(
        "supervisor agent",
        "/api/2.1/supervisor-agents",
        "supervisor_agents",
        "id",
        "display_name",
        "supervisor-agents delete-supervisor-agent",
        permissions="supervisor-agents",
    ),
    Listing(
        "cluster",
        "/api/2.1/clusters/list",
        "clusters",
        "cluster_id",
        "cluster_name",
        "clusters permanent-delete",
        permissions="clusters",
    ),
)
