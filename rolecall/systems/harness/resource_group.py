"""Resource groups: https://developer.harness.io/docs/platform/role-based-access-control/add-resource-groups."""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.harness.client import TAG, owner_of, scope
from rolecall.systems.harness.identifiers import PATTERN
from rolecall.systems.harness.tagged import Tagged, TaggedInputs
from rolecall.systems.requests import Json
from rolecall.systems.resource import Live, Model

PATH = "/resourcegroup/api/v2/resourcegroup"


class Selection(Model):
    """Some resources of one type."""

    type: str = Field(min_length=1, description="their type, PIPELINE say")
    identifiers: list[str] = Field(min_length=1, description="their identifiers; all, where there would be none")


class ResourceGroupInputs(TaggedInputs):
    """A resource group."""

    identifier: str = Field(pattern=PATTERN, description="its identifier, and its name")
    description: str = Field(default="", description="what it is for")
    resources: list[Selection] = Field(min_length=1, description="what is in it; always named, never everything")


class ResourceGroup(Tagged[ResourceGroupInputs]):
    """A resource group of the project."""

    token = "rolecall:harness:ResourceGroup"
    description = "A resource group in Harness: the resources, named one by one, on which roles are given."
    noun, path = "resource group", PATH
    envelope = "resourceGroup"
    replaced_by = frozenset({"identifier"})

    def identity(self, inputs: ResourceGroupInputs) -> str:
        """Return its identifier."""
        return inputs.identifier

    def body(self, inputs: ResourceGroupInputs) -> Json:
        """Return the body of the requests that create and update it."""
        group = {
            **scope(),
            "identifier": inputs.identifier,
            "name": inputs.identifier,
            "description": inputs.description,
            "tags": {TAG: inputs.managed_by},
            "allowedScopeLevels": ["project"],
            "includedScopes": [{"filter": "EXCLUDING_CHILD_SCOPES", **scope()}],
            "resourceFilter": {
                "includeAllResources": False,
                "resources": [
                    {"resourceType": one_.type, "identifiers": one_.identifiers} for one_ in inputs.resources
                ],
            },
        }
        return {"resourceGroup": group}

    def read(self, identity: str, declared: ResourceGroupInputs | None) -> Live[ResourceGroupInputs] | None:
        """Return it; one that holds everything, or what its resources' attributes say, names no resource."""
        found = self.found(identity)
        if found is None:
            return None
        chosen = (found.get("resourceFilter") or {}).get("resources") or []
        resources = [
            Selection(type=one_.get("resourceType"), identifiers=list(one_.get("identifiers") or ["everything"]))
            for one_ in chosen
        ]
        inputs = ResourceGroupInputs(
            identifier=found["identifier"],
            description=str(found.get("description") or ""),
            resources=resources or [Selection(type="everything", identifiers=["everything"])],
            managed_by=owner_of(found),
        )
        return Live(identity, inputs)
