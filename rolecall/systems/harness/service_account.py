"""Service accounts: https://developer.harness.io/docs/platform/role-based-access-control/add-and-manage-service-account.

They are made without any API key; Rolecall makes none.
"""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.harness.client import TAG, owner_of, scope
from rolecall.systems.harness.identifiers import identifier, shown
from rolecall.systems.harness.tagged import Tagged, TaggedInputs
from rolecall.systems.requests import Json
from rolecall.systems.resource import Live

PATH = "/ng/api/serviceaccount"
# Harness requires an address; it sends no mail. https://developer.harness.io/docs/platform/automation/api
DOMAIN = "service.harness.io"


class ServiceAccountInputs(TaggedInputs):
    """A service account."""

    name: str = Field(min_length=1, description="the service principal that it represents")
    description: str = Field(default="", description="what it is for")


class ServiceAccount(Tagged[ServiceAccountInputs]):
    """A service account without any key."""

    token = "rolecall:harness:ServiceAccount"
    description = "A service account in Harness, which represents a service principal. It has no API key of Rolecall's."
    loss = "its keys"
    noun, path = "service account", PATH
    path_to_read = f"{PATH}/aggregate"
    envelope = "serviceAccount"
    replaced_by = frozenset({"name"})

    def identity(self, inputs: ServiceAccountInputs) -> str:
        """Return its identifier."""
        return identifier(inputs.name)

    def body(self, inputs: ServiceAccountInputs) -> Json:
        """Return the body of the requests that create and update it."""
        identity = identifier(inputs.name)
        return {
            **scope(),
            "identifier": identity,
            "name": shown(inputs.name),
            "email": f"{identity.lower()}@{DOMAIN}",
            "description": inputs.description,
            "tags": {TAG: inputs.managed_by},
        }

    def read(self, identity: str, declared: ServiceAccountInputs | None) -> Live[ServiceAccountInputs] | None:
        """Return it."""
        found = self.found(identity)
        if found is None:
            return None
        name = declared.name if declared else str(found["name"])
        description = str(found.get("description") or "")
        return Live(identity, ServiceAccountInputs(name=name, description=description, managed_by=owner_of(found)))
