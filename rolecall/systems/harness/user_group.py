"""User groups: https://developer.harness.io/docs/platform/role-based-access-control/add-user-groups.

Their members come with single sign-on: each is linked to the identity provider's group of its name, through the SAML
settings that HARNESS_SSO_ID names.
"""

from __future__ import annotations

from pydantic import Field

from rolecall.systems.harness.client import TAG, data, harness, one, owner_of, remove, scope, single_sign_on
from rolecall.systems.harness.identifiers import identifier, shown
from rolecall.systems.ownership import not_owned
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/ng/api/user-groups"


class UserGroupInputs(Model):
    """A group of the identity provider, as Harness knows it."""

    name: str = Field(min_length=1, description="the group's name in the identity provider")
    description: str = Field(default="", description="what it is for")
    linked: bool = Field(default=True, description="its members come from the identity provider, and from nowhere else")
    managed_by: str = Field(min_length=1, description="whose it is; written as a tag")


class UserGroup(Resource[UserGroupInputs]):
    """A user group that is linked to the identity provider's."""

    token = "rolecall:harness:UserGroup"
    description = "A user group in Harness that single sign-on fills from the identity provider's group of its name."
    model = UserGroupInputs
    replaced_by = frozenset({"name"})

    def create(self, inputs: UserGroupInputs) -> Live[UserGroupInputs]:
        """Make it, or go on with one that an earlier run has made."""
        identity = identifier(inputs.name)
        if _ours(identity, inputs.managed_by) is not None:
            return self.update(identity, inputs, inputs)
        request = Request("POST", PATH, body=_body(inputs))
        harness().once(lambda: _ours(identity, inputs.managed_by), request, lambda answer: dict(data(answer)))
        return Live(identity, inputs)

    def read(self, identity: str, declared: UserGroupInputs | None) -> Live[UserGroupInputs] | None:
        """Return it; one that was unlinked can be filled by hand, and differs."""
        found = one(f"{PATH}/{identity}")
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

    def update(self, identity: str, old: UserGroupInputs, new: UserGroupInputs) -> Live[UserGroupInputs]:
        """Describe it anew, or link it again."""
        harness().send(Request("PUT", PATH, body=_body(new)))
        return Live(identity, new)

    def delete(self, identity: str, declared: UserGroupInputs) -> None:
        """Remove it, if it still says that it is ours."""
        if _ours(identity, declared.managed_by) is not None:
            remove(f"{PATH}/{identity}")


def _ours(identity: str, managed_by: str) -> Json | None:
    """Return it, or None; raise NotOwned where it is somebody else's."""
    found: Json | None = one(f"{PATH}/{identity}")
    if found is not None and owner_of(found) != managed_by:
        raise not_owned(f"Harness user group {identity!r}")
    return found


def _body(inputs: UserGroupInputs) -> Json:
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
