"""Datasets: a schema with its volumes and tags, and who may read and write what is in it."""

from __future__ import annotations

from pulumi import ComponentResource, ResourceOptions

from components.permissions import declare_grants
from components.resources import EntityTagAssignment, Schema, Volume
from components.stage import Stage
from rolecall.contract.objects import Declared
from rolecall.ids.verbs import Kind
from rolecall.kinds import dataset
from rolecall.kinds.dataset import schema_name
from rolecall.kinds.registry import BY_NAME

# Marks data that only the roles may reach which the contract names.
SENSITIVE = {"sensitive": "true"}


class GovernedDataset(ComponentResource):
    """A schema of a project."""

    def __init__(self, declared: Declared, stage: Stage, catalog: str) -> None:
        super().__init__(BY_NAME[Kind.DATASET].component, declared.resource)
        assert isinstance(declared.value, dataset.Dataset)
        own = stage.in_workspace(ResourceOptions(parent=self))
        schema = Schema(
            declared.resource,
            {
                "catalogName": catalog,
                "name": schema_name(declared.project, declared.key),
                "comment": declared.value.description or f"Dataset {declared.key} of {declared.project}",
                "properties": {"managed-by": "rolecall", "project": declared.project},
            },
            own,
        )
        for volume in sorted(declared.value.volumes):
            properties = {
                "catalogName": catalog,
                "schemaName": schema.id.apply(lambda full_name: str(full_name).partition(".")[2]),
                "name": volume,
                "volumeType": "MANAGED",
            }
            Volume(f"{declared.resource}-{volume}", properties, own)
        tags = {**declared.value.tags, **(SENSITIVE if declared.value.sensitive else {})}
        for key, value in sorted(tags.items()):
            tag = {"entityType": "schemas", "entityName": schema.id, "tagKey": key, "tagValue": value}
            EntityTagAssignment(f"{declared.resource}-{key}", tag, own)
        entries = stage.entries(declared)
        declare_grants(declared.resource, "schema", schema.id, entries, stage.identities, own)
        self.register_outputs({})
