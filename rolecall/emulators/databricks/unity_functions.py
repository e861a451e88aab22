"""Functions in Unity Catalog: https://docs.databricks.com/api/workspace/functions"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import denied, exists, invalid
from rolecall.emulators.databricks.securables import FUNCTION, ROUTINE, SCHEMA, Securables
from rolecall.emulators.databricks.workspace_routes import TimedRoutes
from rolecall.emulators.routes import route

REQUIRED = ("catalog_name", "schema_name", "name", "data_type", "full_data_type", "routine_body", "routine_definition")


class UnityFunctions(Securables, TimedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.1/unity-catalog/functions")
    def create(self, call: Call) -> Json:
        """Make a function; its creator owns it."""
        given = dict(call.body.get("function_info") or {})
        if absent := [one for one in REQUIRED if not given.get(one)]:
            raise invalid(f"CreateFunction Missing required field: {absent[0]}")
        caller = self.caller(call)
        schema = f"{given['catalog_name']}.{given['schema_name']}".lower()
        self.find(SCHEMA, schema)
        self.require_use(caller, f"{schema}.x")
        if not self.controls(caller, SCHEMA, schema) and not self.holds(caller, SCHEMA, schema, "CREATE_FUNCTION"):
            raise denied(f"User does not have CREATE FUNCTION on Schema '{schema}'.")
        name = f"{schema}.{given['name']}".lower()
        if name in self.of_type(ROUTINE) or name in self.of_type(FUNCTION):
            raise exists(f"Function '{name}' already exists")
        now = self._clock.milliseconds()
        return self.add(ROUTINE, name, caller, {**given, "created_at": now, "created_by": caller.name})

    @route("GET", "/api/2.1/unity-catalog/functions/{name}", knows=("include_browse",))
    def get(self, call: Call) -> Json:
        """Answer a function."""
        name, caller = call.parameters["name"], self.caller(call)
        found = self.find(ROUTINE, name)
        self.require_use(caller, name)
        if not self.controls(caller, ROUTINE, name) and not self.holds(caller, FUNCTION, name, "EXECUTE"):
            raise denied(f"User does not have EXECUTE on Function '{name}'.")
        return found

    @route("PATCH", "/api/2.1/unity-catalog/functions/{name}")
    def update(self, call: Call) -> Json:
        """Change the owner."""
        found = self._own(call)
        if owner := call.body.get("owner"):
            self.require_owner(str(owner))
            found["owner"] = str(owner)
        found["updated_at"] = self._clock.milliseconds()
        return found

    @route("DELETE", "/api/2.1/unity-catalog/functions/{name}", knows=("force",))
    def delete(self, call: Call) -> Json:
        """Remove a function."""
        self._own(call)
        name = call.parameters["name"].lower()
        self.remove(ROUTINE, name)
        self.metastore.privileges.pop(f"{FUNCTION}/{name}", None)
        return {}

    def _own(self, call: Call) -> Json:
        name = call.parameters["name"]
        found = self.find(ROUTINE, name)
        self.require_use(self.caller(call), name)
        self.require_control(self.caller(call), ROUTINE, name)
        return found
