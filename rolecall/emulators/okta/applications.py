"""Applications and who is assigned to them.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/, …/tag/ApplicationGroups/ and
…/tag/ApplicationUsers/.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta import links
from rolecall.emulators.okta.application_settings import filled, template
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import entry, invalid, missing, refused
from rolecall.emulators.okta.models import ACTIVE, DEPROVISIONED, INACTIVE, Application, Organization, new_id
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.okta.policies import default_policy
from rolecall.emulators.okta.profiles import application_profile
from rolecall.emulators.okta.searches import chosen
from rolecall.emulators.okta.users import described as described_user

MOST_APPLICATIONS = 200
# Assignments: "limit: default 20, maximum 200" for groups, "default 50, maximum 500" for users.
MOST_GROUPS, DEFAULT_GROUPS = 200, 20
MOST_USERS, DEFAULT_USERS = 500, 50
# Seeded applications of this mode need no settings of their own.
SEEDED_MODE = "SAML_2_0"
_ANSWERED = ("id", "orn", "name", "status", "lastUpdated", "created", "_links", "_embedded", "universalLogout")


class Applications:
    """The routes under /api/v1/apps."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        path, one = "/api/v1/apps", "/api/v1/apps/{id}"
        return [
            Endpoint("GET", path, self.list_all, knows=("expand", "includeNonDeleted")),
            Endpoint("POST", path, self.create),
            Endpoint("GET", one, lambda call: self.described(self.find(call)), knows=("expand",)),
            Endpoint("PUT", one, self.replace),
            Endpoint("DELETE", one, self.delete),
            Endpoint("POST", f"{one}/lifecycle/activate", lambda call: self._set_status(call, ACTIVE)),
            Endpoint("POST", f"{one}/lifecycle/deactivate", lambda call: self._set_status(call, INACTIVE)),
            Endpoint("PUT", f"{one}/policies/{{policy}}", self.assign_policy),
            Endpoint("GET", f"{one}/groups", self.list_groups),
            Endpoint("GET", f"{one}/groups/{{group}}", self.get_group),
            Endpoint("PUT", f"{one}/groups/{{group}}", self.assign_group),
            Endpoint("PATCH", f"{one}/groups/{{group}}", self.patch_group),
            Endpoint("DELETE", f"{one}/groups/{{group}}", self.unassign_group),
            Endpoint("GET", f"{one}/users", self.list_users),
            Endpoint("POST", f"{one}/users", self.assign_user),
            Endpoint("GET", f"{one}/users/{{user}}", self.get_user),
            Endpoint("POST", f"{one}/users/{{user}}", self.change_user),
            Endpoint("DELETE", f"{one}/users/{{user}}", self.unassign_user, knows=("sendEmail",)),
        ]

    def list_all(self, call: Call) -> Answer:
        """Answer the applications, those whose name or label begins with `q`, or those that `filter` means."""
        now = self._organizations.now()
        held = list(now.applications.values())
        if prefix := call.query.get("q", "").lower():
            held = [one for one in held if one.name.lower().startswith(prefix) or one.label.lower().startswith(prefix)]
        found = [self.described(one) for one in held]
        if text := call.query.get("filter"):
            for item in found:
                one = now.applications[item["id"]]
                item["group"] = {"id": [*one.groups]}
                item["user"] = {"id": [identity for identity, _, _ in assigned_users(now, one)]}
            found = chosen("filter", text, found)
            found = [{key: value for key, value in one.items() if key not in ("group", "user")} for one in found]
        return self._pages.page(call, found, key=_key, default=20, most=MOST_APPLICATIONS)

    def create(self, call: Call) -> Json:
        """Make an application; it is active unless `activate` is false."""
        label = str(call.body.get("label") or "")
        if not label:
            raise refused(400, "E0000001", "Api validation failed: label", "label: The field cannot be left blank")
        name, mode = template(call.body)
        at, now = self._organizations.timestamp(), self._organizations.now()
        status = INACTIVE if call.query.get("activate") == "false" else ACTIVE
        made = Application(new_id("0oa"), name or _own_name(now, label), label, status, at, changed=at)
        made.set = filled(call.body, name or made.name, mode, {}) if name else _filled_own(call.body, made.name, mode)
        self._add_client(made, call.body)
        now.applications[made.id] = made
        self._organizations.record(call, "application.lifecycle.create", made.id, label)
        return self.described(made, with_secret=True)

    def replace(self, call: Call) -> Json:
        """Replace an application's label and settings; its name and sign-on mode stay."""
        application = self.find(call)
        before, mode = application.set, str(application.set.get("signOnMode") or SEEDED_MODE)
        for name in _ANSWERED:
            call.body.get(name)
        if not call.body.get("label"):
            raise refused(400, "E0000001", "Api validation failed: label", "label: The field cannot be left blank")
        wanted = str(call.body.get("signOnMode") or mode)
        if wanted != mode and mode == "OPENID_CONNECT":
            raise invalid("signOnMode", "signOnMode: The sign-on mode of the application cannot be changed")
        application.label = str(call.body["label"])
        application.set = filled(call.body, application.name, mode, before)
        shown = before.get("visibility", {}).get("appLinks", {})
        given = (call.body.get("visibility") or {}).get("appLinks") or {}
        # An application has the links that it has; a call shows or hides them.
        application.set["visibility"]["appLinks"] = {name: given.get(name, value) for name, value in shown.items()}
        self._add_client(application, call.body)
        application.changed = self._organizations.timestamp()
        self._organizations.record(call, "application.lifecycle.update", application.id, application.label)
        return self.described(application, with_secret=True)

    def delete(self, call: Call) -> Answer:
        """Remove an application that is not active."""
        application, now = self.find(call), self._organizations.now()
        if application.status == ACTIVE:
            raise refused(
                403, "E0000056", "Delete application forbidden.", "The application must be deactivated first."
            )
        del now.applications[application.id]
        self._organizations.record(call, "application.lifecycle.delete", application.id, application.label)
        return Answer(None, 204)

    def assign_policy(self, call: Call) -> Answer:
        """Let an access policy decide who signs in to an application."""
        application, policy = self.find(call), call.parameters["policy"]
        found = self._organizations.now().policies.get(policy)
        if found is None or found["type"] not in ("ACCESS_POLICY", "PROFILE_ENROLLMENT"):
            raise missing(policy, "Policy")
        if found["type"] == "ACCESS_POLICY":
            application.access_policy = policy
        return Answer(None, 204)

    def list_groups(self, call: Call) -> Answer:
        """Answer the groups that are assigned to an application."""
        application, now = self.find(call), self._organizations.now()
        prefix = call.query.get("q", "").lower()
        found = [
            self._group(application, one, body)
            for one, body in sorted(application.groups.items(), key=lambda item: int(item[1]["priority"]))
            if str(now.groups[one].profile["name"]).lower().startswith(prefix)
        ]
        if call.query.get("expand") == "group":
            for one in found:
                group = now.groups[one["id"]]
                one["_embedded"] = {"group": {"id": group.id, "type": group.type, "profile": group.profile}}
        return self._pages.page(call, found, key=_key, default=DEFAULT_GROUPS, most=MOST_GROUPS)

    def get_group(self, call: Call) -> Json:
        """Answer a group's assignment."""
        return self._group(*self._assignment(call))

    def assign_group(self, call: Call) -> Json:
        """Assign a group, or change its assignment; without a priority it comes last."""
        application, group = self.find(call), call.parameters["group"]
        if group not in self._organizations.now().groups:
            raise missing(group, "UserGroup")
        for name in ("id", "_links", "lastUpdated"):
            call.body.get(name)
        before = application.groups.get(group)
        last = max((int(one["priority"]) for one in application.groups.values()), default=-1)
        priority = call.body.get("priority", before["priority"] if before else last + 1)
        body = {"priority": priority, "profile": call.body.get("profile") or {}}
        application.groups[group] = {**body, "lastUpdated": self._organizations.timestamp()}
        self._organizations.record(call, "group.application_assignment.add", group, application.label)
        return self._group(application, group, application.groups[group])

    def patch_group(self, call: Call) -> Json:
        """Change parts of an assignment by a list of operations (RFC 6902)."""
        application, group, body = self._assignment(call)
        for one in call.items:
            name = str(one.get("path", "")).strip("/").partition("/")
            if one.get("op") not in ("add", "replace") or name[0] not in ("priority", "profile"):
                raise invalid("path", "The operation is not supported")
            if name[2]:
                body["profile"] = {**body["profile"], name[2]: one.get("value")}
            else:
                body[name[0]] = one.get("value")
        body["lastUpdated"] = self._organizations.timestamp()
        return self._group(application, group, body)

    def unassign_group(self, call: Call) -> Answer:
        """Take a group's assignment away."""
        application, group, _ = self._assignment(call)
        del application.groups[group]
        self._organizations.record(call, "group.application_assignment.remove", group, application.label)
        return Answer(None, 204)

    def list_users(self, call: Call) -> Answer:
        """Answer everybody who is assigned to an application, one by one or through a group."""
        now, application, prefix = self._organizations.now(), self.find(call), call.query.get("q", "").lower()
        users = [
            self._user(application, one, scope)
            for one, scope, name in assigned_users(now, application)
            if name.lower().startswith(prefix)
        ]
        if call.query.get("expand") == "user":
            for one in users:
                one["_embedded"] = {"user": described_user(self._organizations, now.users[one["id"]])}
        return self._pages.page(call, users, key=_key, default=DEFAULT_USERS, most=MOST_USERS)

    def get_user(self, call: Call) -> Json:
        """Answer one user's assignment."""
        application, user = self.find(call), call.parameters["user"]
        for one, scope, _ in assigned_users(self._organizations.now(), application):
            if one == user:
                return self._user(application, one, scope)
        raise missing(user, "AppUser")

    def assign_user(self, call: Call) -> Json:
        """Assign one user."""
        application, user = self.find(call), str(call.body.get("id"))
        if user not in self._organizations.now().users:
            raise missing(user, "User")
        scope = str(call.body.get("scope") or "USER")
        return self._set_user(call, application, user, scope)

    def change_user(self, call: Call) -> Json:
        """Change the name or profile that a user has in an application."""
        application, user = self.find(call), call.parameters["user"]
        self.get_user(call)
        call.body.get("id")
        return self._set_user(call, application, user, str(call.body.get("scope") or "USER"))

    def unassign_user(self, call: Call) -> Answer:
        """Take one user's own assignment away."""
        application, user = self.find(call), call.parameters["user"]
        if application.users.pop(user, None) is None:
            raise missing(user, "AppUser")
        return Answer(None, 204)

    def find(self, call: Call) -> Application:
        """Return the application of a path."""
        return entry(self._organizations.now().applications, call, "AppInstance")

    def _set_user(self, call: Call, application: Application, user: str, scope: str) -> Json:
        at = self._organizations.timestamp()
        before = application.users.get(user) or {"created": at}
        credentials, profile = call.body.get("credentials") or {}, call.body.get("profile") or {}
        name = credentials.get("userName") or before.get("userName")
        held = {**before, "scope": scope, "userName": name, "profile": {**(before.get("profile") or {}), **profile}}
        application.users[user] = {**held, "changed": at, "has_password": bool(credentials.get("password"))}
        return self._user(application, user, scope)

    def _assignment(self, call: Call) -> tuple[Application, str, Json]:
        application, group = self.find(call), call.parameters["group"]
        if group not in application.groups:
            raise missing(group, "ApplicationGroupAssignment")
        return application, group, application.groups[group]

    def _set_status(self, call: Call, status: str) -> Json:
        application = self.find(call)
        application.status, application.changed = status, self._organizations.timestamp()
        return {}

    def _add_client(self, application: Application, body: Json) -> None:
        """Let an OpenID Connect application sign in."""
        if application.set["signOnMode"] != "OPENID_CONNECT" or "oauthClient" not in application.set["credentials"]:
            return
        client, settings = application.set["credentials"]["oauthClient"], application.set["settings"]["oauthClient"]
        client.setdefault("client_id", application.id)
        if client["token_endpoint_auth_method"] not in ("none", "private_key_jwt"):
            secret = client.get("client_secret") or application.client_secret or secrets.token_urlsafe(48)
            application.client_secret = client["client_secret"] = secret
        application.redirects = list(settings.get("redirect_uris") or [])
        application.keys = {"keys": list((settings.get("jwks") or {}).get("keys") or [])}

    def described(self, application: Application, *, with_secret: bool = False) -> Json:
        """Return an application as the API answers it; its secret shows in the answers to writes only."""
        now, address = self._organizations.now(), self._organizations.address()
        application.set = application.set or _filled_own({}, application.name, SEEDED_MODE)
        shown = application.set
        if application.provisions:
            shown = {**shown, "features": ["GROUP_PUSH", "PUSH_NEW_USERS"]}
        policies = {
            "profileEnrollment": default_policy(now, "PROFILE_ENROLLMENT"),
            "accessPolicy": application.access_policy or default_policy(now, "ACCESS_POLICY"),
        }
        if shown["signOnMode"] in ("SAML_2_0", "SAML_1_1", "OPENID_CONNECT", "WS_FEDERATION"):
            kid = _first_key(self._organizations, application)
            shown = {**shown, "credentials": {**shown["credentials"], "signing": {"kid": kid}}}
        client = shown["credentials"].get("oauthClient")
        if client and not with_secret:
            kept = {key: value for key, value in client.items() if key != "client_secret"}
            shown = {**shown, "credentials": {**shown["credentials"], "oauthClient": kept}}
        return {
            "id": application.id,
            "orn": f"orn:okta:idp:{now.id}:apps:{application.name}:{application.id}",
            "name": application.name,
            "label": application.label,
            "status": application.status,
            "lastUpdated": application.changed or application.created,
            "created": application.created,
            **shown,
            "_links": links.of_application(address, application, {key: one for key, one in policies.items() if one}),
        }

    def _group(self, application: Application, group: str, body: Json) -> Json:
        address = f"{self._organizations.address()}/api/v1"
        own = f"{address}/apps/{application.id}"
        found = {"app": {"href": own}, "self": {"href": f"{own}/groups/{group}"}}
        found["group"] = {"href": f"{address}/groups/{group}"}
        kept = {key: body[key] for key in ("lastUpdated", "priority", "profile")}
        return {"id": group, **kept, "_links": found}

    def _user(self, application: Application, user: str, scope: str) -> Json:
        now, address = self._organizations.now(), f"{self._organizations.address()}/api/v1"
        held, profile = application.users.get(user, {}), now.users[user].profile
        created = held.get("created") or application.created
        credentials: Json = {"userName": held.get("userName") or profile["login"]}
        if held.get("has_password"):
            credentials["password"] = {}
        found: Json = {"app": {"href": f"{address}/apps/{application.id}"}, "user": {"href": f"{address}/users/{user}"}}
        if scope == "GROUP":
            group = next((one for one in application.groups if user in now.members(one)), "")
            found["group"] = (
                {"name": now.groups[group].profile["name"], "href": f"{address}/groups/{group}"} if group else {}
            )
        return {
            "id": user,
            "externalId": None,
            "created": created,
            "lastUpdated": held.get("changed") or created,
            "scope": scope,
            "status": ACTIVE,
            "statusChanged": created,
            "passwordChanged": None,
            "syncState": "DISABLED",
            "credentials": credentials,
            "profile": {**application_profile(application, profile), **(held.get("profile") or {})},
            "_links": found,
        }


def assigned_users(now: Organization, application: Application) -> list[tuple[str, str, str]]:
    """Return id, scope (USER or GROUP) and login of everybody who is assigned to an application."""
    found = dict.fromkeys(application.users, "USER")
    for group in application.groups:
        for member in now.members(group):
            found.setdefault(member, "GROUP")
    return [
        (one, scope, str(now.users[one].profile["login"]))
        for one, scope in found.items()
        if now.users[one].status != DEPROVISIONED
    ]


def _first_key(organizations: Organizations, application: Application) -> str:
    if not application.signing_keys:
        kid, at = secrets.token_urlsafe(32), organizations.timestamp()
        application.signing_keys[kid] = {"kid": kid, "created": at}
    return next(reversed(application.signing_keys))


def _own_name(now: Organization, label: str) -> str:
    """Return the name of an application that is of no template: letters and digits of its label, and a number."""
    return f"okta_{re.sub(r'[^a-z0-9]', '', label.lower())}_{len(now.applications) + 1}"


def _filled_own(body: Json, name: str, mode: str) -> Json:
    """Return the settings of an application that is of no template."""
    found = filled(body, "", mode, {})
    if not (body.get("visibility") or {}).get("appLinks"):
        found["visibility"]["appLinks"] = {f"{name}_link": True}
    return found


def _key(item: dict[str, Any]) -> str:
    return str(item["id"])
