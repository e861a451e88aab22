"""Groups and who is in them: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/."""

from __future__ import annotations

from collections.abc import Callable

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.okta import links
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import entry, invalid, missing, refused
from rolecall.emulators.okta.models import DEPROVISIONED, Application, Group, new_id
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.okta.searches import chosen, sorted_by
from rolecall.emulators.okta.users import described as described_user
from rolecall.emulators.routes import Routes, route

# "limit: … Okta recommends using a specific value other than the default or maximum" (default and maximum 10,000).
MOST_GROUPS = 10_000
# "If you use the expand=stats query parameter, the limit is 300 …"
MOST_WITH_STATISTICS = 300
# Members of a group: default and maximum 1,000.
MOST_MEMBERS = 1_000
MANAGED = "OKTA_GROUP"
LONGEST_NAME = 255
_OWN_ATTRIBUTES = ("name", "description")


def described(organizations: Organizations, group: Group) -> Json:
    """Return a group as the API answers it."""
    return {
        "id": group.id,
        "created": group.created,
        "lastUpdated": group.changed,
        "lastMembershipUpdated": group.membership_changed or group.changed,
        "objectClass": ["okta:user_group" if group.type != "APP_GROUP" else "okta:windows_security_principal"],
        "type": group.type,
        "profile": {key: value for key, value in group.profile.items() if value is not None},
        "_links": links.of_group(organizations.address(), group),
    }


class Groups(Routes):
    """The routes under /api/v1/groups."""

    def __init__(
        self, organizations: Organizations, pages: Pages, describe_application: Callable[[Application], Json]
    ) -> None:
        self._organizations = organizations
        self._pages = pages
        self._describe_application = describe_application

    @route("GET", "/api/v1/groups")
    def list_all(self, call: Call) -> Answer:
        """Answer groups: all, those whose name begins with `q`, or those that `search` or `filter` means."""
        groups = [self._described(one, call) for one in self._organizations.now().groups.values()]
        if prefix := call.query.get("q"):
            groups = [one for one in groups if one["profile"]["name"].lower().startswith(prefix.lower())]
        for name in ("search", "filter"):
            if text := call.query.get(name):
                groups = chosen(name, text, groups)
        groups = sorted_by(groups, call.query.get("sortBy", ""), call.query.get("sortOrder", ""))
        most = MOST_WITH_STATISTICS if call.query.get("expand") == "stats" else MOST_GROUPS
        return self._pages.page(call, groups, key=_key, default=most, most=most)

    @route("GET", "/api/v1/groups/{id}")
    def get(self, call: Call) -> Json:
        """Answer a group."""
        return self._described(self._find(call), call)

    @route("POST", "/api/v1/groups")
    def create(self, call: Call) -> Json:
        """Make a group."""
        profile = self._profile(call, None)
        now = self._organizations.timestamp()
        made = Group(new_id("00g"), MANAGED, profile, now, now)
        self._organizations.now().groups[made.id] = made
        self._organizations.record(call, "group.lifecycle.create", made.id, profile["name"])
        return self._described(made)

    @route("PUT", "/api/v1/groups/{id}")
    def replace(self, call: Call) -> Json:
        """Replace a group's profile."""
        group = self._own(call)
        group.profile = self._profile(call, group)
        group.changed = self._organizations.timestamp()
        self._organizations.record(call, "group.profile.update", group.id, group.profile["name"])
        return self._described(group)

    @route("DELETE", "/api/v1/groups/{id}")
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

    @route("GET", "/api/v1/groups/{id}/users")
    def members(self, call: Call) -> Answer:
        """Answer who is in a group."""
        now = self._organizations.now()
        users = [described_user(self._organizations, now.users[one]) for one in now.members(self._find(call).id)]
        return self._pages.page(call, users, key=_key, default=MOST_MEMBERS, most=MOST_MEMBERS)

    @route("PUT", "/api/v1/groups/{id}/users/{user}")
    def add_member(self, call: Call) -> Answer:
        """Put a user into a group; one who is in it already stays."""
        group, user = self._own(call), self._user(call)
        if user not in group.members:
            group.members.append(user)
            group.membership_changed = self._organizations.timestamp()
        self._organizations.record(call, "group.user_membership.add", group.id, user)
        return Answer(None, 204)

    @route("DELETE", "/api/v1/groups/{id}/users/{user}")
    def remove_member(self, call: Call) -> Answer:
        """Take a user out of a group."""
        group, user = self._own(call), self._user(call)
        if user in group.members:
            group.members.remove(user)
            group.membership_changed = self._organizations.timestamp()
        self._organizations.record(call, "group.user_membership.remove", group.id, user)
        return Answer(None, 204)

    @route("GET", "/api/v1/groups/{id}/apps")
    def applications(self, call: Call) -> Answer:
        """Answer the applications that a group is assigned to."""
        group = self._find(call)
        found = [
            self._describe_application(one)
            for one in self._organizations.now().applications.values()
            if group.id in one.groups
        ]
        return self._pages.page(call, found, key=_key, default=20, most=200)

    def _find(self, call: Call) -> Group:
        return entry(self._organizations.now().groups, call, "UserGroup")

    def _own(self, call: Call) -> Group:
        """Return a group that may be changed here: not Okta's own, nor one that an application brought."""
        group = self._find(call)
        if group.type != MANAGED:
            what = "The operation is not allowed on groups of this type"
            raise refused(501, "E0000060", "Unsupported operation.", what)
        return group

    def _user(self, call: Call) -> str:
        identity = call.parameters["user"]
        found = self._organizations.now().users.get(identity)
        if found is None or found.status == DEPROVISIONED:
            raise missing(identity, "User")
        return identity

    def _profile(self, call: Call, own: Group | None) -> Json:
        given, now = call.body.get("profile"), self._organizations.now()
        for known in ("id", "type", "created", "lastUpdated", "lastMembershipUpdated", "objectClass", "_links"):
            call.body.get(known)
        name = str(given.get("name") or "") if isinstance(given, dict) else ""
        if not isinstance(given, dict) or not name or len(name) > LONGEST_NAME:
            raise invalid("name", f"name: The field cannot be left blank, or longer than {LONGEST_NAME} characters")
        known_names = {*_OWN_ATTRIBUTES, *now.attributes.get("", {})}
        if unknown := sorted(set(given) - known_names):
            cause = f"Property name '{unknown[0]}' is not defined in profile"
            raise refused(400, "E0000001", "Api validation failed: group", cause)
        for other in now.groups.values():
            if other is not own and other.type == MANAGED and other.profile["name"] == name:
                raise invalid("name", "name: An object with this field already exists in the current organization")
        return {"name": name, "description": given.get("description"), **given}

    def _described(self, group: Group, call: Call | None = None) -> Json:
        found, expanded = described(self._organizations, group), call.query.get("expand") if call else None
        if expanded == "stats":
            now = self._organizations.now()
            applications = sum(group.id in one.groups for one in now.applications.values())
            roles = bool(now.roles.get(group.id))
            stats: Json = {"usersCount": len(now.members(group.id)), "appsCount": applications}
            stats |= {"groupPushMappingsCount": 0, "hasAdminPrivilege": roles}
            own = f"{self._organizations.address()}/api/v1/groups/{group.id}"
            found_links = {name: {"href": f"{own}/{name}"} for name in ("users", "apps")}
            found["_embedded"] = {"stats": {**stats, "_links": found_links}}
        return found


def _key(item: Json) -> str:
    return str(item["id"])
