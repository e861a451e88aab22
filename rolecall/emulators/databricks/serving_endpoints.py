"""Model serving endpoints: https://docs.databricks.com/api/workspace/servingendpoints"""

from __future__ import annotations

import copy
import re
import secrets

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import exists, invalid, missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import SERVING_ENDPOINT
from rolecall.emulators.routes import route

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
SIZES = ("Small", "Medium", "Large")
# Seconds for which a new configuration is deployed; minutes in the service.
DEPLOYING_SECONDS = 1.0
# Fields of a request that are answered as they are.
KEPT = ("ai_gateway", "budget_policy_id", "email_notifications", "rate_limits", "telemetry_config")
KNOWN = ("name", "config", "tags", "description", "route_optimized", *KEPT)


class ServingEndpoints(GovernedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.0/serving-endpoints")
    def create(self, call: Call) -> Json:
        """Make an endpoint, with a model or without one; the creator manages it."""
        caller: Caller = call.caller
        name = str(call.body.get("name") or "")
        if unknown := [key for key in call.body if key not in KNOWN]:
            raise invalid(f"Could not parse request object: unknown field {unknown[0]!r}.")
        if not NAME.fullmatch(name):
            raise invalid("Endpoint name must be alphanumeric, with dashes and underscores, and at most 63 characters.")
        if any(one["name"] == name for one in self._workspace.serving_endpoints.values()):
            raise exists(f"Endpoint with name '{name}' already exists.")
        identity = secrets.token_hex(16)
        now = self._clock.milliseconds()
        endpoint: Json = {
            "id": identity,
            "name": name,
            "creator": caller.name,
            "creation_timestamp": now,
            "last_updated_timestamp": now,
            "description": call.body.get("description") or "",
            "tags": copy.deepcopy(call.body.get("tags") or []),
            "config": self._config(call.body.get("config")),
            **{key: copy.deepcopy(call.body.get(key)) for key in KEPT},
            "route_optimized": bool(call.body.get("route_optimized")),
            "changed": self._clock.now(),
        }
        self._workspace.serving_endpoints[identity] = endpoint
        self._permissions.created(SERVING_ENDPOINT, identity, caller)
        return self._shown(endpoint)

    @route("GET", "/api/2.0/serving-endpoints")
    def list_all(self, call: Call) -> Json:
        """Answer the endpoints that the caller may see."""
        seen = [
            self._shown(one)
            for identity, one in self._workspace.serving_endpoints.items()
            if self._permissions.holds(call.caller, SERVING_ENDPOINT, identity, "CAN_VIEW")
        ]
        return {"endpoints": seen}

    @route("GET", "/api/2.0/serving-endpoints/{name}")
    def get(self, call: Call) -> Json:
        """Answer an endpoint, with what the caller holds on it."""
        return self._shown(self._named(call, "CAN_VIEW", "View"))

    @route("DELETE", "/api/2.0/serving-endpoints/{name}")
    def delete(self, call: Call) -> Json:
        """Remove an endpoint."""
        endpoint = self._named(call, "CAN_MANAGE", "Manage")
        del self._workspace.serving_endpoints[endpoint["id"]]
        self._permissions.deleted(SERVING_ENDPOINT, endpoint["id"])
        return {}

    @route("PUT", "/api/2.0/serving-endpoints/{name}/config")
    def update_config(self, call: Call) -> Json:
        """Change what an endpoint answers with."""
        endpoint = self._named(call, "CAN_MANAGE", "Manage")
        given = {key: value for key, value in call.body.items() if key != "name"}
        endpoint |= {"config": self._config(given), "changed": self._clock.now()}
        return self._shown(endpoint)

    @route("PUT", "/api/2.0/serving-endpoints/{name}/ai-gateway")
    def update_gateway(self, call: Call) -> Json:
        """Replace an endpoint's gateway."""
        endpoint = self._named(call, "CAN_MANAGE", "Manage")
        gateway = {key: copy.deepcopy(value) for key, value in call.body.items() if key != "name"}
        endpoint["ai_gateway"] = gateway
        return gateway

    @route("PATCH", "/api/2.0/serving-endpoints/{name}/tags")
    def update_tags(self, call: Call) -> Json:
        """Add and remove tags."""
        endpoint = self._named(call, "CAN_MANAGE", "Manage")
        added = {one["key"]: one.get("value", "") for one in call.body.get("add_tags") or []}
        removed = {*(call.body.get("delete_tags") or []), *added}
        kept = [one for one in endpoint["tags"] if one["key"] not in removed]
        endpoint["tags"] = [*kept, *({"key": key, "value": value} for key, value in added.items())]
        return {"tags": endpoint["tags"]}

    @route("PUT", "/api/2.0/serving-endpoints/{name}/rate-limits")
    def update_limits(self, call: Call) -> Json:
        """Replace an endpoint's rate limits."""
        endpoint = self._named(call, "CAN_MANAGE", "Manage")
        endpoint["rate_limits"] = copy.deepcopy(call.body.get("rate_limits") or [])
        return {"rate_limits": endpoint["rate_limits"]}

    @route("GET", "/api/2.0/serving-endpoints/{name}/openapi")
    def describe(self, call: Call) -> Json:
        """Answer how an endpoint is called, as an OpenAPI document."""
        name = self._named(call, "CAN_QUERY", "Query")["name"]
        path = f"/serving-endpoints/{name}/invocations"
        return {"openapi": "3.1.0", "info": {"title": name, "version": "1"}, "paths": {path: {"post": {}}}}

    @route("GET", "/api/2.0/serving-endpoints/{name}/metrics")
    def metrics(self, call: Call) -> Answer:
        """Answer an endpoint's metrics, in Prometheus' text format."""
        name = self._named(call, "CAN_VIEW", "View")["name"]
        return Answer(f'request_count_total{{endpoint_name="{name}"}} 0\n')

    def _named(self, call: Call, level: str, words: str) -> Json:
        name = call.parameters["name"]
        for identity, endpoint in self._workspace.serving_endpoints.items():
            if endpoint["name"] == name:
                return self._held(SERVING_ENDPOINT, identity, call.caller, level, words)
        raise missing(f"Endpoint with name '{name}' does not exist.")

    def _config(self, given: Json | None) -> Json | None:
        """Return a configuration as the service keeps it; the model's version has to be there."""
        if not given:
            return None
        entities = []
        for entity in given.get("served_entities") or []:
            if entity.get("external_model"):
                own = {"name": str(entity["external_model"].get("name"))}
                entities.append({**own, **copy.deepcopy(entity)})
                continue
            name, version = str(entity.get("entity_name") or ""), str(entity.get("entity_version") or "")
            metastore = self._account.metastores.get(self._workspace.metastore)
            model = (metastore.securables.get("function") or {}).get(name.lower()) if metastore else None
            if model is None or version not in {str(one.get("version")) for one in model.get("versions") or []}:
                raise missing(f"RegisteredModel or version '{name}' version {version} does not exist.")
            if entity.get("workload_size") not in SIZES:
                raise invalid(f"Invalid workload size: {entity.get('workload_size')}.")
            short = f"{name.rpartition('.')[2]}-{version}"
            entities.append({"name": short, "workload_type": "CPU", **copy.deepcopy(entity)})
        routes = [{"served_model_name": one["name"], "traffic_percentage": 100} for one in entities[:1]]
        return {"served_entities": entities, "traffic_config": given.get("traffic_config") or {"routes": routes}}

    def _shown(self, endpoint: Json) -> Json:
        deploying = endpoint["config"] is not None and self._clock.now() < endpoint["changed"] + DEPLOYING_SECONDS
        shown = {key: value for key, value in endpoint.items() if key != "changed" and value is not None}
        update = "IN_PROGRESS" if deploying else "NOT_UPDATING"
        ready = "READY" if endpoint["config"] is not None and not deploying else "NOT_READY"
        return {**copy.deepcopy(shown), "state": {"ready": ready, "config_update": update}}
