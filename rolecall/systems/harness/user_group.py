"""User groups: https://developer.harness.io/docs/platform/role-based-access-control/add-user-groups.

Their members come with single sign-on: each is linked to the identity provider's group of its name, through the SAML
settings that HARNESS_SSO_ID names.
"""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.harness.client import TAG, harness, one, owner_of, remove, scope, single_sign_on
from rolecall.systems.harness.identifiers import identifier, shown
from rolecall.systems.harness.permissions import USER_GROUP, every_assignment
from rolecall.systems.harness.resource_group import PATH as RESOURCE_GROUPS
from rolecall.systems.harness.tagged import Tagged, TaggedInputs
from rolecall.systems.ownership import organization_of
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live

PATH = "/ng/api/user-groups"


class UserGroupInputs(TaggedInputs):
    """A group of the identity provider, as Harness knows it."""

    name: str = Field(min_length=1, description="the group's name in the identity provider")
    description: str = Field(default="", description="what it is for")
    linked: bool = Field(default=True, description="its members come from the identity provider, and from nowhere else")


class UserGroup(Tagged[UserGroupInputs]):
    """A user group that is linked to the identity provider's."""

    token = "rolecall:harness:UserGroup"
    description = "A user group in Harness that single sign-on fills from the identity provider's group of its name."
    noun, path = "user group", PATH
    replaced_by = frozenset({"name"})

    def identity(self, inputs: UserGroupInputs) -> str:
        """Return its identifier."""
        return identifier(inputs.name)

    def found(self, identity: str) -> Json | None:
        """Return it as Harness describes it, or None where it is gone."""
        found: Json | None = one(f"{PATH}/{identity}")
        return found

    def body(self, inputs: UserGroupInputs) -> Json:
        """Return the body of the requests that create and update it."""
        body: Json = {
            **scope(),
            "identifier": identifier(inputs.name),
            "name": shown(inputs.name),
            "description": inputs.description,
            "tags": {TAG: inputs.managed_by},
        }
        if inputs.linked and single_sign_on():
            body |= {"ssoLinked": True, "linkedSsoId": single_sign_on(), "linkedSsoType": "SAML"}
            body |= {"ssoGroupId": inputs.name, "ssoGroupName": inputs.name}
        return body

    def writing(self, inputs: UserGroupInputs, *, is_new: bool) -> Request:
        """Return the request; one that updates names the group in its body only."""
        return Request("POST" if is_new else "PUT", PATH, body=self.body(inputs))

    def read(self, identity: str, declared: UserGroupInputs | None) -> Live[UserGroupInputs] | None:
        """Return it; one that was unlinked can be filled by hand, and differs."""
        found = self.found(identity)
        if found is None:
            return None
        name = declared.name if declared else str(found["name"])
        linked = not single_sign_on() or (
            found.get("linkedSsoId") == single_sign_on() and found.get("ssoGroupName") == name
        )
        description = str(found.get("description") or "")
        return Live(
            identity,
            UserGroupInputs(name=name, description=description, linked=linked, managed_by=owner_of(found)),
        )

    def delete(self, identity: str, declared: UserGroupInputs) -> None:
        """Remove it, if it still has our mark; one that others gave a role to is left to them, unmarked."""
        if self.ours(identity, declared.managed_by) is None:
            return
        if _has_roles_of_others(identity, declared.managed_by):
            harness().send(Request("PUT", PATH, body={**self.body(declared), "tags": {}}))
            return
        remove(f"{PATH}/{identity}")


def _has_roles_of_others(identity: str, managed_by: str) -> bool:
    """Return whether a group has a role on what is not ours: that would go with the group, without a word."""
    principal = {"scopeLevel": "project", "identifier": identity, "type": USER_GROUP}
    held = every_assignment({"principalFilter": [principal]})
    groups = {str(one_["resourceGroupIdentifier"]) for one_ in held}
    found = [one(f"{RESOURCE_GROUPS}/{group}") for group in sorted(groups)]
    return any(
        organization_of(owner_of(group["resourceGroup"])) != organization_of(managed_by)
        for group in found
        if group is not None
    )
