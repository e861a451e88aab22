"""Libraries on clusters: https://docs.databricks.com/api/workspace/libraries"""

from __future__ import annotations

import json

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import invalid
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import CLUSTER
from rolecall.emulators.routes import route

KEPT = "cluster-libraries"
SORTS = ("jar", "egg", "pypi", "maven", "cran", "whl", "requirements")


class Libraries(GovernedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.0/libraries/install")
    def install(self, call: Call) -> Json:
        """Add libraries to a cluster; those that it has are left as they are."""
        held = self._of(call)
        for library in self._named(call):
            added = {"library": library, "status": "PENDING", "is_library_for_all_clusters": False}
            held.setdefault(_mark(library), added)
        return {}

    @route("POST", "/api/2.0/libraries/uninstall")
    def uninstall(self, call: Call) -> Json:
        """Mark libraries of a cluster: they go when it restarts."""
        held = self._of(call)
        for library in self._named(call):
            if _mark(library) in held:
                held[_mark(library)]["status"] = "UNINSTALL_ON_RESTART"
        return {}

    @route("GET", "/api/2.0/libraries/cluster-status")
    def status(self, call: Call) -> Json:
        """Answer the libraries of a cluster."""
        identity = call.query.get("cluster_id", "")
        self._held(CLUSTER, identity, call.caller, "CAN_ATTACH_TO", "Attach", invalid)
        return self._shown(identity)

    @route("GET", "/api/2.0/libraries/all-cluster-statuses")
    def every_status(self, call: Call) -> Json:
        """Answer the libraries of all clusters that the caller may attach to."""
        clusters = [
            one
            for one in self._workspace.clusters
            if self._permissions.holds(call.caller, CLUSTER, one, "CAN_ATTACH_TO") and self._shown(one)
        ]
        return {"statuses": [self._shown(one) for one in clusters]}

    def _shown(self, identity: str) -> Json:
        held = self._workspace.collections.get(KEPT, {}).get(identity)
        return {"cluster_id": identity, "library_statuses": [*held.values()]} if held else {"cluster_id": identity}

    def _of(self, call: Call) -> Json:
        identity = str(call.body.get("cluster_id"))
        self._held(CLUSTER, identity, call.caller, "CAN_MANAGE", "Manage", invalid)
        return self._workspace.collections.setdefault(KEPT, {}).setdefault(identity, {})

    @staticmethod
    def _named(call: Call) -> list[Json]:
        named = [dict(one) for one in call.body.get("libraries") or []]
        for one in named:
            if len(one) != 1 or not set(one) <= set(SORTS):
                raise invalid(f"A library has exactly one of {', '.join(SORTS)}.")
        return named


def _mark(library: Json) -> str:
    return json.dumps(library, sort_keys=True)
