"""Teams, service accounts, members and roles of an account: https://docs.prefect.io/v3/api-ref/cloud."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.prefect.caller import ACCOUNT, WORKSPACE, Accounts, named, page
from rolecall.emulators.prefect.errors import missing, refused
from rolecall.emulators.prefect.seed import FOR_EVER, new_key


class AccountRoutes:
    """The routes of the account, and those that let somebody into the workspace."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found = [
            Endpoint("POST", f"{ACCOUNT}/teams/filter", self.teams),
            Endpoint("POST", f"{ACCOUNT}/teams", self.create_team),
            Endpoint("GET", f"{ACCOUNT}/teams/{{id}}", self.team),
            Endpoint("PATCH", f"{ACCOUNT}/teams/{{id}}", self.update_team),
            Endpoint("DELETE", f"{ACCOUNT}/teams/{{id}}", self.delete_team),
            Endpoint("POST", f"{ACCOUNT}/bots/filter", self.bots),
            Endpoint("POST", f"{ACCOUNT}/bots/", self.create_bot),
            Endpoint("GET", f"{ACCOUNT}/bots/{{id}}", self.bot),
            Endpoint("POST", f"{ACCOUNT}/bots/{{id}}/rotate_api_key", self.rotate_key),
            Endpoint("DELETE", f"{ACCOUNT}/bots/{{id}}", self.delete_bot),
            Endpoint("POST", f"{ACCOUNT}/account_memberships/filter", self.members),
            Endpoint("POST", f"{ACCOUNT}/workspace_roles/filter", self.roles),
        ]
        for sort in ("team", "bot", "user"):
            found.append(Endpoint("PUT", f"{WORKSPACE}/{sort}_access/", self.let_in))
            found.append(Endpoint("POST", f"{WORKSPACE}/{sort}_access/filter", self.who_is_in))
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
        """Answer a team."""
        return _team(call.parameters["id"], self._find("teams", call))

    def update_team(self, call: Call) -> Answer:
        """Rename or describe a team."""
        self._accounts.require_owner(call)
        found = self._find("teams", call)
        found |= {key: call.body[key] for key in ("name", "description") if key in call.body}
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
        return page(call, named(call, "bots", [_bot(identity, one) for identity, one in bots.items()]))

    def create_bot(self, call: Call) -> Answer:
        """Make a service account with a key, which is told this once."""
        self._accounts.require_owner(call)
        now, name = self._accounts.now(), str(call.body.get("name") or "")
        if not name or any(one["name"] == name for one in now.bots.values()):
            raise refused(
                409 if name else 422, f"Service account {name!r} already exists" if name else "name is required"
            )
        identity, actor = str(uuid.uuid4()), str(uuid.uuid4())
        expiration = call.body.get("api_key_expiration")
        ends = datetime.fromisoformat(expiration).timestamp() if expiration else FOR_EVER
        now.bots[identity] = {"name": name, "actor_id": actor}
        key = new_key(now, actor, ends)
        return Answer({**_bot(identity, now.bots[identity]), "api_key": {"expiration": expiration, "key": key}}, 201)

    def bot(self, call: Call) -> Json:
        """Answer a service account, without its keys."""
        return _bot(call.parameters["id"], self._find("bots", call))

    def rotate_key(self, call: Call) -> Answer:
        """Make a new key for a service account; those before end."""
        self._accounts.require_owner(call)
        found, now = self._find("bots", call), self._accounts.now()
        now.keys = {key: one for key, one in now.keys.items() if one["actor"] != found["actor_id"]}
        key = new_key(now, found["actor_id"])
        return Answer({**_bot(call.parameters["id"], found), "api_key": {"key": key}}, 201)

    def delete_bot(self, call: Call) -> Answer:
        """Remove a service account, its keys and all that it holds."""
        self._accounts.require_owner(call)
        found, now = self._find("bots", call), self._accounts.now()
        self._forget("bot", call.parameters["id"], found["actor_id"])
        now.keys = {key: one for key, one in now.keys.items() if one["actor"] != found["actor_id"]}
        del now.bots[call.parameters["id"]]
        return Answer(None, 204)

    def members(self, call: Call) -> list[Json]:
        """Answer people."""
        found = self._accounts.now().members
        return page(call, [{"id": actor, "actor_id": actor, "email": one["email"]} for actor, one in found.items()])

    def roles(self, call: Call) -> list[Json]:
        """Answer workspace roles."""
        roles = [{"id": identity, "name": name} for identity, name in self._accounts.now().roles.items()]
        return page(call, named(call, "workspace_roles", roles))

    def let_in(self, call: Call) -> Json:
        """Give somebody a role in the workspace."""
        self._accounts.require_owner(call)
        now = self._accounts.now()
        sort = _sort(call)
        identity, role = str(call.body.get(f"{sort}_id")), str(call.body.get("workspace_role_id"))
        known = {"team": now.teams, "bot": now.bots, "user": now.members}[sort]
        if identity not in known or role not in now.roles:
            raise missing(f"{sort} or role")
        now.let_in[sort][identity] = role
        return {"id": f"{sort}-{identity}", f"{sort}_id": identity, "workspace_role_id": role}

    def who_is_in(self, call: Call) -> list[Json]:
        """Answer who has a role in the workspace."""
        sort = _sort(call)
        held = self._accounts.now().let_in[sort]
        listed = [
            {"id": f"{sort}-{identity}", f"{sort}_id": identity, "workspace_role_id": role}
            for identity, role in held.items()
        ]
        return page(call, listed)

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
    return {"id": identity, "name": team["name"], "description": team["description"]}


def _bot(identity: str, bot: Mapping[str, object]) -> Json:
    return {"id": identity, "name": bot["name"], "actor_id": bot["actor_id"]}
