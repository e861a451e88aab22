"""Registered models in Unity Catalog, their versions and aliases.

https://docs.databricks.com/api/workspace/registeredmodels: "To update other registered model or model version metadata
(comments, aliases) create a new model version, or update permissions on the registered model, users must be owners of
the registered model."
"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.securables import FUNCTION, SCHEMA, SYSTEM, Securables
from rolecall.emulators.databricks.workspace_routes import TimedRoutes
from rolecall.emulators.routes import route

# https://docs.databricks.com/en/data-governance/unity-catalog/resource-quotas.html: registered models of a metastore.
MOST = 5_000


class UnityModels(Securables, TimedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.1/unity-catalog/models")
    def create(self, call: Call) -> Json:
        """Make a model."""
        caller, body = self.caller(call), call.body
        schema = f"{body.get('catalog_name')}.{body.get('schema_name')}".lower()
        self.find(SCHEMA, schema)
        if schema.startswith(f"{SYSTEM}."):
            raise denied(f"Schema '{schema}' is managed by Databricks.")
        self.require_use(caller, f"{schema}.x")
        if not self.controls(caller, SCHEMA, schema) and not self.holds(caller, SCHEMA, schema, "CREATE_MODEL"):
            raise denied(f"User does not have CREATE MODEL on Schema '{schema}'.")
        if len(self.of_type(FUNCTION)) >= MOST:
            raise invalid(f"Cannot create model: the quota of {MOST} is reached.")
        now = self._clock.milliseconds()
        content: Json = {
            "catalog_name": str(body.get("catalog_name")).lower(),
            "schema_name": str(body.get("schema_name")).lower(),
            "name": str(body.get("name")).lower(),
            "comment": str(body.get("comment") or ""),
            "storage_location": body.get("storage_location") or f"s3://emulated/models/{now}",
            "created_at": now,
            "created_by": caller.name,
            "updated_at": now,
            "updated_by": caller.name,
            "versions": [],
            "set_aliases": {},
        }
        return _shown(self.add(FUNCTION, f"{schema}.{body.get('name')}", caller, content))

    @route("GET", "/api/2.1/unity-catalog/models")
    def list_all(self, call: Call) -> Json:
        """Answer the models that the caller controls, of one schema where one is named, else of all.

        https://docs.databricks.com/api/workspace/registeredmodels/list
        """
        caller = self.caller(call)
        schema = ".".join(call.query[key].lower() for key in ("catalog_name", "schema_name") if key in call.query)
        found = [
            _shown(one)
            for name, one in self.of_type(FUNCTION).items()
            if (not schema or name.rpartition(".")[0] == schema) and self.controls(caller, FUNCTION, name)
        ]
        return {"registered_models": found}

    @route("GET", "/api/2.1/unity-catalog/models/{name}")
    def get(self, call: Call) -> Json:
        """Answer a model with its aliases."""
        found = self.find(FUNCTION, call.parameters["name"])
        self._require_read(call)
        return _shown(found)

    @route("PATCH", "/api/2.1/unity-catalog/models/{name}")
    def update(self, call: Call) -> Json:
        """Change comment or owner."""
        found = self._own(call, call.parameters["name"])
        for key in ("comment", "owner"):
            if key in call.body:
                found[key] = call.body[key]
        found["updated_at"] = self._clock.milliseconds()
        return _shown(found)

    @route("DELETE", "/api/2.1/unity-catalog/models/{name}")
    def delete(self, call: Call) -> Json:
        """Remove a model with its versions."""
        self._own(call, call.parameters["name"])
        self.remove(FUNCTION, call.parameters["name"])
        return {}

    @route("GET", "/api/2.1/unity-catalog/models/{name}/versions")
    def list_versions(self, call: Call) -> Json:
        """Answer a model's versions."""
        found = self.find(FUNCTION, call.parameters["name"])
        self._require_read(call)
        return {"model_versions": [one for one in found["versions"] if not one.get("deleted")]}

    @route("POST", "/api/2.0/mlflow/unity-catalog/model-versions/create")
    def create_version(self, call: Call) -> Json:
        """Register a version of a model."""
        name = str(call.body.get("name") or "")
        found = self._own(call, name)
        version = {
            "name": name.lower(),
            "version": len(found["versions"]) + 1,
            "source": str(call.body.get("source") or ""),
            "created_by": self.caller(call).name,
            "status": "READY",
        }
        found["versions"].append(version)
        return {"model_version": version}

    @route("PUT", "/api/2.1/unity-catalog/models/{name}/aliases/{alias}")
    def set_alias(self, call: Call) -> Json:
        """Let an alias mean a version."""
        found = self._own(call, call.parameters["name"])
        number = int(call.body.get("version_num") or 0)
        if not any(one["version"] == number and not one.get("deleted") for one in found["versions"]):
            raise missing(f"Model version {number} of '{call.parameters['name']}' does not exist.")
        found["set_aliases"][call.parameters["alias"]] = number
        return {"alias_name": call.parameters["alias"], "version_num": number}

    @route("DELETE", "/api/2.1/unity-catalog/models/{name}/aliases/{alias}")
    def delete_alias(self, call: Call) -> Json:
        """Take an alias away."""
        found = self._own(call, call.parameters["name"])
        found["set_aliases"].pop(call.parameters["alias"], None)
        return {}

    def _own(self, call: Call, name: str) -> Json:
        found = self.find(FUNCTION, name)
        caller = self.caller(call)
        self.require_use(caller, name)
        self.require_control(caller, FUNCTION, name)
        return found

    def _require_read(self, call: Call) -> None:
        caller, name = self.caller(call), call.parameters["name"]
        self.require_use(caller, name)
        if not self.controls(caller, FUNCTION, name) and not self.holds(caller, FUNCTION, name, "EXECUTE"):
            raise denied(f"User does not have EXECUTE on Registered Model '{name}'.")


def _shown(model: Json) -> Json:
    aliases = [{"alias_name": name, "version_num": number} for name, number in sorted(model["set_aliases"].items())]
    return {**{key: one for key, one in model.items() if key not in ("versions", "set_aliases")}, "aliases": aliases}
