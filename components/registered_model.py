"""Registered models, in a schema of their project, with who may read and write them."""

from __future__ import annotations

from pulumi import ComponentResource, Output, ResourceOptions

from components.permissions import declare_grants
from components.resources import RegisteredModel, Schema
from components.stage import Stage
from rolecall.contract.objects import Declared
from rolecall.ids.verbs import Kind
from rolecall.kinds.dataset import schema_name
from rolecall.kinds.registered_model import MODELS
from rolecall.kinds.registry import BY_NAME


def declare_model_schemas(stage: Stage, catalog: str) -> dict[str, Output[str]]:
    """Declare the schema of each project's models; return the schemas' names by project."""
    found: dict[str, Output[str]] = {}
    for project in sorted({declared.project for declared in stage.objects(Kind.MODEL)}):
        schema = Schema(
            f"{project}-{MODELS}",
            {
                "catalogName": catalog,
                "name": schema_name(project, MODELS),
                "comment": f"Models of {project}",
                "properties": {"managed-by": "rolecall", "project": project},
            },
            stage.in_workspace(),
        )
        found[project] = schema.id.apply(lambda full_name: str(full_name).partition(".")[2])
    return found


class GovernedModel(ComponentResource):
    """A registered model."""

    def __init__(self, declared: Declared, stage: Stage, catalog: str, schema: Output[str]) -> None:
        super().__init__(BY_NAME[Kind.MODEL].component, declared.resource)
        own = stage.in_workspace(ResourceOptions(parent=self))
        description = getattr(declared.value, "description", "") or f"Model {declared.key} of {declared.project}"
        model = RegisteredModel(
            declared.resource,
            {"catalogName": catalog, "schemaName": schema, "name": declared.key, "comment": description},
            own,
        )
        entries = stage.entries(declared)
        declare_grants(declared.resource, "model", model.id, entries, stage.identities, own)
        self.register_outputs({})
