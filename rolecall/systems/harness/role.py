"""Roles: https://developer.harness.io/docs/platform/role-based-access-control/add-manage-roles."""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.harness.client import TAG, owner_of
from rolecall.systems.harness.identifiers import PATTERN
from rolecall.systems.harness.tagged import Tagged, TaggedInputs
from rolecall.systems.requests import Json
from rolecall.systems.resource import Live

PATH = "/authz/api/roles"


class RoleInputs(TaggedInputs):
    """A role."""

    identifier: str = Field(pattern=PATTERN, description="its identifier, and its name")
    description: str = Field(default="", description="what it is for")
    permissions: list[str] = Field(min_length=1, description="permissions of the role")


class Role(Tagged[RoleInputs]):
    """A role of the project."""

    token = "rolecall:harness:Role"
    description = "A role in a project in Harness: some permissions, to be given on a resource group."
    noun, path = "role", PATH
    envelope = "role"
    replaced_by = frozenset({"identifier"})
    unordered = frozenset({"permissions"})

    def identity(self, inputs: RoleInputs) -> str:
        """Return its identifier."""
        return inputs.identifier

    def body(self, inputs: RoleInputs) -> Json:
        """Return the body of the requests that create and update it."""
        return {
            "identifier": inputs.identifier,
            "name": inputs.identifier,
            "description": inputs.description,
            "permissions": sorted(inputs.permissions),
            "allowedScopeLevels": ["project"],
            "tags": {TAG: inputs.managed_by},
        }

    def read(self, identity: str, declared: RoleInputs | None) -> Live[RoleInputs] | None:
        """Return it."""
        role = self.found(identity)
        if role is None:
            return None
        inputs = RoleInputs(
            identifier=role["identifier"],
            description=str(role.get("description") or ""),
            permissions=sorted(role.get("permissions") or []),
            managed_by=owner_of(role),
        )
        return Live(identity, inputs)
