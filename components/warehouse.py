"""SQL warehouses with their permissions."""

from __future__ import annotations

from pulumi import ComponentResource, Output, ResourceOptions

from components.permissions import declare_permissions
from components.resources import SqlEndpoint
from components.stage import Stage
from rolecall.contract.objects import Declared
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import BY_NAME
from rolecall.kinds.warehouse import Warehouse


class GovernedWarehouse(ComponentResource):
    """A SQL warehouse and the whole list of who may use it."""

    warehouse_id: Output[str]

    def __init__(self, declared: Declared, stage: Stage) -> None:
        super().__init__(BY_NAME[Kind.WAREHOUSE].component, declared.resource)
        assert isinstance(declared.value, Warehouse)
        warehouse = declared.value.for_environment(stage.environment)
        own = stage.in_workspace(ResourceOptions(parent=self))
        tags = [{"key": key, "value": value} for key, value in sorted(stage.tags(declared).items())]
        made = SqlEndpoint(
            declared.resource,
            {
                "name": stage.name_of(declared),
                "clusterSize": warehouse.size,
                "maxNumClusters": warehouse.max_clusters,
                "autoStopMins": warehouse.idle_minutes,
                "enableServerlessCompute": warehouse.serverless,
                "warehouseType": "PRO",
                "tags": {"customTags": tags},
                # It starts by itself when somebody asks it something; a deployment need not wait for machines.
                "noWait": True,
            },
            own,
        )
        entries = stage.entries(declared)
        declare_permissions(declared.resource, "sqlEndpointId", made.id, entries, stage.identities, own)
        self.warehouse_id = made.id
        self.register_outputs({"warehouseId": self.warehouse_id})
