"""Vector search endpoints: compute that answers queries of vector indexes."""

from __future__ import annotations

from typing import Literal

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import Data, Facts, Naming, Owner, Resource, dashed
from rolecall.kinds.workspace_object import NamedKind


class VectorSearchEndpoint(ProjectObject):
    """A vector search endpoint."""

    type: Literal["STANDARD", "STORAGE_OPTIMIZED"] = "STANDARD"
    """its type"""


def _properties(endpoint: VectorSearchEndpoint, facts: Facts) -> dict[str, object]:
    return {"name": facts.name, "endpointType": endpoint.type}


VECTOR_SEARCH_ENDPOINT = NamedKind[VectorSearchEndpoint](
    Kind.VECTOR_SEARCH_ENDPOINT,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#vector-search-endpoint-acls",
    "vector search endpoints",
    VectorSearchEndpoint,
    naming=Naming(
        dashed,
        NameSyntax(
            "https://docs.databricks.com/api/workspace/vectorsearchendpoints/createendpoint",
            r"A-Za-z0-9_\-",
            "letters, digits, '-' and '_'",
        ),
    ),
    access=Access(PERMISSIONS, "vector-search-endpoints", "vectorSearchEndpointId", output="endpointId"),
    verbs={Verb.RUN: "CAN_USE", Verb.MANAGE: "CAN_MANAGE"},
    without_verb={},
    owner=Owner("creator", "CAN_MANAGE", "may delete it and change its permissions"),
    api=Api(find="/api/2.0/vector-search/endpoints/{name}"),
    resource=Resource(
        "databricks:index/vectorSearchEndpoint:VectorSearchEndpoint", full_name=("name",), properties=_properties
    ),
    # https://docs.databricks.com/api/workspace/vectorsearchendpoints/deleteendpoint: its indexes are served no more.
    data=Data("vector indexes", ("name", "endpointType")),
)
