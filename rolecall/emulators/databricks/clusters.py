"""Clusters that people make: https://docs.databricks.com/api/workspace/clusters"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import CLUSTER, CLUSTER_POLICY
from rolecall.emulators.databricks.policy_enforcement import violations

# Seconds for which a cluster starts.
STARTING_SECONDS = 5.0


class Clusters(GovernedRoutes):
    """The routes for one workspace."""

    def endpoints(self) -> list[Endpoint]:
        """Return the routes; version 2.0 answers the same for what is used here."""
        handlers: list[tuple[str, str, Callable[[Call], Json]]] = [
            ("POST", "create", self.create),
            ("POST", "edit", self.edit),
            ("POST", "start", self.start),
            ("POST", "delete", self.terminate),
            ("POST", "permanent-delete", self.remove),
            ("GET", "get", self.get),
            ("GET", "list", self.list_all),
        ]
        return [
            Endpoint(method, f"/api/{version}/clusters/{name}", handler)
            for version in ("2.0", "2.1")
            for method, name, handler in handlers
        ]

    def create(self, call: Call) -> Json:
        """Make a cluster, under a policy that the caller may use, or with the right to make any."""
        caller: Caller = call.caller
        settings = self._checked(call.body, caller)
        identity = f"{secrets.randbelow(10_000):04d}-{secrets.randbelow(1_000_000):06d}-{secrets.token_hex(4)}"
        self._workspace.clusters[identity] = {
            **settings,
            "cluster_id": identity,
            "creator_user_name": caller.name,
            "cluster_source": "API",
            "started": self._clock.now(),
        }
        self._permissions.created(CLUSTER, identity, caller)
        return {"cluster_id": identity}

    def edit(self, call: Call) -> Json:
        """Replace a cluster's settings."""
        cluster = self._find(str(call.body.get("cluster_id")), call.caller, "CAN_MANAGE", "Manage")
        settings = self._checked({key: one for key, one in call.body.items() if key != "cluster_id"}, call.caller)
        kept = {key: cluster[key] for key in ("cluster_id", "creator_user_name", "cluster_source", "started")}
        self._workspace.clusters[cluster["cluster_id"]] = {**settings, **kept}
        return {}

    def start(self, call: Call) -> Json:
        """Start a cluster that was terminated."""
        cluster = self._find(str(call.body.get("cluster_id")), call.caller, "CAN_RESTART", "Restart")
        if cluster["started"] is None:
            cluster["started"] = self._clock.now()
        return {}

    def terminate(self, call: Call) -> Json:
        """Terminate a cluster; it can be started again."""
        self._find(str(call.body.get("cluster_id")), call.caller, "CAN_RESTART", "Restart")["started"] = None
        return {}

    def remove(self, call: Call) -> Json:
        """Remove a cluster for good."""
        identity = str(call.body.get("cluster_id"))
        self._find(identity, call.caller, "CAN_MANAGE", "Manage")
        del self._workspace.clusters[identity]
        self._permissions.deleted(CLUSTER, identity)
        return {}

    def get(self, call: Call) -> Json:
        """Answer a cluster."""
        return self._shown(self._find(call.query.get("cluster_id", ""), call.caller, "CAN_ATTACH_TO", "Attach"))

    def list_all(self, call: Call) -> Json:
        """Answer the clusters that the caller may use."""
        seen = [
            self._shown(one)
            for identity, one in self._workspace.clusters.items()
            if self._permissions.holds(call.caller, CLUSTER, identity, "CAN_ATTACH_TO")
        ]
        return {"clusters": seen} if seen else {}

    def _find(self, identity: str, caller: Caller, level: str, words: str) -> Json:
        return self._held(CLUSTER, identity, caller, level, words, absent=invalid)

    def _checked(self, body: Json, caller: Caller) -> Json:
        """Refuse what the caller may not make."""
        if not body.get("spark_version"):
            raise invalid("Missing required field: spark_version")
        policy = body.get("policy_id")
        if not policy:
            held = self._workspace.entitlements.get(caller.principal.id, [])
            if not caller.is_workspace_admin and "allow-cluster-create" not in held:
                raise denied(f"{caller.name} is not authorized to create clusters without a policy.")
            return copy.deepcopy(body)
        if policy not in self._workspace.cluster_policies:
            raise invalid(CLUSTER_POLICY.unknown.format(id=policy))
        self._permissions.require(caller, CLUSTER_POLICY, str(policy), "CAN_USE", "Use")
        for wrong in violations(body, self._workspace.cluster_policies[policy]["definition"], of_job=False):
            raise invalid(f"Cluster validation error: {wrong}.")
        return copy.deepcopy(body)

    def _shown(self, cluster: Json) -> Json:
        started = cluster["started"]
        running = started is not None and self._clock.now() >= started + STARTING_SECONDS
        state = "TERMINATED" if started is None else "RUNNING" if running else "PENDING"
        return {**{key: value for key, value in cluster.items() if key != "started"}, "state": state}
