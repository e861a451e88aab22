"""Custom roles with their permissions.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleECustom/ and
…/tag/RoleECustomPermission/.
"""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import invalid, missing
from rolecall.emulators.okta.models import new_id

PATH = "/api/v1/iam/roles"


class CustomRoles:
    """The routes under /api/v1/iam/roles."""

    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        one = f"{PATH}/{{id}}"
        permissions = f"{one}/permissions"
        return [
            Endpoint("GET", PATH, self.list_all, knows=("after",)),
            Endpoint("POST", PATH, self.create),
            Endpoint("GET", one, lambda call: self._described(self._find(call))),
            Endpoint("PUT", one, self.replace),
            Endpoint("DELETE", one, self.delete),
            Endpoint("GET", permissions, self.list_permissions),
            Endpoint("GET", f"{permissions}/{{permission}}", self.get_permission),
            Endpoint("POST", f"{permissions}/{{permission}}", self.add_permission),
            Endpoint("PUT", f"{permissions}/{{permission}}", self.add_permission),
            Endpoint("DELETE", f"{permissions}/{{permission}}", self.remove_permission),
        ]

    def list_all(self, call: Call) -> Json:
        """Answer the custom roles."""
        held = self._organizations.now().custom_roles.values()
        return {"roles": [self._described(one) for one in held], "_links": {"next": None}}

    def create(self, call: Call) -> Json:
        """Make a role."""
        text = self._text(call, None)
        permissions = call.body.get("permissions") or []
        if not permissions:
            raise invalid("permissions", "permissions: The field cannot be left blank")
        at = self._organizations.timestamp()
        held = {str(name): {"created": at, "lastUpdated": at, "conditions": None} for name in permissions}
        made = {"id": new_id("cr0"), **text, "created": at, "lastUpdated": at, "permissions": held}
        self._organizations.now().custom_roles[made["id"]] = made
        return self._described(made)

    def replace(self, call: Call) -> Json:
        """Replace a role's label and description."""
        role = self._find(call)
        role |= {**self._text(call, role), "lastUpdated": self._organizations.timestamp()}
        return self._described(role)

    def delete(self, call: Call) -> Answer:
        """Remove a role without holders."""
        role, now = self._find(call), self._organizations.now()
        if any(one.get("role") == role["id"] for held in now.roles.values() for one in held.values()):
            raise invalid("id", "The role is assigned and cannot be deleted")
        del now.custom_roles[role["id"]]
        return Answer(None, 204)

    def list_permissions(self, call: Call) -> Json:
        """Answer what a role allows."""
        role = self._find(call)
        return {"permissions": [self._permission(role, name) for name in role["permissions"]]}

    def get_permission(self, call: Call) -> Json:
        """Answer one permission of a role."""
        return self._permission(*self._held(call))

    def add_permission(self, call: Call) -> Answer:
        """Let a role allow more; PUT changes the conditions."""
        role, name, at = self._find(call), call.parameters["permission"], self._organizations.timestamp()
        before = role["permissions"].get(name) or {"created": at}
        role["permissions"][name] = {**before, "lastUpdated": at, "conditions": call.body.get("conditions")}
        return Answer(None, 204) if call.method == "POST" else Answer(self._permission(role, name))

    def remove_permission(self, call: Call) -> Answer:
        """Let a role allow less."""
        role, name = self._held(call)
        del role["permissions"][name]
        return Answer(None, 204)

    def _text(self, call: Call, own: Json | None) -> Json:
        label = str(call.body.get("label") or "")
        if not label:
            raise invalid("label", "label: The field cannot be left blank")
        held = self._organizations.now().custom_roles.values()
        if any(one["label"] == label and one is not own for one in held):
            raise invalid("label", "label: An object with this field already exists in the current organization")
        return {"label": label, "description": call.body.get("description")}

    def _find(self, call: Call) -> Json:
        """Return a role by id or label."""
        wanted, held = call.parameters["id"], self._organizations.now().custom_roles
        found = held.get(wanted) or next((one for one in held.values() if one["label"] == wanted), None)
        if found is None:
            raise missing(wanted, "Role")
        return found

    def _held(self, call: Call) -> tuple[Json, str]:
        role, name = self._find(call), call.parameters["permission"]
        if name not in role["permissions"]:
            raise missing(name, "Permission")
        return role, name

    def _described(self, role: Json) -> Json:
        own = f"{self._organizations.address()}{PATH}/{role['id']}"
        text = {"id": role["id"], "label": role["label"], "isCloneable": False, "description": role["description"]}
        times = {"created": role["created"], "lastUpdated": role["lastUpdated"]}
        return {**text, **times, "_links": {"permissions": {"href": f"{own}/permissions"}, "self": {"href": own}}}

    def _permission(self, role: Json, name: str) -> Json:
        own = f"{self._organizations.address()}{PATH}/{role['id']}"
        found = {"role": {"href": own}, "self": {"href": f"{own}/permissions/{name}"}}
        return {"label": name, **role["permissions"][name], "_links": found}
