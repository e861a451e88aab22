"""An environment's catalog in Unity Catalog, with who may use what is in it."""

from __future__ import annotations

from typing import Any

from pulumi import ComponentResource, Output, ResourceOptions

from components.permissions import declare_grants
from components.resources import Catalog
from components.stage import Stage
from rolecall.contract.verbs import Kind


class GovernedCatalog(ComponentResource):
    """A catalog; holding something in it takes the use of it, which is given here."""

    name: Output[str]

    def __init__(self, catalog: str, stage: Stage) -> None:
        super().__init__("rolecall:databricks:Catalog", catalog)
        own = stage.in_workspace(ResourceOptions(parent=self))
        properties: dict[str, Any] = {
            "name": catalog,
            "comment": f"Data and models of {stage.contract.organization} in {stage.environment}",
        }
        if storage := stage.contract.environments[stage.environment].catalog_storage:
            properties["storageRoot"] = storage
        made = Catalog(catalog, properties, own)
        declare_grants(catalog, "catalog", made.id, stage.entries(Kind.CATALOG, catalog), stage.identities, own)
        self.name = made.id
        self.register_outputs({"name": self.name})
