"""Roles: https://developer.harness.io/docs/platform/role-based-access-control/add-manage-roles."""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.harness.client import TAG, one, owner_of
from rolecall.systems.harness.identifiers import PATTERN
from rolecall.systems.harness.tagged import Tagged, TaggedInputs
from rolecall.systems.requests import Json, Request
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
    replaced_by = frozenset({"identifier"})
    unordered = frozenset({"permissions"})

    def identity(self, inputs: RoleInputs) -> str:
        """Return its identifier."""
        return inputs.identifier

    def found(self, identity: str) -> Json | None:
        """Return it as Harness describes it, or None where it is gone."""
        found = one(f"{PATH}/{identity}")
        return dict(found["role"]) if found else None

    def writing(self, inputs: RoleInputs, *, is_new: bool) -> Request:
        """Return the request that makes it, or that changes it."""
        path = PATH if is_new else f"{PATH}/{inputs.identifier}"
        return Request("POST" if is_new else "PUT", path, body=_body(inputs))

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


def _body(inputs: RoleInputs) -> Json:
    return {
        "identifier": inputs.identifier,
        "name": inputs.identifier,
        "description": inputs.description,
        "permissions": sorted(inputs.permissions),
        "allowedScopeLevels": ["project"],
        "tags": {TAG: inputs.managed_by},
    }
