"""Users: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/."""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import invalid, missing
from rolecall.emulators.okta.models import ACTIVE, DEPROVISIONED, User, new_id
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.scim_filter import InvalidFilter, parse_filter

# "limit: … maximum 200; default 200 with search, 10 with q".
MOST_USERS = 200
REQUIRED = ("login", "email", "firstName", "lastName")


def described(user: User) -> Json:
    """Return a user as the API answers it."""
    return {
        "id": user.id,
        "status": user.status,
        "created": user.created,
        "activated": user.created,
        "statusChanged": user.changed,
        "lastLogin": None,
        "lastUpdated": user.changed,
        "passwordChanged": None,
        "type": {"id": "oty1defaultuser00001"},
        "profile": user.profile,
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
        "_links": {},
    }


class Users:
    """The routes under /api/v1/users."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        path = "/api/v1/users"
        return [
            Endpoint("GET", path, self.list_all),
            Endpoint("POST", path, self.create),
            Endpoint("GET", f"{path}/{{id}}", self.get),
            Endpoint("POST", f"{path}/{{id}}", self.update),
            Endpoint("DELETE", f"{path}/{{id}}", self.delete),
            Endpoint("GET", f"{path}/{{id}}/groups", self.groups),
            Endpoint("POST", f"{path}/{{id}}/lifecycle/deactivate", self.deactivate),
            Endpoint("POST", f"{path}/{{id}}/lifecycle/activate", self.activate),
        ]

    def list_all(self, call: Call) -> Answer:
        """Answer users; those who were deactivated only when they are asked for."""
        every = [described(one) for one in self._organizations.now().users.values()]
        text = call.query.get("search") or call.query.get("filter")
        if text:
            try:
                matches = parse_filter(text)
            except InvalidFilter as error:
                raise invalid("search", f"Invalid search criteria: {error}") from error
            every = [one for one in every if matches(one)]
        else:
            every = [one for one in every if one["status"] != DEPROVISIONED]
        if prefix := call.query.get("q"):
            every = [
                one
                for one in every
                if any(str(one["profile"].get(name, "")).lower().startswith(prefix.lower()) for name in REQUIRED)
            ]
        return self._pages.page(call, every, key=lambda one: str(one["id"]), default=MOST_USERS, most=MOST_USERS)

    def get(self, call: Call) -> Json:
        """Answer a user, by id or login."""
        return described(self._find(call))

    def create(self, call: Call) -> Json:
        """Make a user, active unless the call says otherwise."""
        profile = call.body.get("profile") or {}
        for name in REQUIRED:
            if not profile.get(name):
                raise invalid(name, "The field cannot be left blank")
        now = self._organizations.now()
        if any(one.profile["login"].lower() == str(profile["login"]).lower() for one in now.users.values()):
            raise invalid("login", "An object with this field already exists in the current organization")
        at = self._organizations.timestamp()
        status = "STAGED" if call.query.get("activate") == "false" else ACTIVE
        made = User(new_id("00u"), status, dict(profile), at, at)
        now.users[made.id] = made
        for group in call.body.get("groupIds") or []:
            now.groups[group].members.append(made.id)
        self._organizations.record(call, "user.lifecycle.create", made.id, profile["login"])
        return described(made)

    def update(self, call: Call) -> Json:
        """Change parts of a user's profile."""
        user = self._find(call)
        user.profile.update(call.body.get("profile") or {})
        user.changed = self._organizations.timestamp()
        return described(user)

    def deactivate(self, call: Call) -> Json:
        """Take a user out of everything."""
        user = self._find(call)
        self._leave(user)
        self._organizations.record(call, "user.lifecycle.deactivate", user.id, user.profile["login"])
        return {}

    def activate(self, call: Call) -> Json:
        """Let a user in; memberships that were lost are not given back."""
        user = self._find(call)
        user.status = ACTIVE
        return {}

    def delete(self, call: Call) -> Answer:
        """Deactivate an active user; remove one who was deactivated before."""
        user = self._find(call)
        if user.status == DEPROVISIONED:
            del self._organizations.now().users[user.id]
        else:
            self._leave(user)
        return Answer(None, 204)

    def groups(self, call: Call) -> list[Json]:
        """Answer the groups that a user is in."""
        user = self._find(call)
        return [
            {"id": one.id, "type": one.type, "profile": one.profile}
            for one in self._organizations.now().groups_of(user.id)
        ]

    def _leave(self, user: User) -> None:
        user.status = DEPROVISIONED
        user.changed = self._organizations.timestamp()
        now = self._organizations.now()
        for group in now.groups.values():
            group.members = [one for one in group.members if one != user.id]
        for application in now.applications.values():
            application.users.pop(user.id, None)

    def _find(self, call: Call) -> User:
        identity = call.parameters["id"]
        users = self._organizations.now().users
        found = users.get(identity) or next((one for one in users.values() if one.profile["login"] == identity), None)
        if found is None:
            raise missing(identity, "User")
        return found
