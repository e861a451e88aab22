"""Resource groups: https://developer.harness.io/docs/platform/role-based-access-control/add-resource-groups."""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.harness.client import TAG, data, harness, one, owner_of, remove, scope
from rolecall.systems.harness.identifiers import PATTERN
from rolecall.systems.ownership import not_owned
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/resourcegroup/api/v2/resourcegroup"


class Selection(Model):
    """Some resources of one type."""

    type: str = Field(min_length=1, description="their type, PIPELINE say")
    identifiers: list[str] = Field(min_length=1, description="their identifiers; all, where there would be none")


class ResourceGroupInputs(Model):
    """A resource group."""

    identifier: str = Field(pattern=PATTERN, description="its identifier, and its name")
    description: str = Field(default="", description="what it is for")
    resources: list[Selection] = Field(min_length=1, description="what is in it; always named, never everything")
    managed_by: str = Field(min_length=1, description="whose it is; written as a tag")


class ResourceGroup(Resource[ResourceGroupInputs]):
    """A resource group of the project."""

    token = "rolecall:harness:ResourceGroup"
    description = "A resource group in Harness: the resources, named one by one, on which roles are given."
    model = ResourceGroupInputs
    replaced_by = frozenset({"identifier"})

    def create(self, inputs: ResourceGroupInputs) -> Live[ResourceGroupInputs]:
        """Make it, or go on with one that an earlier run has made."""
        if _ours(inputs.identifier, inputs.managed_by) is not None:
            return self.update(inputs.identifier, inputs, inputs)
        request = Request("POST", PATH, body=_body(inputs))
        harness().once(lambda: _ours(inputs.identifier, inputs.managed_by), request, lambda answer: dict(data(answer)))
        return Live(inputs.identifier, inputs)

    def read(self, identity: str, declared: ResourceGroupInputs | None) -> Live[ResourceGroupInputs] | None:
        """Return it; one that holds everything, or what its resources' attributes say, names no resource."""
        found = _read(identity)
        if found is None:
            return None
        chosen = (found.get("resourceFilter") or {}).get("resources") or []
        resources = [
            Selection(type=one_["resourceType"], identifiers=list(one_.get("identifiers") or ["everything"]))
            for one_ in chosen
        ]
        inputs = ResourceGroupInputs(
            identifier=found["identifier"],
            description=str(found.get("description") or ""),
            resources=resources or [Selection(type="everything", identifiers=["everything"])],
            managed_by=owner_of(found),
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: ResourceGroupInputs, new: ResourceGroupInputs) -> Live[ResourceGroupInputs]:
        """Change what is in it."""
        harness().send(Request("PUT", f"{PATH}/{identity}", body=_body(new)))
        return Live(identity, new)

    def delete(self, identity: str, declared: ResourceGroupInputs) -> None:
        """Remove it, with the roles that were given on it."""
        if _ours(identity, declared.managed_by) is not None:
            remove(f"{PATH}/{identity}")


def _read(identity: str) -> Json | None:
    found = one(f"{PATH}/{identity}")
    return dict(found["resourceGroup"]) if found else None


def _ours(identity: str, managed_by: str) -> Json | None:
    """Return it, or None; raise NotOwned where it is somebody else's."""
    found = _read(identity)
    if found is not None and owner_of(found) != managed_by:
        raise not_owned(f"Harness resource group {identity!r}")
    return found


def _body(inputs: ResourceGroupInputs) -> Json:
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
            "resources": [{"resourceType": one_.type, "identifiers": one_.identifiers} for one_ in inputs.resources],
        },
    }
    return {"resourceGroup": group}
