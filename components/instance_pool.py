"""Instance pools with their permissions."""

from __future__ import annotations

from typing import Any

from pulumi import ComponentResource, Output, ResourceOptions

from components.permissions import declare_permissions
from components.resources import InstancePool
from components.stage import Stage
from rolecall.contract.clouds import cloud_of
from rolecall.contract.objects import Declared
from rolecall.ids.verbs import Kind
from rolecall.kinds import instance_pool
from rolecall.kinds.clouds import pool_attributes
from rolecall.kinds.registry import BY_NAME


class GovernedInstancePool(ComponentResource):
    """An instance pool and the whole list of who may use it."""

    pool_id: Output[str]

    def __init__(self, declared: Declared, stage: Stage) -> None:
        super().__init__(BY_NAME[Kind.INSTANCE_POOL].component, declared.resource)
        assert isinstance(declared.value, instance_pool.InstancePool)
        pool = declared.value.for_environment(stage.environment)
        own = stage.in_workspace(ResourceOptions(parent=self))
        cloud = cloud_of(stage.contract.workspaces[stage.contract.environments[stage.environment].workspace])
        properties: dict[str, Any] = {
            "instancePoolName": stage.name_of(declared),
            "nodeTypeId": pool.node_type,
            "minIdleInstances": pool.min_idle,
            "maxCapacity": pool.max_machines,
            "idleInstanceAutoterminationMinutes": pool.idle_minutes,
            "customTags": stage.tags(declared),
            **pool_attributes(cloud, pool.availability),
        }
        if pool.runtimes:
            properties["preloadedSparkVersions"] = pool.runtimes
        made = InstancePool(declared.resource, properties, own)
        entries = stage.entries(declared)
        declare_permissions(declared.resource, "instancePoolId", made.id, entries, stage.identities, own)
        self.pool_id = made.id
        self.register_outputs({"poolId": self.pool_id})
