"""Users: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/."""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.okta import links
from rolecall.emulators.okta.caller import Caller, Organizations
from rolecall.emulators.okta.errors import invalid, missing, refused
from rolecall.emulators.okta.models import ACTIVE, DEPROVISIONED, PROVISIONED, STAGED, User, new_id
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.okta.profiles import require_known
from rolecall.emulators.okta.searches import chosen, sorted_by
from rolecall.emulators.routes import Routes, route

# "limit: … maximum 200; default 200 with search, 10 with q".
MOST_USERS = 200
REQUIRED = ("login", "email", "firstName", "lastName")
# Attributes that every answer has, if only as null.
_ALWAYS = ("firstName", "lastName", "mobilePhone", "secondEmail")
EXPIRED = "PASSWORD_EXPIRED"


def described(organizations: Organizations, user: User, *, whole: bool = False) -> Json:
    """Return a user as the API answers it; `whole` is a user on its own, whose links lead to operations."""
    now = organizations.now()
    always: Json = {name: user.profile.get(name) for name in _ALWAYS}
    rest = {name: value for name, value in user.profile.items() if value is not None and name not in always}
    credentials: Json = {"password": {}} if user.has_password else {}
    if user.question:
        credentials["recovery_question"] = {"question": user.question}
    credentials["provider"] = {"type": user.provider, "name": user.provider}
    return {
        "id": user.id,
        "status": user.status,
        "created": user.created,
        "activated": user.activated,
        "statusChanged": user.status_changed or user.activated,
        "lastLogin": None,
        "lastUpdated": user.changed,
        "passwordChanged": user.password_changed,
        "realmId": now.realm,
        "type": {"id": user.user_type or now.user_type},
        "profile": {**always, **rest},
        "credentials": credentials,
        "_links": links.of_user(organizations.address(), now, user, whole=whole),
    }


class Users(Routes):
    """The routes under /api/v1/users."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    @route("GET", "/api/v1/users")
    def list_all(self, call: Call) -> Answer:
        """Answer users; those who were deactivated only when they are searched for."""
        every = [described(self._organizations, one) for one in self._organizations.now().users.values()]
        text, search = call.query.get("filter"), call.query.get("search")
        if text and search:
            raise invalid("filter", "search and filter cannot be used together")
        for name, one in (("filter", text), ("search", search)):
            every = chosen(name, one, every) if one else every
        if not (text or search):
            every = [one for one in every if one["status"] != DEPROVISIONED]
        if prefix := call.query.get("q") or call.query.get("find"):
            every = [
                one
                for one in every
                if any(str(one["profile"].get(name) or "").lower().startswith(prefix.lower()) for name in REQUIRED)
            ]
        every = sorted_by(every, call.query.get("sortBy", ""), call.query.get("sortOrder", ""))
        default = 10 if prefix else MOST_USERS
        return self._pages.page(call, every, key=lambda one: str(one["id"]), default=default, most=MOST_USERS)

    @route("GET", "/api/v1/users/{id}")
    def get(self, call: Call) -> Json:
        """Answer a user, by id, login or the part of the login before the @; `me` is the caller."""
        return described(self._organizations, self.find(call), whole=True)

    @route("POST", "/api/v1/users")
    def create(self, call: Call) -> Json:
        """Make a user: STAGED, PROVISIONED, or ACTIVE with a password.

        https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/createUser
        """
        profile = call.body.get("profile") or {}
        for name in REQUIRED:
            if not profile.get(name):
                raise invalid("newUser", f"{name}: The field cannot be left blank")
        now = self._organizations.now()
        wanted = str((call.body.get("type") or {}).get("id") or "")
        require_known(now, wanted, profile, "newUser")
        if any(one.profile["login"].lower() == str(profile["login"]).lower() for one in now.users.values()):
            raise invalid("login", "login: An object with this field already exists in the current organization")
        groups = call.body.get("groupIds") or []
        if unknown := [one for one in groups if one not in now.groups]:
            raise missing(unknown[0], "UserGroup")
        at = self._organizations.timestamp()
        made = User(new_id("00u"), STAGED, dict(profile), at, at, user_type=wanted)
        self._set_credentials(made, call.body.get("credentials") or {}, at)
        if call.query.get("provider") == "true":
            made.provider = str(((call.body.get("credentials") or {}).get("provider") or {}).get("type") or "OKTA")
        if call.query.get("activate", "true") != "false":
            made.status = ACTIVE if made.has_password or made.provider == "FEDERATION" else PROVISIONED
            made.activated = at
            if made.has_password and call.query.get("nextLogin") == "changePassword":
                made.status = EXPIRED
        now.users[made.id] = made
        for group in groups:
            now.groups[group].members.append(made.id)
        self._organizations.record(call, "user.lifecycle.create", made.id, profile["login"])
        return described(self._organizations, made, whole=True)

    @route("POST", "/api/v1/users/{id}")
    def update(self, call: Call) -> Json:
        """Change parts of a user's profile and credentials."""
        user = self.find(call)
        return self._changed(call, user, {**user.profile, **(call.body.get("profile") or {})})

    @route("PUT", "/api/v1/users/{id}")
    def replace(self, call: Call) -> Json:
        """Replace a user's profile; what the call leaves out is removed."""
        profile = call.body.get("profile")
        user = self.find(call)
        return self._changed(call, user, dict(profile) if profile is not None else user.profile)

    def _changed(self, call: Call, user: User, profile: Json) -> Json:
        now = self._organizations.now()
        require_known(now, user.user_type, profile, "user")
        for name in REQUIRED:
            if not profile.get(name):
                raise invalid("user", f"{name}: The field cannot be left blank")
        login = str(profile["login"]).lower()
        if any(one.profile["login"].lower() == login for one in now.users.values() if one is not user):
            raise invalid("login", "login: An object with this field already exists in the current organization")
        user.profile, user.changed = profile, self._organizations.timestamp()
        self._set_credentials(user, call.body.get("credentials") or {}, user.changed)
        if kind := (call.body.get("type") or {}).get("id"):
            user.user_type = str(kind)
        self._organizations.record(call, "user.account.update_profile", user.id, profile["login"])
        return described(self._organizations, user, whole=True)

    @route("DELETE", "/api/v1/users/{id}")
    def delete(self, call: Call) -> Answer:
        """Deactivate an active user; remove one who was deactivated before."""
        user = self.find(call)
        if user.status == DEPROVISIONED:
            del self._organizations.now().users[user.id]
            self._organizations.record(call, "user.lifecycle.delete.completed", user.id, user.profile["login"])
        else:
            leave(self._organizations, user)
        return Answer(None, 204)

    @route("GET", "/api/v1/users/{id}/risk")
    def risk(self, call: Call) -> Json:
        """Answer the risk that an administrator set for a user."""
        user = self.find(call)
        own = f"{self._organizations.address()}/api/v1/users/{user.id}"
        shown = {"riskLevel": user.risk, "reason": "Admin override risk"} if user.risk else {"riskLevel": "NONE"}
        return {**shown, "_links": {"user": links.href(own, "", "GET"), "self": links.href(own, "/risk", "GET", "PUT")}}

    @route("PUT", "/api/v1/users/{id}/risk")
    def set_risk(self, call: Call) -> Answer:
        """Set a user's risk."""
        user, wanted = self.find(call), str(call.body.get("riskLevel"))
        if wanted not in ("HIGH", "MEDIUM", "LOW"):
            raise invalid("riskLevel", "riskLevel: The risk level must be HIGH, MEDIUM or LOW")
        status = 200 if user.risk else 201
        user.risk = wanted
        return Answer(self.risk(call), status)

    def find(self, call: Call, name: str = "id") -> User:
        """Return the user that a path names by id, login or the first part of the login; `me` is the caller."""
        identity = call.parameters[name]
        now = self._organizations.now()
        if identity == "me":
            identity = now.administrator if isinstance(call.caller, Caller) and call.caller.is_person else ""
        by_login = {str(one.profile["login"]): one for one in now.users.values()}
        short = {login.partition("@")[0]: one for login, one in by_login.items()}
        found = now.users.get(identity) or by_login.get(identity) or short.get(identity)
        if found is None:
            raise missing(identity or "me", "User")
        return found

    def _set_credentials(self, user: User, credentials: Json, at: str) -> None:
        password, question = credentials.get("password") or {}, credentials.get("recovery_question") or {}
        if password:
            if not (password.get("value") or password.get("hash") or password.get("hook")):
                raise invalid("password", "password: The field cannot be left blank")
            user.has_password, user.password_changed = True, at
            user.provider = "IMPORT" if "hash" in password else user.provider
            if user.status == PROVISIONED:
                user.status, user.status_changed = ACTIVE, at
        if question.get("question"):
            if not question.get("answer"):
                raise invalid("recovery_question", "answer: The field cannot be left blank")
            user.question = str(question["question"])


def leave(organizations: Organizations, user: User) -> None:
    """Deactivate a user: out of every group and application."""
    user.status = DEPROVISIONED
    user.changed = user.status_changed = organizations.timestamp()
    now = organizations.now()
    for group in now.groups.values():
        group.members = [one for one in group.members if one != user.id]
    for application in now.applications.values():
        application.users.pop(user.id, None)


def require_status(user: User, allowed: tuple[str, ...], what: str) -> None:
    """Refuse an operation that a user's status does not allow."""
    if user.status not in allowed:
        raise refused(403, "E0000038", "This operation is not allowed in the user's current status.", what)
