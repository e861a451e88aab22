"""Service accounts: https://developer.harness.io/docs/platform/role-based-access-control/add-and-manage-service-account.

They are made without any API key; Rolecall makes none.
"""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.harness.client import TAG, data, harness, one, owner_of, remove, scope
from rolecall.systems.harness.identifiers import identifier, shown
from rolecall.systems.ownership import not_owned
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/ng/api/serviceaccount"
# Harness asks for an address; nobody is written to. https://developer.harness.io/docs/platform/automation/api
DOMAIN = "service.harness.io"


class ServiceAccountInputs(Model):
    """A service account."""

    name: str = Field(min_length=1, description="the service principal that it stands for")
    description: str = Field(default="", description="what it is for")
    managed_by: str = Field(min_length=1, description="whose it is; written as a tag")


class ServiceAccount(Resource[ServiceAccountInputs]):
    """A service account without any key."""

    token = "rolecall:harness:ServiceAccount"
    description = "A service account in Harness, which stands for a service principal. It has no API key of Rolecall's."
    model = ServiceAccountInputs
    replaced_by = frozenset({"name"})

    def create(self, inputs: ServiceAccountInputs) -> Live[ServiceAccountInputs]:
        """Make it, or go on with one that an earlier run has made."""
        identity = identifier(inputs.name)
        if _ours(identity, inputs.managed_by) is not None:
            return self.update(identity, inputs, inputs)
        request = Request("POST", PATH, body=_body(inputs))
        harness().once(lambda: _ours(identity, inputs.managed_by), request, lambda answer: dict(data(answer)))
        return Live(identity, inputs)

    def read(self, identity: str, declared: ServiceAccountInputs | None) -> Live[ServiceAccountInputs] | None:
        """Return it."""
        found = _read(identity)
        if found is None:
            return None
        name = declared.name if declared else str(found["name"])
        description = str(found.get("description") or "")
        return Live(identity, ServiceAccountInputs(name=name, description=description, managed_by=owner_of(found)))

    def update(self, identity: str, old: ServiceAccountInputs, new: ServiceAccountInputs) -> Live[ServiceAccountInputs]:
        """Describe it anew."""
        harness().send(Request("PUT", f"{PATH}/{identity}", body=_body(new)))
        return Live(identity, new)

    def delete(self, identity: str, declared: ServiceAccountInputs) -> None:
        """Remove it, with its keys."""
        if _ours(identity, declared.managed_by) is not None:
            remove(f"{PATH}/{identity}")


def _ours(identity: str, managed_by: str) -> Json | None:
    """Return it, or None; raise NotOwned where it is somebody else's."""
    found = _read(identity)
    if found is not None and owner_of(found) != managed_by:
        raise not_owned(f"Harness service account {identity!r}")
    return found


def _read(identity: str) -> Json | None:
    found = one(f"{PATH}/aggregate/{identity}")
    return dict(found["serviceAccount"]) if found else None


def _body(inputs: ServiceAccountInputs) -> Json:
    identity = identifier(inputs.name)
    return {
        **scope(),
        "identifier": identity,
        "name": shown(inputs.name),
        "email": f"{identity.lower()}@{DOMAIN}",
        "description": inputs.description,
        "tags": {TAG: inputs.managed_by},
    }
