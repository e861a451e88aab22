"""Instance pools: https://docs.databricks.com/api/workspace/instancepools"""

from __future__ import annotations

import copy
import secrets

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import INSTANCE_POOL
from rolecall.emulators.routes import route

# "The following fields can be modified": all others stay as they were made.
CHANGEABLE = (
    "instance_pool_name",
    "min_idle_instances",
    "max_capacity",
    "idle_instance_autotermination_minutes",
    "custom_tags",
)


class InstancePools(GovernedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.0/instance-pools/create")
    def create(self, call: Call) -> Json:
        """Make a pool; the creator manages it."""
        caller: Caller = call.caller
        held = self._workspace.entitlements.get(caller.principal.id, [])
        if not caller.is_workspace_admin and "allow-instance-pool-create" not in held:
            raise denied(f"{caller.name} is not authorized to create instance pools.")
        if not call.body.get("node_type_id"):
            raise invalid("Missing required field: node_type_id")
        self._check(call.body)
        identity = f"{secrets.token_hex(2)}-{secrets.token_hex(3)}-pool-{secrets.token_hex(4)}"
        filled = {"enable_elastic_disk": True, "state": "ACTIVE", "stats": {"used_count": 0, "idle_count": 0}}
        tags = {"Vendor": "Databricks", "DatabricksInstancePoolId": identity}
        self._workspace.instance_pools[identity] = {
            **filled,
            **copy.deepcopy(call.body),
            "instance_pool_id": identity,
            "default_tags": tags,
        }
        self._permissions.created(INSTANCE_POOL, identity, caller)
        return {"instance_pool_id": identity}

    @route("POST", "/api/2.0/instance-pools/edit")
    def edit(self, call: Call) -> Json:
        """Change what can be changed of a pool."""
        pool = self._find(str(call.body.get("instance_pool_id")), call.caller, "CAN_MANAGE", "Manage")
        self._check(call.body, own=pool["instance_pool_id"])
        if call.body.get("node_type_id") not in (None, pool["node_type_id"]):
            raise invalid("node_type_id of an instance pool can not be changed.")
        for name in CHANGEABLE:
            if name in call.body:
                pool[name] = call.body[name]
            else:
                pool.pop(name, None)
        return {}

    @route("POST", "/api/2.0/instance-pools/delete")
    def delete(self, call: Call) -> Json:
        """Remove a pool."""
        identity = str(call.body.get("instance_pool_id"))
        self._find(identity, call.caller, "CAN_MANAGE", "Manage")
        del self._workspace.instance_pools[identity]
        self._permissions.deleted(INSTANCE_POOL, identity)
        return {}

    @route("GET", "/api/2.0/instance-pools/get")
    def get(self, call: Call) -> Json:
        """Answer a pool."""
        return self._find(call.query.get("instance_pool_id", ""), call.caller, "CAN_ATTACH_TO", "Attach")

    @route("GET", "/api/2.0/instance-pools/list")
    def list_all(self, call: Call) -> Json:
        """Answer the pools that the caller may use."""
        seen = [
            pool
            for identity, pool in self._workspace.instance_pools.items()
            if self._permissions.holds(call.caller, INSTANCE_POOL, identity, "CAN_ATTACH_TO")
        ]
        return {"instance_pools": seen} if seen else {}

    def _find(self, identity: str, caller: Caller, level: str, words: str) -> Json:
        return self._held(INSTANCE_POOL, identity, caller, level, words)

    def _check(self, body: Json, own: str = "") -> None:
        name = body.get("instance_pool_name")
        if not name:
            raise invalid("Missing required field: instance_pool_name")
        for identity, other in self._workspace.instance_pools.items():
            if identity != own and other["instance_pool_name"] == name:
                raise invalid(f"Instance pool name {name} is already in use.")
