"""What happens to users: activation, suspension, passwords, and the groups and applications that they have.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserLifecycle/, …/tag/UserCred/ and
…/tag/UserResources/.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta.applications import assigned_users
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import invalid, missing, refused
from rolecall.emulators.okta.groups import described as described_group
from rolecall.emulators.okta.models import ACTIVE, DEPROVISIONED, PROVISIONED, STAGED, User
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.okta.users import EXPIRED, Users, described, leave, require_status

SUSPENDED = "SUSPENDED"


class UserLifecycle:
    """The routes below a user."""

    def __init__(self, organizations: Organizations, pages: Pages, users: Users) -> None:
        self._organizations = organizations
        self._pages = pages
        self._users = users

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        one = "/api/v1/users/{id}"
        operations: dict[str, Callable[[Call], Json]] = {
            "activate": self.activate,
            "reactivate": self.reactivate,
            "deactivate": self.deactivate,
            "suspend": self.suspend,
            "unsuspend": self.unsuspend,
            "unlock": self.unlock,
            "reset_password": self.reset_password,
            "expire_password": self.expire_password,
            "expire_password_with_temp_password": self.temporary_password,
            "reset_factors": lambda call: self._nothing(self._users.find(call)),
        }
        return [
            *(
                Endpoint("POST", f"{one}/lifecycle/{name}", handler, knows=("sendEmail",))
                for name, handler in operations.items()
            ),
            Endpoint("POST", f"{one}/credentials/change_password", self.change_password, knows=("strict",)),
            Endpoint("POST", f"{one}/credentials/change_recovery_question", self.change_question),
            Endpoint("GET", f"{one}/groups", self.groups),
            Endpoint("GET", f"{one}/appLinks", self.application_links),
            Endpoint("GET", f"{one}/linkedObjects/{{relation}}", self.linked),
            Endpoint("PUT", f"{one}/linkedObjects/{{relation}}/{{primary}}", self.link),
            Endpoint("DELETE", f"{one}/linkedObjects/{{relation}}", self.unlink),
        ]

    def activate(self, call: Call) -> Json:
        """Let a user in; memberships that were lost are not given back."""
        user = self._users.find(call)
        if user.status not in (STAGED, DEPROVISIONED):
            raise refused(403, "E0000016", "Activation failed because the user is already active")
        self._set(user, ACTIVE if user.has_password or user.provider == "FEDERATION" else PROVISIONED)
        user.activated = user.status_changed
        self._organizations.record(call, "user.lifecycle.activate", user.id, user.profile["login"])
        return self._mailed(call, "activation", "activate")

    def reactivate(self, call: Call) -> Json:
        """Send the activation once more to a user who has not signed in."""
        require_status(self._users.find(call), (PROVISIONED, "RECOVERY"), "User is not in PROVISIONED status")
        return self._mailed(call, "activation", "activate")

    def deactivate(self, call: Call) -> Json:
        """Take a user out of everything."""
        user = self._users.find(call)
        if user.status != DEPROVISIONED:
            leave(self._organizations, user)
            self._organizations.record(call, "user.lifecycle.deactivate", user.id, user.profile["login"])
        return {}

    def suspend(self, call: Call) -> Json:
        """Keep an active user out; groups and assignments stay."""
        user = self._users.find(call)
        if user.status not in (ACTIVE, PROVISIONED):
            raise refused(
                400, "E0000001", "Api validation failed: suspendUser", "Cannot suspend a user that is not active"
            )
        self._set(user, SUSPENDED)
        return {}

    def unsuspend(self, call: Call) -> Json:
        """Let a suspended user in again."""
        user = self._users.find(call)
        if user.status != SUSPENDED:
            what = "Cannot unsuspend a user that is not suspended"
            raise refused(400, "E0000001", "Api validation failed: unsuspendUser", what)
        self._set(user, ACTIVE if user.has_password else PROVISIONED)
        return {}

    def unlock(self, call: Call) -> Json:
        """Let a user in who was locked out."""
        user = self._users.find(call)
        require_status(user, ("LOCKED_OUT",), "User is not locked out")
        self._set(user, ACTIVE)
        return {}

    def reset_password(self, call: Call) -> Json:
        """Let a user choose a new password."""
        user = self._users.find(call)
        require_status(user, (ACTIVE, PROVISIONED, EXPIRED, "LOCKED_OUT", "RECOVERY"), "User is not active")
        self._set(user, "RECOVERY")
        return self._mailed(call, "resetPassword", "reset_password")

    def expire_password(self, call: Call) -> Json:
        """Let a user choose a new password at the next sign-in."""
        user = self._users.find(call)
        require_status(user, (ACTIVE, EXPIRED, "RECOVERY", "LOCKED_OUT"), "User is not active")
        self._set(user, EXPIRED)
        return described(self._organizations, user, whole=True)

    def temporary_password(self, call: Call) -> Json:
        """Give a user a password for the next sign-in only."""
        self.expire_password(call)
        return {"tempPassword": secrets.token_urlsafe(9)}

    def change_password(self, call: Call) -> Json:
        """Change a password, of which the old one is known; the emulator does not compare it."""
        user = self._users.find(call)
        for name in ("oldPassword", "newPassword"):
            if not (call.body.get(name) or {}).get("value"):
                raise invalid("changePassword", f"{name}: The field cannot be left blank")
        require_status(user, (ACTIVE, EXPIRED, STAGED, "RECOVERY"), "User is not active")
        user.has_password, user.password_changed = True, self._organizations.timestamp()
        return self._credentials(user)

    def change_question(self, call: Call) -> Json:
        """Change the recovery question."""
        user, asked = self._users.find(call), call.body.get("recovery_question") or {}
        if not (call.body.get("password") or {}).get("value") or not asked.get("question") or not asked.get("answer"):
            raise invalid("changeRecoveryQuestion", "recovery_question: The field cannot be left blank")
        user.question = str(asked["question"])
        return self._credentials(user)

    def groups(self, call: Call) -> Answer:
        """Answer the groups that a user is in."""
        user, now = self._users.find(call), self._organizations.now()
        found = [described_group(self._organizations, one) for one in now.groups_of(user.id)]
        return self._pages.page(call, found, key=lambda one: str(one["id"]), default=200, most=200)

    def application_links(self, call: Call) -> list[Json]:
        """Answer the applications that a user is assigned to."""
        user, now = self._users.find(call), self._organizations.now()
        return [
            {
                "id": f"{user.id}{one.id}",
                "label": one.label,
                "linkUrl": f"{self._organizations.address()}/home/{one.name}/{one.id}",
                "logoUrl": "https://op3static2.oktacdn.com/assets/img/logos/default.png",
                "appName": one.name,
                "appInstanceId": one.id,
                "appAssignmentId": f"0ua{user.id[3:]}",
                "credentialsSetup": False,
                "hidden": False,
                "sortOrder": place,
            }
            for place, one in enumerate(now.applications.values())
            if any(identity == user.id for identity, _, _ in assigned_users(now, one))
        ]

    def linked(self, call: Call) -> list[Json]:
        """Answer whom a user is linked to by a relation, from either side."""
        user, now, relation = self._users.find(call), self._organizations.now(), call.parameters["relation"]
        for name, definition in now.linked_objects.items():
            held = now.links.get(name, {})
            if relation == name:
                return [self._user_link(held[user.id])] if user.id in held else []
            if relation == definition["associated"]["name"]:
                return [self._user_link(one) for one, primary in held.items() if primary == user.id]
        raise missing(relation, "LinkedObjectDefinition")

    def link(self, call: Call) -> Answer:
        """Link a user to another by a relation."""
        user, now, relation = self._users.find(call), self._organizations.now(), call.parameters["relation"]
        if relation not in now.linked_objects:
            raise missing(relation, "LinkedObjectDefinition")
        now.links.setdefault(relation, {})[user.id] = self._users.find(call, "primary").id
        return Answer(None, 204)

    def unlink(self, call: Call) -> Answer:
        """Take a link away."""
        user, now, relation = self._users.find(call), self._organizations.now(), call.parameters["relation"]
        if relation not in now.linked_objects:
            raise missing(relation, "LinkedObjectDefinition")
        now.links.get(relation, {}).pop(user.id, None)
        return Answer(None, 204)

    def _user_link(self, identity: str) -> Json:
        return {"_links": {"self": {"href": f"{self._organizations.address()}/api/v1/users/{identity}"}}}

    def _set(self, user: User, status: str) -> None:
        user.status, user.status_changed = status, self._organizations.timestamp()
        user.changed = user.status_changed

    def _nothing(self, user: User) -> Json:
        return {}

    def _mailed(self, call: Call, noun: str, path: str) -> Json:
        """Return the link that a mail carries, where the call wants no mail."""
        if call.query.get("sendEmail", "true") != "false":
            return {}
        token = secrets.token_urlsafe(15)
        found: Json = {f"{noun}Url": f"{self._organizations.address()}/{path}/{token}"}
        return {**found, "activationToken": token} if noun == "activation" else found

    def _credentials(self, user: User) -> Json:
        found: Json = {"password": {}} if user.has_password else {}
        if user.question:
            found["recovery_question"] = {"question": user.question}
        return {**found, "provider": {"type": user.provider, "name": user.provider}}
