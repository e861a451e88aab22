"""Roles: https://developer.harness.io/docs/platform/role-based-access-control/add-manage-roles."""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.harness.client import TAG, data, harness, one, remove
from rolecall.systems.harness.identifiers import PATTERN
from rolecall.systems.ownership import not_owned
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/authz/api/roles"


class RoleInputs(Model):
    """A role."""

    identifier: str = Field(pattern=PATTERN, description="its identifier, and its name")
    description: str = Field(default="", description="what it is for")
    permissions: list[str] = Field(min_length=1, description="what whoever has it may do")
    managed_by: str = Field(min_length=1, description="whose it is; written as a tag")


class Role(Resource[RoleInputs]):
    """A role of the project."""

    token = "rolecall:harness:Role"
    description = "A role in a project in Harness: some permissions, to be given on a resource group."
    model = RoleInputs
    replaced_by = frozenset({"identifier"})
    unordered = frozenset({"permissions"})

    def create(self, inputs: RoleInputs) -> Live[RoleInputs]:
        """Make it, or go on with one that an earlier run has made."""
        if _ours(inputs.identifier, inputs.managed_by) is not None:
            return self.update(inputs.identifier, inputs, inputs)
        request = Request("POST", PATH, body=_body(inputs))
        harness().once(lambda: _ours(inputs.identifier, inputs.managed_by), request, lambda answer: dict(data(answer)))
        return Live(inputs.identifier, inputs)

    def read(self, identity: str, declared: RoleInputs | None) -> Live[RoleInputs] | None:
        """Return it."""
        found = one(f"{PATH}/{identity}")
        if found is None:
            return None
        role = found["role"]
        inputs = RoleInputs(
            identifier=role["identifier"],
            description=str(role.get("description") or ""),
            permissions=sorted(role["permissions"]),
            managed_by=str((role.get("tags") or {}).get(TAG) or "nobody"),
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: RoleInputs, new: RoleInputs) -> Live[RoleInputs]:
        """Change what it lets do."""
        harness().send(Request("PUT", f"{PATH}/{identity}", body=_body(new)))
        return Live(identity, new)

    def delete(self, identity: str, declared: RoleInputs) -> None:
        """Remove it, with its assignments."""
        if _ours(identity, declared.managed_by) is not None:
            remove(f"{PATH}/{identity}")


def _ours(identity: str, managed_by: str) -> Json | None:
    """Return it, or None; raise NotOwned where it is somebody else's."""
    found = one(f"{PATH}/{identity}")
    if found is not None and (found["role"].get("tags") or {}).get(TAG) != managed_by:
        raise not_owned(f"Harness role {identity!r}")
    return dict(found) if found else None


def _body(inputs: RoleInputs) -> Json:
    return {
        "identifier": inputs.identifier,
        "name": inputs.identifier,
        "description": inputs.description,
        "permissions": sorted(inputs.permissions),
        "allowedScopeLevels": ["project"],
        "tags": {TAG: inputs.managed_by},
    }
