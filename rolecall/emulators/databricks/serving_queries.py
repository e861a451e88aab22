"""Queries of serving endpoints: https://docs.databricks.com/api/workspace/servingendpoints/query

Who may query is decided as the service does. No model runs here: a query that is allowed is refused with 501.
"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json, Refused
from rolecall.emulators.databricks.errors import missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import SERVING_ENDPOINT
from rolecall.emulators.routes import route


class ServingQueries(GovernedRoutes):
    """The routes for one workspace."""

    @route("POST", "/serving-endpoints/{name}/invocations")
    def query(self, call: Call) -> Json:
        """Refuse a caller without CAN_QUERY, and everybody else because there is no model."""
        name = call.parameters["name"]
        found = self._workspace.serving_endpoints
        identity = next((key for key, one in found.items() if one["name"] == name), None)
        if identity is None:
            raise missing(f"Endpoint with name '{name}' does not exist.")
        self._permissions.require(call.caller, SERVING_ENDPOINT, identity, "CAN_QUERY", "Query")
        dict(call.body)
        message = "The emulator runs no model: it decides only who may query an endpoint."
        raise Refused(501, {"error_code": "NOT_IMPLEMENTED", "message": message})
