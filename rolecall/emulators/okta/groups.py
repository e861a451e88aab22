"""Groups and who is in them: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/."""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import denied, invalid, missing
from rolecall.emulators.okta.models import DEPROVISIONED, Group, new_id
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.okta.users import described as described_user
from rolecall.emulators.scim_filter import InvalidFilter, parse_filter

# "limit: … Okta recommends using a specific value other than the default or maximum" (default and maximum 10,000).
MOST_GROUPS = 10_000
# "If you use the expand=stats query parameter, the limit is 300 …"
MOST_WITH_STATISTICS = 300
# Members of a group: default and maximum 1,000.
MOST_MEMBERS = 1_000
MANAGED = "OKTA_GROUP"
LONGEST_NAME = 255


class Groups:
    """The routes under /api/v1/groups."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        path = "/api/v1/groups"
        return [
            Endpoint("GET", path, self.list_all),
            Endpoint("POST", path, self.create),
            Endpoint("GET", f"{path}/{{id}}", self.get),
            Endpoint("PUT", f"{path}/{{id}}", self.replace),
            Endpoint("DELETE", f"{path}/{{id}}", self.delete),
            Endpoint("GET", f"{path}/{{id}}/users", self.members),
            Endpoint("PUT", f"{path}/{{id}}/users/{{user}}", self.add_member),
            Endpoint("DELETE", f"{path}/{{id}}/users/{{user}}", self.remove_member),
            Endpoint("GET", f"{path}/{{id}}/apps", self.applications),
        ]

    def list_all(self, call: Call) -> Answer:
        """Answer groups: all, those whose name begins with `q`, or those that `search` or `filter` means."""
        groups = [self._described(one, call) for one in self._organizations.now().groups.values()]
        if prefix := call.query.get("q"):
            groups = [one for one in groups if one["profile"]["name"].lower().startswith(prefix.lower())]
        for name in ("search", "filter"):
            if text := call.query.get(name):
                try:
                    matches = parse_filter(text)
                except InvalidFilter as error:
                    raise invalid(name, f"Invalid search criteria: {error}") from error
                groups = [one for one in groups if matches(one)]
        most = MOST_WITH_STATISTICS if call.query.get("expand") == "stats" else MOST_GROUPS
        return self._pages.page(call, groups, key=_key, default=most, most=most)

    def get(self, call: Call) -> Json:
        """Answer a group."""
        return self._described(self._find(call), call)

    def create(self, call: Call) -> Json:
        """Make a group."""
        profile = self._profile(call, None)
        now = self._organizations.timestamp()
        made = Group(new_id("00g"), MANAGED, profile, now, now)
        self._organizations.now().groups[made.id] = made
        self._organizations.record(call, "group.lifecycle.create", made.id, profile["name"])
        return self._described(made)

    def replace(self, call: Call) -> Json:
        """Replace a group's profile."""
        group = self._own(call)
        group.profile = self._profile(call, group)
        group.changed = self._organizations.timestamp()
        self._organizations.record(call, "group.profile.update", group.id, group.profile["name"])
        return self._described(group)

    def delete(self, call: Call) -> Answer:
        """Remove a group, its assignments to applications, and its place in rules."""
        group = self._own(call)
        now = self._organizations.now()
        del now.groups[group.id]
        for application in now.applications.values():
            application.groups.pop(group.id, None)
        for rule in now.rules.values():
            if group.id in rule.groups:
                rule.groups.remove(group.id)
                rule.status = "INVALID"
        self._organizations.record(call, "group.lifecycle.delete", group.id, group.profile["name"])
        return Answer(None, 204)

    def members(self, call: Call) -> Answer:
        """Answer who is in a group."""
        now = self._organizations.now()
        users = [described_user(now.users[one]) for one in now.members(self._find(call).id)]
        return self._pages.page(call, users, key=_key, default=MOST_MEMBERS, most=MOST_MEMBERS)

    def add_member(self, call: Call) -> Answer:
        """Put a user into a group; one who is in it already stays."""
        group, user = self._own(call), self._user(call)
        if user not in group.members:
            group.members.append(user)
        self._organizations.record(call, "group.user_membership.add", group.id, user)
        return Answer(None, 204)

    def remove_member(self, call: Call) -> Answer:
        """Take a user out of a group."""
        group, user = self._own(call), self._user(call)
        if user in group.members:
            group.members.remove(user)
        self._organizations.record(call, "group.user_membership.remove", group.id, user)
        return Answer(None, 204)

    def applications(self, call: Call) -> Answer:
        """Answer the applications that a group is assigned to."""
        group = self._find(call)
        found = [
            {"id": one.id, "name": one.name, "label": one.label, "status": one.status}
            for one in self._organizations.now().applications.values()
            if group.id in one.groups
        ]
        return self._pages.page(call, found, key=_key, default=20, most=200)

    def _find(self, call: Call) -> Group:
        found = self._organizations.now().groups.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"], "UserGroup")
        return found

    def _own(self, call: Call) -> Group:
        """Return a group that may be changed here: not Okta's own, nor one that an application brought."""
        group = self._find(call)
        if group.type != MANAGED:
            raise denied()
        return group

    def _user(self, call: Call) -> str:
        identity = call.parameters["user"]
        found = self._organizations.now().users.get(identity)
        if found is None or found.status == DEPROVISIONED:
            raise missing(identity, "User")
        return identity

    def _profile(self, call: Call, own: Group | None) -> Json:
        given = call.body.get("profile")
        name = str(given.get("name") or "") if isinstance(given, dict) else ""
        if not isinstance(given, dict) or not name or len(name) > LONGEST_NAME:
            raise invalid("name", f"The field cannot be left blank, or longer than {LONGEST_NAME} characters")
        for other in self._organizations.now().groups.values():
            if other is not own and other.type == MANAGED and other.profile["name"] == name:
                raise invalid("name", "An object with this field already exists in the current organization")
        return {"name": name, "description": given.get("description"), **given}

    def _described(self, group: Group, call: Call | None = None) -> Json:
        embedded: Json = {}
        if call and call.query.get("expand") == "stats":
            now = self._organizations.now()
            applications = sum(group.id in one.groups for one in now.applications.values())
            stats = {"usersCount": len(now.members(group.id)), "appsCount": applications, "groupPushMappingsCount": 0}
            embedded = {"_embedded": {"stats": stats}}
        return {
            **embedded,
            "id": group.id,
            "created": group.created,
            "lastUpdated": group.changed,
            "lastMembershipUpdated": group.changed,
            "objectClass": ["okta:user_group"],
            "type": group.type,
            "profile": {key: value for key, value in group.profile.items() if value is not None},
            "_links": {},
        }


def _key(item: Json) -> str:
    return str(item["id"])
