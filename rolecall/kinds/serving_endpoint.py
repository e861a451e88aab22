"""Model serving endpoints: a model of the project, served over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rolecall.ids.ids import ObjectId
from rolecall.ids.name_types import CatalogName
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.registered_model import MODELS
from rolecall.kinds.spec import (
    Facts,
    Naming,
    Owner,
    Ref,
    Resource,
    custom_tags,
    dashed,
)
from rolecall.kinds.workspace_object import NamedKind

# https://docs.databricks.com/api/workspace/servingendpoints/create: workload_size.
Size = Literal["Small", "Medium", "Large"]


class ServingEndpoint(Adjustable):
    """A model serving endpoint."""

    model: CatalogName
    """the project's model that it serves"""
    version: Annotated[int, Field(ge=1)] | None = None
    """the version of the model; without it the endpoint serves none until a release of the model sets one"""
    size: Size = "Small"
    """the compute size, which limits concurrent calls"""
    scale_to_zero: bool = True
    """whether it scales to zero when idle"""
    calls_per_minute: Annotated[int, Field(ge=1)] = 600
    """rate limit for each user"""


def _properties(endpoint: ServingEndpoint, facts: Facts) -> dict[str, object]:
    schema = Ref(ObjectId(facts.id.own_environment, Kind.MODEL, facts.project, MODELS), "schema")
    table = {"enabled": True, "catalogName": facts.catalog, "schemaName": schema, "tableNamePrefix": facts.id.key}
    limit = {"calls": endpoint.calls_per_minute, "key": "user", "renewalPeriod": "minute"}
    declared: dict[str, object] = {
        "name": facts.name,
        # Requests and responses are recorded: https://docs.databricks.com/en/ai-gateway/inference-tables.html.
        "aiGateway": {"rateLimits": [limit], "inferenceTableConfig": table},
        "tags": custom_tags(facts.tags),
    }
    if endpoint.version is not None:
        entity = {
            "entityName": facts.reference("models", endpoint.model, "name"),
            "entityVersion": str(endpoint.version),
            "workloadSize": endpoint.size,
            "scaleToZeroEnabled": endpoint.scale_to_zero,
        }
        declared["config"] = {"servedEntities": [entity]}
    return declared


SERVING_ENDPOINT = NamedKind[ServingEndpoint](
    Kind.SERVING_ENDPOINT,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#serving-endpoint-acls",
    "model serving endpoints",
    ServingEndpoint,
    # https://docs.databricks.com/en/machine-learning/model-serving/create-manage-serving-endpoints.html
    reads_as_creator=(Kind.MODEL,),
    refers=refers_by({"model": "models"}),
    naming=Naming(
        dashed,
        NameSyntax(
            "https://docs.databricks.com/api/workspace/servingendpoints/create",
            r"A-Za-z0-9_\-",
            "letters, digits, '-' and '_'",
            63,
        ),
    ),
    access=Access(PERMISSIONS, "serving-endpoints", "servingEndpointId", output="servingEndpointId"),
    verbs={Verb.VIEW: "CAN_VIEW", Verb.RUN: "CAN_QUERY", Verb.MANAGE: "CAN_MANAGE"},
    without_verb={},
    owner=Owner("creator", "CAN_MANAGE", "may change the model that it serves; it reads the model as its creator"),
    api=Api(find="/api/2.0/serving-endpoints/{name}"),
    resource=Resource("databricks:index/modelServing:ModelServing", full_name=("name",), properties=_properties),
    data=None,
)
