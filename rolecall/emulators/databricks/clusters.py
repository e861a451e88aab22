"""Clusters that people make: https://docs.databricks.com/api/workspace/clusters"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from typing import Any

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.cluster_facts import ZONES, node_types, spark_versions
from rolecall.emulators.databricks.errors import denied, invalid
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import CLUSTER, CLUSTER_POLICY
from rolecall.emulators.databricks.policy_enforcement import fill, violations
from rolecall.emulators.routes import route_in

# Seconds for which a cluster starts.
STARTING_SECONDS = 5.0
# https://docs.databricks.com/api/workspace/clusters/list: page_size, and the most clusters that can be pinned.
DEFAULT_PAGE, MOST_PAGE, MOST_PINNED = 20, 100, 100
_OWN = ("cluster_id", "creator_user_name", "cluster_source", "started", "pinned", "events", "spec")
_SORTED_BY = {"CLUSTER_NAME": "cluster_name", "DEFAULT": "cluster_id"}

# The fields used here are identical in both versions.
VERSIONS = ("2.0", "2.1")


class Clusters(GovernedRoutes):
    """The routes for one workspace."""

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/create")
    def create(self, call: Call) -> Json:
        """Make a cluster, under a policy that the caller may use, or with the right to make any."""
        caller: Caller = call.caller
        settings = self._checked({**call.body}, caller)
        identity = f"{secrets.randbelow(10_000):04d}-{secrets.randbelow(1_000_000):06d}-{secrets.token_hex(4)}"
        self._workspace.clusters[identity] = {
            **settings,
            "spec": copy.deepcopy({**call.body}),
            "cluster_id": identity,
            "creator_user_name": caller.name,
            "cluster_source": "API",
            "started": self._clock.now(),
        }
        self._permissions.created(CLUSTER, identity, caller)
        self._record(self._workspace.clusters[identity], "CREATING", caller)
        return {"cluster_id": identity}

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/edit")
    def edit(self, call: Call) -> Json:
        """Replace a cluster's settings."""
        cluster = self._find(str(call.body.get("cluster_id")), call.caller, "CAN_MANAGE", "Manage")
        settings = self._checked({key: one for key, one in call.body.items() if key != "cluster_id"}, call.caller)
        self._replace(
            cluster, settings, call.caller, {key: one for key, one in call.body.items() if key != "cluster_id"}
        )
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/update")
    def update(self, call: Call) -> Json:
        """Change the settings that `update_mask` names."""
        cluster = self._find(str(call.body.get("cluster_id")), call.caller, "CAN_MANAGE", "Manage")
        mask = [one.strip() for one in str(call.body.get("update_mask") or "").split(",") if one.strip()]
        if not mask:
            raise invalid("update_mask is required.")
        wanted = call.body.get("cluster") or {}
        names = [*wanted] if mask == ["*"] else [one.partition(".")[0] for one in mask]
        settings = {key: one for key, one in cluster.items() if key not in _OWN and key not in names}
        settings |= {key: wanted[key] for key in names if key in wanted}
        spec = {key: one for key, one in (cluster.get("spec") or {}).items() if key not in names}
        spec |= {key: wanted[key] for key in names if key in wanted}
        self._replace(cluster, self._checked(settings, call.caller), call.caller, spec)
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/start")
    def start(self, call: Call) -> Json:
        """Start a cluster that was terminated."""
        cluster = self._find(str(call.body.get("cluster_id")), call.caller, "CAN_RESTART", "Restart")
        if cluster["started"] is not None:
            raise invalid(
                f"Cluster {cluster['cluster_id']} is in unexpected state {self._state(cluster).capitalize()}."
            )
        cluster["started"] = self._clock.now()
        self._record(cluster, "STARTING", call.caller)
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/restart")
    def restart(self, call: Call) -> Json:
        """Restart a running cluster."""
        cluster = self._running(call)
        call.body.get("restart_user")
        cluster["started"] = self._clock.now()
        self._record(cluster, "RESTARTING", call.caller)
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/resize")
    def resize(self, call: Call) -> Json:
        """Give a running cluster another number of workers."""
        cluster = self._running(call)
        for name in ("num_workers", "autoscale"):
            cluster.pop(name, None)
            if name in call.body:
                cluster[name] = call.body[name]
        self._record(cluster, "RESIZING", call.caller)
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/delete")
    def terminate(self, call: Call) -> Json:
        """Terminate a cluster; it can be started again."""
        cluster = self._find(str(call.body.get("cluster_id")), call.caller, "CAN_RESTART", "Restart")
        cluster["started"] = None
        self._record(cluster, "TERMINATING", call.caller)
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/permanent-delete")
    def remove(self, call: Call) -> Json:
        """Remove a cluster for good."""
        identity = str(call.body.get("cluster_id"))
        if self._find(identity, call.caller, "CAN_MANAGE", "Manage").get("pinned"):
            # The provider knows it by these words (clusters/resource_cluster.go, resourceClusterDelete).
            raise invalid(f"Cluster {identity} is pinned; unpin the cluster first.")
        del self._workspace.clusters[identity]
        self._permissions.deleted(CLUSTER, identity)
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/change-owner")
    def change_owner(self, call: Call) -> Json:
        """Change the owner of a terminated cluster."""
        caller: Caller = call.caller
        if not caller.is_workspace_admin:
            raise denied(f"{caller.name} is not an administrator of the workspace.")
        cluster = self._find(str(call.body.get("cluster_id")), caller, "CAN_MANAGE", "Manage")
        owner = self._account.named(str(call.body.get("owner_username")))
        if owner is None:
            raise invalid(f"User {call.body.get('owner_username')} does not exist.")
        if cluster["started"] is not None:
            raise invalid("The owner of a cluster can be changed while it is terminated only.")
        cluster["creator_user_name"] = self._account.name_of(owner.id)
        return {}

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/events")
    def events(self, call: Call) -> Json:
        """Return a cluster's events, latest first unless the request orders otherwise."""
        cluster = self._find(str(call.body.get("cluster_id")), call.caller, "CAN_ATTACH_TO", "Attach")
        kinds = call.body.get("event_types") or []
        start, end = call.body.get("start_time") or 0, call.body.get("end_time") or float("inf")
        found = [
            one
            for one in cluster.get("events", [])
            if (not kinds or one["type"] in kinds) and int(start) <= one["timestamp"] <= float(end)
        ]
        if call.body.get("order", "DESC") == "DESC":
            found.reverse()
        offset, limit = int(call.body.get("offset") or 0), min(int(call.body.get("limit") or 50), 500)
        return {"events": found[offset : offset + limit], "total_count": len(found)}

    @route_in(VERSIONS, "GET", "/api/{version}/clusters/get")
    def get(self, call: Call) -> Json:
        """Answer a cluster."""
        return self._shown(self._find(call.query.get("cluster_id", ""), call.caller, "CAN_ATTACH_TO", "Attach"))

    @route_in(VERSIONS, "GET", "/api/{version}/clusters/list")
    def list_all(self, call: Call) -> Json:
        """Answer a page of the clusters that the caller may use, with filters and an order."""
        wanted = {
            key.removeprefix("filter_by."): value for key, value in call.query.items() if key.startswith("filter_by.")
        }
        # The user's specification is returned for a single cluster only.
        seen = [
            self._shown({key: value for key, value in one.items() if key != "spec"})
            for identity, one in self._workspace.clusters.items()
            if self._permissions.holds(call.caller, CLUSTER, identity, "CAN_ATTACH_TO")
        ]
        seen = [one for one in seen if self._fits(one, wanted)]
        order = call.query.get("sort_by.field", "DEFAULT")
        if order not in _SORTED_BY:
            raise invalid(f"Invalid sort field: {order}.")
        backwards = call.query.get("sort_by.direction", "ASC") == "DESC"
        if order != "DEFAULT" or backwards:
            seen.sort(key=lambda one: str(one.get(_SORTED_BY[order]) or ""), reverse=backwards)
        size = int(call.query.get("page_size") or DEFAULT_PAGE)
        if not 0 < size <= MOST_PAGE:
            raise invalid(f"page_size must be between 1 and {MOST_PAGE}.")
        start = int(call.query.get("page_token") or 0)
        answer: Json = {"clusters": seen[start : start + size]} if seen else {}
        if start + size < len(seen):
            answer["next_page_token"] = str(start + size)
        if start:
            answer["prev_page_token"] = str(max(0, start - size))
        return answer

    def _fits(self, cluster: Json, wanted: dict[str, str]) -> bool:
        known: dict[str, Callable[[str], bool]] = {
            "cluster_states": lambda states: cluster["state"] in states.split(","),
            "cluster_sources": lambda sources: cluster["cluster_source"] in sources.split(","),
            "is_pinned": lambda pinned: bool(cluster.get("pinned_by_user_name")) is (pinned.lower() == "true"),
            "policy_id": lambda policy: cluster.get("policy_id") == policy,
        }
        if unknown := sorted(set(wanted) - set(known)):
            raise invalid(f"Invalid filter: {unknown[0]}.")
        return all(known[name](value) for name, value in wanted.items())

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/pin")
    def pin(self, call: Call) -> Json:
        """Keep a cluster that is terminated."""
        return self._pin(call, pinned=True)

    @route_in(VERSIONS, "POST", "/api/{version}/clusters/unpin")
    def unpin(self, call: Call) -> Json:
        """Undo that."""
        return self._pin(call, pinned=False)

    @route_in(VERSIONS, "GET", "/api/{version}/clusters/spark-versions")
    def spark_versions(self, _call: Call) -> Json:
        """Answer the versions of the runtime."""
        return {"versions": spark_versions()}

    @route_in(VERSIONS, "GET", "/api/{version}/clusters/list-node-types")
    def node_types(self, _call: Call) -> Json:
        """Answer the types of machines."""
        return {"node_types": node_types()}

    @route_in(VERSIONS, "GET", "/api/{version}/clusters/list-zones")
    def zones(self, _call: Call) -> Json:
        """Answer the zones of the region."""
        return {"zones": [*ZONES], "default_zone": ZONES[0]}

    def _running(self, call: Call) -> Json:
        cluster = self._find(str(call.body.get("cluster_id")), call.caller, "CAN_RESTART", "Restart")
        if cluster["started"] is None:
            raise invalid(f"Cluster {cluster['cluster_id']} is in unexpected state Terminated.")
        return cluster

    def _pin(self, call: Call, *, pinned: bool) -> Json:
        caller: Caller = call.caller
        if not caller.is_workspace_admin:
            raise denied(f"{caller.name} is not an administrator of the workspace.")
        cluster = self._find(str(call.body.get("cluster_id")), caller, "CAN_MANAGE", "Manage")
        if pinned and sum(bool(one.get("pinned")) for one in self._workspace.clusters.values()) >= MOST_PINNED:
            raise invalid(f"Cannot pin more than {MOST_PINNED} clusters.")
        cluster["pinned"] = caller.name if pinned else ""
        self._record(cluster, "PINNED" if pinned else "UNPINNED", caller)
        return {}

    def _find(self, identity: str, caller: Caller, level: str, words: str) -> Json:
        return self._held(CLUSTER, identity, caller, level, words, absent=invalid)

    def _replace(self, cluster: Json, settings: Json, caller: Caller, spec: Json) -> None:
        kept = {key: cluster[key] for key in _OWN if key in cluster}
        self._workspace.clusters[cluster["cluster_id"]] = {**settings, **kept, "spec": copy.deepcopy(spec)}
        self._record(self._workspace.clusters[cluster["cluster_id"]], "EDITED", caller)

    def _record(self, cluster: Json, sort: str, caller: Caller) -> None:
        entry: dict[str, Any] = {
            "cluster_id": cluster["cluster_id"],
            "timestamp": self._clock.milliseconds(),
            "type": sort,
        }
        cluster.setdefault("events", []).append({**entry, "details": {"user": caller.name}})

    def _checked(self, body: Json, caller: Caller) -> Json:
        """Refuse what the caller may not make; return the settings with what the policy fills in."""
        settings: Json = copy.deepcopy(dict(body))
        if not settings.get("spark_version"):
            raise invalid("Missing required field: spark_version")
        policy = settings.get("policy_id")
        if not policy:
            held = self._workspace.entitlements.get(caller.principal.id, [])
            if not caller.is_workspace_admin and "allow-cluster-create" not in held:
                raise denied(f"{caller.name} is not authorized to create clusters without a policy.")
            settings.pop("apply_policy_default_values", None)
            return settings
        if policy not in self._workspace.cluster_policies:
            raise invalid(CLUSTER_POLICY.unknown.format(id=policy))
        self._permissions.require(caller, CLUSTER_POLICY, str(policy), "CAN_USE", "Use")
        definition = self._workspace.cluster_policies[policy]["definition"]
        fill(settings, definition, of_job=False)
        for wrong in violations(settings, definition, of_job=False):
            raise invalid(f"Cluster validation error: {wrong}.")
        return settings

    def _state(self, cluster: Json) -> str:
        started = cluster["started"]
        running = started is not None and self._clock.now() >= started + STARTING_SECONDS
        return "TERMINATED" if started is None else "RUNNING" if running else "PENDING"

    def _shown(self, cluster: Json) -> Json:
        own = {key: value for key, value in cluster.items() if key not in ("started", "pinned", "events")}
        pinned = {"pinned_by_user_name": cluster["pinned"]} if cluster.get("pinned") else {}
        name = own.get("cluster_name") or ""
        tags = {"Vendor": "Databricks", "Creator": own["creator_user_name"], "ClusterName": name}
        default = {"default_tags": {**tags, "ClusterId": own["cluster_id"]}}
        return {"cluster_name": name, "state_message": "", **own, **pinned, **default, "state": self._state(cluster)}
