"""SQL warehouses: https://docs.databricks.com/api/workspace/warehouses"""

from __future__ import annotations

import copy
import secrets
import uuid

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import WAREHOUSE
from rolecall.emulators.routes import route

# "Supported values: 2X-Small, X-Small, …"; "max_num_clusters: between 1 and 40".
SIZES = (
    *("2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large", "5X-Large"),
)
MOST_CLUSTERS = 40
# https://docs.databricks.com/en/resources/limits.html: SQL warehouses of a workspace.
MOST = 1000
# Seconds for which a warehouse starts.
STARTING_SECONDS = 3.0
DEFAULTS: Json = {
    "auto_stop_mins": 120,
    "min_num_clusters": 1,
    "max_num_clusters": 1,
    "enable_photon": True,
    "enable_serverless_compute": False,
    "spot_instance_policy": "COST_OPTIMIZED",
    "warehouse_type": "PRO",
    "channel": {"name": "CHANNEL_NAME_CURRENT"},
}
SETTINGS = (*DEFAULTS, "name", "cluster_size", "tags", "instance_profile_arn")


class Warehouses(GovernedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.0/sql/warehouses")
    def create(self, call: Call) -> Json:
        """Make a warehouse, which starts; the creator owns it."""
        caller: Caller = call.caller
        held = self._workspace.entitlements.get(caller.principal.id, [])
        if not caller.is_workspace_admin and "allow-cluster-create" not in held:
            raise denied(f"{caller.name} is not authorized to create SQL warehouses.")
        if len(self._workspace.warehouses) >= MOST:
            raise invalid(f"The workspace has reached the quota of {MOST} SQL warehouses.")
        settings = self._settings(call.body, {})
        identity = secrets.token_hex(8)
        self._workspace.warehouses[identity] = {
            **settings,
            "id": identity,
            "creator_name": caller.name,
            "data_source_id": str(uuid.uuid4()),
            "started": self._clock.now(),
        }
        self._permissions.created(WAREHOUSE, identity, caller)
        return {"id": identity}

    @route("POST", "/api/2.0/sql/warehouses/{id}/edit")
    def edit(self, call: Call) -> Json:
        """Change a warehouse; what is left out stays."""
        warehouse = self._find(call, "CAN_MANAGE", "Manage")
        warehouse.update(self._settings(call.body, warehouse))
        return {}

    @route("DELETE", "/api/2.0/sql/warehouses/{id}")
    def delete(self, call: Call) -> Json:
        """Remove a warehouse."""
        warehouse = self._find(call, "CAN_MANAGE", "Manage")
        del self._workspace.warehouses[warehouse["id"]]
        self._permissions.deleted(WAREHOUSE, warehouse["id"])
        return {}

    @route("GET", "/api/2.0/sql/warehouses/{id}")
    def get(self, call: Call) -> Json:
        """Answer a warehouse."""
        return self._shown(self._find(call, "CAN_VIEW", "View"))

    @route("GET", "/api/2.0/sql/warehouses")
    def list_all(self, call: Call) -> Json:
        """Answer the warehouses that the caller may see."""
        return {"warehouses": [self._shown(one) for one in self._visible(call)]}

    @route("POST", "/api/2.0/sql/warehouses/{id}/start")
    def start(self, call: Call) -> Json:
        """Start a warehouse."""
        warehouse = self._find(call, "CAN_USE", "Use")
        if warehouse["started"] is None:
            warehouse["started"] = self._clock.now()
        return {}

    @route("POST", "/api/2.0/sql/warehouses/{id}/stop")
    def stop(self, call: Call) -> Json:
        """Stop a warehouse."""
        self._find(call, "CAN_MANAGE", "Manage")["started"] = None
        return {}

    @route("GET", "/api/2.0/preview/sql/data_sources")
    def data_sources(self, call: Call) -> list[Json]:
        """Answer the data source of each warehouse."""
        return [
            {"id": one["data_source_id"], "name": one["name"], "warehouse_id": one["id"], "type": "databricks_internal"}
            for one in self._visible(call)
        ]

    def _visible(self, call: Call) -> list[Json]:
        return [
            one
            for identity, one in self._workspace.warehouses.items()
            if self._permissions.holds(call.caller, WAREHOUSE, identity, "CAN_VIEW")
        ]

    def _find(self, call: Call, level: str, words: str) -> Json:
        return self._held(WAREHOUSE, call.parameters["id"], call.caller, level, words)

    def _settings(self, body: Json, old: Json) -> Json:
        given = {key: copy.deepcopy(value) for key, value in body.items() if key in SETTINGS}
        settings = {**DEFAULTS, **{key: old[key] for key in SETTINGS if key in old}, **given}
        if not settings.get("name"):
            raise invalid("name is required.")
        if settings.get("cluster_size") not in SIZES:
            raise invalid(f"Invalid cluster size: {settings.get('cluster_size')}.")
        if not 1 <= int(settings["max_num_clusters"]) <= MOST_CLUSTERS:
            raise invalid(f"max_num_clusters must be between 1 and {MOST_CLUSTERS}.")
        if settings["enable_serverless_compute"] and settings["warehouse_type"] != "PRO":
            raise invalid("Serverless warehouses must be of the type PRO.")
        for identity, other in self._workspace.warehouses.items():
            if identity != old.get("id") and other["name"] == settings["name"]:
                raise invalid(f"SQL warehouse with name `{settings['name']}` already exists.")
        return settings

    def _shown(self, warehouse: Json) -> Json:
        started = warehouse["started"]
        running = started is not None and self._clock.now() >= started + STARTING_SECONDS
        state = "STOPPED" if started is None else "RUNNING" if running else "STARTING"
        shown = {key: value for key, value in warehouse.items() if key not in ("started", "data_source_id")}
        return {
            **shown,
            "state": state,
            "num_clusters": 1 if running else 0,
            "num_active_sessions": 0,
            "jdbc_url": f"jdbc:databricks://127.0.0.1:443/default;httpPath=/sql/1.0/warehouses/{warehouse['id']}",
            "odbc_params": {"path": f"/sql/1.0/warehouses/{warehouse['id']}", "protocol": "https", "port": 443},
            "health": {"status": "HEALTHY"},
        }
