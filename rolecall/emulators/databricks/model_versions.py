"""Versions of registered models in Unity Catalog: https://docs.databricks.com/api/workspace/modelversions"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import denied, missing
from rolecall.emulators.databricks.securables import FUNCTION, Securables
from rolecall.emulators.routes import route


class ModelVersions(Securables):
    """The routes for one workspace; versions are made through MLflow's own (`unity_models`)."""

    @route(
        "GET", "/api/2.1/unity-catalog/models/{name}/versions/{version}", knows=("include_aliases", "include_browse")
    )
    def get(self, call: Call) -> Json:
        """Answer a version."""
        return self._shown(call, call.parameters["version"])

    @route("GET", "/api/2.1/unity-catalog/models/{name}/aliases/{alias}")
    def by_alias(self, call: Call) -> Json:
        """Answer the version that an alias means."""
        alias = call.parameters["alias"]
        found = self.find(FUNCTION, call.parameters["name"])["set_aliases"].get(alias)
        if found is None:
            raise missing(f"Alias '{alias}' of Registered Model '{call.parameters['name']}' does not exist.")
        return self._shown(call, str(found))

    @route("PATCH", "/api/2.1/unity-catalog/models/{name}/versions/{version}")
    def update(self, call: Call) -> Json:
        """Change a version's comment."""
        self._require_own(call)
        found = self._version(call, call.parameters["version"])
        found["comment"] = str(call.body.get("comment") or "")
        return dict(found)

    @route("DELETE", "/api/2.1/unity-catalog/models/{name}/versions/{version}")
    def delete(self, call: Call) -> Json:
        """Remove a version, with the aliases that mean it."""
        self._require_own(call)
        found = self._version(call, call.parameters["version"])
        found["deleted"] = True
        aliases: dict[str, int] = self.find(FUNCTION, call.parameters["name"])["set_aliases"]
        for alias in [name for name, number in aliases.items() if number == found["version"]]:
            del aliases[alias]
        return {}

    def _shown(self, call: Call, version: str) -> Json:
        caller, name = self.caller(call), call.parameters["name"]
        self.find(FUNCTION, name)
        self.require_use(caller, name)
        if not self.controls(caller, FUNCTION, name) and not self.holds(caller, FUNCTION, name, "EXECUTE"):
            raise denied(f"User does not have EXECUTE on Registered Model '{name}'.")
        found, aliases = self._version(call, version), self.find(FUNCTION, name)["set_aliases"]
        held = [
            {"alias_name": alias, "version_num": number}
            for alias, number in sorted(aliases.items())
            if number == found["version"]
        ]
        catalog, schema, own = name.lower().split(".")
        place = {"catalog_name": catalog, "schema_name": schema, "model_name": own}
        return {**place, **{key: value for key, value in found.items() if key != "name"}, "aliases": held}

    def _version(self, call: Call, version: str) -> Json:
        name = call.parameters["name"]
        for found in self.find(FUNCTION, name)["versions"]:
            if str(found["version"]) == version and not found.get("deleted"):
                itself: Json = found
                return itself
        raise missing(f"Model version {version} of '{name}' does not exist.")

    def _require_own(self, call: Call) -> None:
        self.require_use(self.caller(call), call.parameters["name"])
        self.require_control(self.caller(call), FUNCTION, call.parameters["name"])
