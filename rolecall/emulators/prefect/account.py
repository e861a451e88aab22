"""Teams, service accounts, members and roles of an account: https://docs.prefect.io/v3/api-ref/cloud."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.prefect.caller import ACCOUNT, WORKSPACE, Accounts, named, page
from rolecall.emulators.prefect.errors import missing, refused
from rolecall.emulators.prefect.models import ROLES
from rolecall.emulators.prefect.seed import DEPLOYER, FOR_EVER, new_key

# Roles in the account by id, and those who may do everything: https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles
ACCOUNT_ROLES = {str(uuid.uuid5(uuid.NAMESPACE_URL, name)): name for name in ("Owner", "Admin", "Member")}
# When everything of the emulator's account was made.
EPOCH = "2026-01-01T00:00:00Z"
# Scopes that workspace roles give: https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles
_SEES = ("see_workspace_dashboard", "see_flows", "see_deployments", "see_blocks", "see_work_pools", "see_variables")
_RUNS = (*_SEES, "run_deployments", "see_automations", "see_concurrency_limits")
_MANAGES = (
    *_RUNS, "manage_deployments", "manage_flows", "manage_blocks", "manage_work_pools", "manage_variables",
    "manage_automations", "manage_concurrency_limits", "write_workers", "run_flows",
)  # fmt: skip
_OWNS = (
    *_MANAGES,
    "see_workspace_users",
    "manage_workspace_users",
    "see_workspace_settings",
    "manage_workspace_settings",
)
SCOPES = {
    "Viewer": _SEES, "Runner": _RUNS, "Developer": _MANAGES, "Worker": ("run_flows", "write_workers", "see_work_pools"),
    "Owner": _OWNS,
}  # fmt: skip
ALL_SCOPES = {
    *_OWNS, "manage_webhooks", "see_webhooks", "see_work_queues", "manage_work_queues", "see_artifacts",
    "manage_artifacts", "see_events", "manage_events", "manage_workspace_service_accounts",
    "see_workspace_service_accounts", "manage_workspace_teams", "see_workspace_teams", "manage_notifications",
}  # fmt: skip
OWNING = ("Owner", "Admin")


class AccountRoutes:
    """The routes of the account, and those of workspace access."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found = [
            Endpoint("POST", f"{ACCOUNT}/teams/filter", self.teams),
            Endpoint("POST", f"{ACCOUNT}/teams", self.create_team),
            Endpoint("GET", f"{ACCOUNT}/teams/{{id}}", self.team),
            Endpoint("PUT", f"{ACCOUNT}/teams/{{id}}", self.update_team),
            Endpoint("PUT", f"{ACCOUNT}/teams/{{id}}/members", self.add_members),
            Endpoint("DELETE", f"{ACCOUNT}/teams/{{id}}/members/{{member}}", self.remove_member),
            Endpoint("DELETE", f"{ACCOUNT}/teams/{{id}}", self.delete_team),
            Endpoint("POST", f"{ACCOUNT}/bots/filter", self.bots),
            Endpoint("POST", f"{ACCOUNT}/bots/", self.create_bot),
            Endpoint("GET", f"{ACCOUNT}/bots/{{id}}", self.bot),
            Endpoint("PATCH", f"{ACCOUNT}/bots/{{id}}", self.update_bot),
            Endpoint("POST", f"{ACCOUNT}/bots/{{id}}/rotate_api_key", self.rotate_key),
            Endpoint("DELETE", f"{ACCOUNT}/bots/{{id}}", self.delete_bot),
            Endpoint("POST", f"{ACCOUNT}/account_memberships/filter", self.members),
            Endpoint("PATCH", f"{ACCOUNT}/account_memberships/{{id}}", self.update_member),
            Endpoint("DELETE", f"{ACCOUNT}/account_memberships/{{id}}", self.delete_member),
            Endpoint("POST", f"{ACCOUNT}/account_roles/filter", self.account_roles),
            Endpoint("GET", f"{ACCOUNT}/account_roles/{{id}}", self.account_role),
            Endpoint("POST", f"{ACCOUNT}/workspace_roles/filter", self.roles),
            Endpoint("POST", f"{ACCOUNT}/workspace_roles/", self.create_role),
            Endpoint("GET", f"{ACCOUNT}/workspace_roles/{{id}}", self.role),
            Endpoint("PATCH", f"{ACCOUNT}/workspace_roles/{{id}}", self.update_role),
            Endpoint("DELETE", f"{ACCOUNT}/workspace_roles/{{id}}", self.delete_role),
            Endpoint("GET", ACCOUNT, self.account),
            Endpoint("POST", f"{ACCOUNT}/workspaces/filter", self.workspaces),
            Endpoint("GET", WORKSPACE, self.workspace),
            Endpoint("PATCH", WORKSPACE, self.update_workspace),
            Endpoint("GET", "/api/me/", self.me),
            Endpoint("GET", "/api/me/workspaces", self.my_workspaces),
        ]
        for sort in ("team", "bot", "user"):
            # user_access and bot_access came first and take POST (PrefectHQ/terraform-provider-prefect,
            # internal/client/workspace_access.go); a team's is removed by the team's id, the others by their own.
            path = f"{WORKSPACE}/{sort}_access"
            found.append(Endpoint("PUT" if sort == "team" else "POST", f"{path}/", self.let_in))
            found.append(Endpoint("POST", f"{path}/filter", self.who_is_in))
            if sort != "team":
                found.append(Endpoint("GET", f"{path}/{{id}}", self.one_who_is_in))
            found.append(Endpoint("DELETE", f"{path}/{{id}}", self.let_out))
        return found

    def teams(self, call: Call) -> list[Json]:
        """Answer teams."""
        teams = self._accounts.now().teams
        return page(call, named(call, "teams", [_team(identity, one) for identity, one in teams.items()]))

    def create_team(self, call: Call) -> Answer:
        """Make a team; names differ."""
        self._accounts.require_owner(call)
        teams, name = self._accounts.now().teams, str(call.body.get("name") or "")
        if not name or any(one["name"] == name for one in teams.values()):
            raise refused(409 if name else 422, f"Team {name!r} already exists" if name else "name is required")
        identity = str(uuid.uuid4())
        teams[identity] = {"name": name, "description": call.body.get("description") or "", "members": []}
        return Answer(_team(identity, teams[identity]), 201)

    def team(self, call: Call) -> Json:
        """Answer a team with its members (internal/api/team_access.go)."""
        found, now = self._find("teams", call), self._accounts.now()
        members = [
            {"id": actor, "type": "user" if actor in now.members else "service_account"} for actor in found["members"]
        ]
        return {**_team(call.parameters["id"], found), "memberships": members}

    def update_team(self, call: Call) -> Json:
        """Rename and describe a team; what is left out of the body is emptied."""
        self._accounts.require_owner(call)
        found, name = self._find("teams", call), str(call.body.get("name") or "")
        if not name:
            raise refused(422, "name is required")
        found |= {"name": name, "description": call.body.get("description")}
        return _team(call.parameters["id"], found)

    def add_members(self, call: Call) -> Json:
        """Add users and service accounts, each named by its own id, to a team."""
        self._accounts.require_owner(call)
        found, now = self._find("teams", call), self._accounts.now()
        for one in call.body.get("members") or []:
            if one.get("member_type", "user") not in ("user", "service_account"):
                raise refused(422, "member_type is user or service_account")
            actor = self._actor(str(one.get("member_id")))
            found["members"] += [actor] if actor not in found["members"] else []
        return {**_team(call.parameters["id"], found), "memberships": [{"id": one} for one in found["members"] if now]}

    def remove_member(self, call: Call) -> Answer:
        """Remove a member from a team."""
        self._accounts.require_owner(call)
        found, actor = self._find("teams", call), self._actor(call.parameters["member"])
        if actor not in found["members"]:
            raise missing("Team member")
        found["members"].remove(actor)
        return Answer(None, 204)

    def delete_team(self, call: Call) -> Answer:
        """Remove a team and all that it holds."""
        self._accounts.require_owner(call)
        self._find("teams", call)
        self._forget("team", call.parameters["id"], call.parameters["id"])
        del self._accounts.now().teams[call.parameters["id"]]
        return Answer(None, 204)

    def bots(self, call: Call) -> list[Json]:
        """Answer service accounts."""
        bots = self._accounts.now().bots
        return page(call, named(call, "service_accounts", [_bot(identity, one) for identity, one in bots.items()]))

    def create_bot(self, call: Call) -> Answer:
        """Make a service account with a key, which is returned once."""
        self._accounts.require_owner(call)
        now, name = self._accounts.now(), str(call.body.get("name") or "")
        if not name or any(one["name"] == name for one in now.bots.values()):
            raise refused(
                409 if name else 422, f"Service account {name!r} already exists" if name else "name is required"
            )
        identity, actor = str(uuid.uuid4()), str(uuid.uuid4())
        expiration = call.body.get("api_key_expiration")
        ends = datetime.fromisoformat(expiration).timestamp() if expiration else FOR_EVER
        role = ACCOUNT_ROLES.get(str(call.body.get("account_role_id") or ""), "Member")
        now.bots[identity] = {"name": name, "actor_id": actor, "account_role_name": role}
        key = new_key(now, actor, ends)
        return Answer({**_bot(identity, now.bots[identity]), "api_key": {"expiration": expiration, "key": key}}, 201)

    def bot(self, call: Call) -> Json:
        """Answer a service account, without its keys."""
        return _bot(call.parameters["id"], self._find("bots", call))

    def update_bot(self, call: Call) -> Answer:
        """Rename a service account."""
        self._accounts.require_owner(call)
        found = self._find("bots", call)
        found["name"] = str(call.body.get("name") or found["name"])
        return Answer(None, 204)

    def rotate_key(self, call: Call) -> Answer:
        """Make a new key for a service account; those before end at once, or after the seconds in the body."""
        self._accounts.require_owner(call)
        found, now = self._find("bots", call), self._accounts.now()
        end = self._accounts.clock.now() + int(call.body.get("old_key_expires_in_seconds") or 0)
        for one in now.keys.values():
            if one["actor"] == found["actor_id"]:
                one["ends"] = min(one["ends"], end)
        expiration = call.body.get("api_key_expiration")
        key = new_key(
            now, found["actor_id"], datetime.fromisoformat(expiration).timestamp() if expiration else FOR_EVER
        )
        return Answer({**_bot(call.parameters["id"], found), "api_key": {"expiration": expiration, "key": key}}, 201)

    def delete_bot(self, call: Call) -> Answer:
        """Remove a service account, its keys and all that it holds."""
        self._accounts.require_owner(call)
        found, now = self._find("bots", call), self._accounts.now()
        self._forget("bot", call.parameters["id"], found["actor_id"])
        now.keys = {key: one for key, one in now.keys.items() if one["actor"] != found["actor_id"]}
        del now.bots[call.parameters["id"]]
        return Answer(None, 204)

    def members(self, call: Call) -> list[Json]:
        """Answer people, by e-mail address where a filter names some (internal/api/account_memberships.go)."""
        # Who deploys signs in as a service account with a role in the account, which is no member of it.
        members = self._accounts.now().members
        found = [self._member(actor) for actor, one in members.items() if one["email"] != DEPLOYER]
        wanted = ((call.body.get("account_memberships") or {}).get("email") or {}).get("any_")
        return page(call, [one for one in found if wanted is None or one["email"] in wanted])

    def update_member(self, call: Call) -> Answer:
        """Give a member another role in the account."""
        self._accounts.require_owner(call)
        role, now = ACCOUNT_ROLES.get(str(call.body.get("account_role_id"))), self._accounts.now()
        actor = self._actor(call.parameters["id"])
        if role is None or actor not in now.members:
            raise missing("Account membership or role")
        now.owners = [one for one in now.owners if one != actor] + ([actor] if role in OWNING else [])
        return Answer(None, 204)

    def delete_member(self, call: Call) -> Answer:
        """Remove a member from the account, with all that they hold."""
        self._accounts.require_owner(call)
        actor, now = self._actor(call.parameters["id"]), self._accounts.now()
        if actor not in now.members:
            raise missing("Account membership")
        self._forget("user", actor, actor)
        now.keys = {key: one for key, one in now.keys.items() if one["actor"] != actor}
        now.owners = [one for one in now.owners if one != actor]
        del now.members[actor]
        return Answer(None, 204)

    def account_roles(self, call: Call) -> list[Json]:
        """Answer the roles of the account."""
        return page(call, named(call, "account_roles", [_account_role(one) for one in ACCOUNT_ROLES]))

    def account_role(self, call: Call) -> Json:
        """Answer a role of the account."""
        if call.parameters["id"] not in ACCOUNT_ROLES:
            raise missing("Account role")
        return _account_role(call.parameters["id"])

    def roles(self, call: Call) -> list[Json]:
        """Answer workspace roles."""
        roles = [self._described(identity) for identity in self._accounts.now().roles]
        return page(call, named(call, "workspace_roles", roles))

    def role(self, call: Call) -> Json:
        """Answer a workspace role."""
        self._role(call)
        return self._described(call.parameters["id"])

    def create_role(self, call: Call) -> Answer:
        """Make a workspace role; names differ."""
        self._accounts.require_owner(call)
        now, name = self._accounts.now(), str(call.body.get("name") or "")
        if not name or name in now.roles.values():
            raise refused(
                409 if name else 422, f"Workspace role {name!r} already exists" if name else "name is required"
            )
        identity = str(uuid.uuid4())
        details = self._details(call)
        now.roles[identity], now.role_details[identity] = name, details
        return Answer(self._described(identity), 201)

    def update_role(self, call: Call) -> Answer:
        """Change a workspace role."""
        self._accounts.require_owner(call)
        self._own_role(call)
        now, identity = self._accounts.now(), call.parameters["id"]
        now.roles[identity] = str(call.body.get("name") or self._role(call))
        now.role_details[identity] = {**now.role_details.get(identity, {}), **self._details(call)}
        return Answer(None, 204)

    def delete_role(self, call: Call) -> Answer:
        """Remove a workspace role that is not in use."""
        self._accounts.require_owner(call)
        self._own_role(call)
        now = self._accounts.now()
        if any(call.parameters["id"] in held.values() for held in now.let_in.values()):
            raise refused(409, "The role is in use")
        del now.roles[call.parameters["id"]]
        now.role_details.pop(call.parameters["id"], None)
        return Answer(None, 204)

    def account(self, call: Call) -> Json:
        """Answer the account (internal/api/accounts.go)."""
        now = self._accounts.now()
        settings = {
            "allow_public_workspaces": False,
            "ai_log_summaries": True,
            "managed_execution": True,
            "enforce_webhook_authentication": False,
        }
        found: Json = {"id": now.id, "created": EPOCH, "updated": EPOCH, "name": "emulated", "handle": "emulated"}
        found |= {"location": None, "link": None, "image_location": None, "sso_state": "none", "features": []}
        found |= {"plan_type": "ENTERPRISE", "run_retention_days": 30, "audit_log_retention_days": 30}
        found |= {"automations_limit": 1000, "auth_expiration_seconds": None, "domain_names": []}
        return {**found, "settings": settings, **now.account_settings}

    def workspaces(self, call: Call) -> list[Json]:
        """Answer the account's workspaces: there is one."""
        wanted = ((call.body.get("workspaces") or {}).get("handle") or {}).get("any_")
        found = [one for one in [self._workspace()] if wanted is None or one["handle"] in wanted]
        return page(call, found)

    def workspace(self, call: Call) -> Json:
        """Answer the workspace."""
        return self._workspace()

    def update_workspace(self, call: Call) -> Answer:
        """Change the workspace's name, handle and description."""
        self._accounts.require_owner(call)
        names = ("name", "handle", "description", "default_workspace_role_id")
        self._accounts.now().workspace_settings |= {key: call.body[key] for key in names if key in call.body}
        return Answer(None, 204)

    def me(self, call: Call) -> Json:
        """Answer who calls: https://docs.prefect.io/v3/api-ref/cloud."""
        now, actor = self._accounts.now(), call.caller.actor
        if actor not in now.members:
            raise refused(403, "A service account has no user")
        return {
            key: self._member(actor)[key] for key in ("id", "actor_id", "email", "first_name", "last_name", "handle")
        }

    def my_workspaces(self, call: Call) -> list[Json]:
        """Answer the workspaces that the caller can use, as the `prefect` command reads them."""
        one = self._workspace()
        own = {"account_name": "emulated", "account_handle": "emulated", "workspace_id": one["id"]}
        text = {f"workspace_{key}": one[key] for key in ("name", "description", "handle")}
        return [{"account_id": one["account_id"], **own, **text}]

    def let_in(self, call: Call) -> list[Json]:
        """Give one or several a role in the workspace; the answer is a list also for one."""
        self._accounts.require_owner(call)
        sort = _sort(call)
        return [self._let_in(sort, wanted) for wanted in call.items or [call.body]]

    def _let_in(self, sort: str, wanted: Json) -> Json:
        now, role = self._accounts.now(), str(wanted.get("workspace_role_id"))
        identity = str(wanted.get(f"{sort}_id"))
        known = {"team": now.teams, "bot": now.bots, "user": now.members}[sort]
        if identity not in known or role not in now.roles:
            raise missing(f"{sort} or role")
        now.let_in[sort][identity] = role
        return self._access(sort, identity, role)

    def who_is_in(self, call: Call) -> list[Json]:
        """Answer who has a role in the workspace."""
        sort = _sort(call)
        held = self._accounts.now().let_in[sort]
        return page(call, [self._access(sort, identity, role) for identity, role in held.items()])

    def one_who_is_in(self, call: Call) -> Json:
        """Answer one access, by its id."""
        sort = _sort(call)
        for identity, role in self._accounts.now().let_in[sort].items():
            if (found := self._access(sort, identity, role))["id"] == call.parameters["id"]:
                return found
        raise missing(f"{sort} access")

    def let_out(self, call: Call) -> Answer:
        """Remove an access to the workspace."""
        self._accounts.require_owner(call)
        sort, held = _sort(call), self._accounts.now().let_in[_sort(call)]
        identity = call.parameters["id"] if sort == "team" else str(self.one_who_is_in(call)[f"{sort}_id"])
        if held.pop(identity, None) is None:
            raise missing(f"{sort} access")
        return Answer(None, 204)

    def _access(self, sort: str, identity: str, role: str) -> Json:
        now = self._accounts.now()
        actor = now.bots[identity]["actor_id"] if sort == "bot" else identity
        named_as = {f"{one}_id": identity if one == sort else None for one in ("bot", "team", "user")}
        own = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{sort}/{identity}"))
        return {"id": own, "workspace_id": now.workspace, "workspace_role_id": role, "actor_id": actor, **named_as}

    def _member(self, actor: str) -> Json:
        now = self._accounts.now()
        role = "Owner" if actor in now.owners else "Member"
        return {
            "id": actor,
            "actor_id": actor,
            "user_id": actor,
            "email": now.members[actor]["email"],
            "first_name": now.members[actor]["name"],
            "last_name": "",
            "handle": now.members[actor]["email"].partition("@")[0],
            "account_role_name": role,
            "account_role_id": next(identity for identity, name in ACCOUNT_ROLES.items() if name == role),
            "last_login": None,
        }

    def _workspace(self) -> Json:
        now = self._accounts.now()
        viewer = next(identity for identity, name in now.roles.items() if name == "Viewer")
        found: Json = {"id": now.workspace, "created": EPOCH, "updated": EPOCH, "account_id": now.id}
        found |= {"name": "emulated", "description": None, "handle": "emulated", "is_public": False}
        return {**found, "default_workspace_role_id": viewer, **now.workspace_settings}

    def _described(self, identity: str) -> Json:
        """Return a workspace role (internal/api/workspace_roles.go); Prefect's own belong to no account."""
        now = self._accounts.now()
        name, own = now.roles[identity], now.roles[identity] in ROLES
        found: Json = {"id": identity, "created": EPOCH, "updated": EPOCH, "name": name, "description": None}
        found |= {
            "scopes": list(SCOPES.get(name, ())),
            "account_id": None if own else now.id,
            "inherited_role_id": None,
        }
        return {**found, **now.role_details.get(identity, {})}

    def _details(self, call: Call) -> Json:
        found: Json = {
            key: call.body[key] for key in ("description", "scopes", "inherited_role_id") if key in call.body
        }
        above = found.get("inherited_role_id")
        if above is not None and above not in self._accounts.now().roles:
            raise missing("Inherited role")
        if unknown := sorted(set(found.get("scopes") or []) - ALL_SCOPES):
            raise refused(422, f"{unknown[0]} is not a scope of workspaces")
        return found

    def _actor(self, identity: str) -> str:
        """Return the actor's id of a user or a service account."""
        now = self._accounts.now()
        actor = str(now.bots[identity]["actor_id"]) if identity in now.bots else identity
        if actor not in now.members and identity not in now.bots:
            raise missing("Member")
        return actor

    def _role(self, call: Call) -> str:
        found = self._accounts.now().roles.get(call.parameters["id"])
        if found is None:
            raise missing("Workspace role")
        return found

    def _own_role(self, call: Call) -> None:
        if self._role(call) in ROLES:
            raise refused(403, "Prefect's own roles cannot be changed")

    def _find(self, collection: str, call: Call) -> Json:
        found: Json | None = getattr(self._accounts.now(), collection).get(call.parameters["id"])
        if found is None:
            raise missing(collection[:-1].capitalize())
        return found

    def _forget(self, sort: str, identity: str, named_as: str) -> None:
        now = self._accounts.now()
        now.let_in[sort].pop(identity, None)
        subject = f"team/{named_as}" if sort == "team" else f"actor/{named_as}"
        for held in now.access.values():
            held.pop(subject, None)


def _sort(call: Call) -> str:
    return call.path.split("_access/")[0].rsplit("/", 1)[-1]


def _team(identity: str, team: Mapping[str, object]) -> Json:
    own = {"id": identity, "created": EPOCH, "updated": EPOCH}
    return {**own, "name": team["name"], "description": team["description"]}


def _account_role(identity: str) -> Json:
    """Return a role of the account (internal/api/account_roles.go); all are Prefect's own."""
    own = {"id": identity, "created": EPOCH, "updated": EPOCH, "name": ACCOUNT_ROLES[identity]}
    return {**own, "permissions": [], "account_id": None, "is_system_role": True}


def _bot(identity: str, bot: Mapping[str, object]) -> Json:
    own = {"id": identity, "created": EPOCH, "updated": EPOCH, "name": bot["name"], "actor_id": bot["actor_id"]}
    return {**own, "account_role_name": bot.get("account_role_name") or "Member"}
