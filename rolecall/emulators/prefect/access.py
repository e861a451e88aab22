"""Access lists of deployments and work pools: `access` of each, read and written as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.prefect.caller import WORKSPACE, Accounts
from rolecall.emulators.prefect.errors import missing
from rolecall.emulators.prefect.models import LEVELS


class AccessRoutes:
    """The routes of access lists.

    Args:
        accounts: the account.
        is_there: returns whether the real server has an object at a path.
    """

    def __init__(self, accounts: Accounts, is_there: Callable[[str], Awaitable[bool]]) -> None:
        self._accounts = accounts
        self._is_there = is_there

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found = []
        for collection in ("deployments", "work_pools"):
            path = f"{WORKSPACE}/{collection}/{{id}}/access"
            found += [Endpoint("GET", path, self.get), Endpoint("PUT", path, self.set)]
        return found

    async def get(self, call: Call) -> Json:
        """Answer who holds what."""
        target = await self._target(call)
        self._accounts.require(call, "view", target)
        held = self._accounts.now().access.get(target, {})
        return {
            f"{level}_actors": [self._actor(subject) for subject, has in held.items() if has == level]
            for level in LEVELS
        }

    async def set(self, call: Call) -> Answer:
        """Take a new list in place of the old one."""
        target = await self._target(call)
        self._accounts.require(call, "manage", target)
        wanted = call.body.get("access_control") or {}
        held: dict[str, str] = {}
        # From the weakest: of two entries the stronger counts.
        for level in LEVELS:
            for sort in ("actor", "team"):
                for identity in wanted.get(f"{level}_{sort}_ids") or []:
                    self._must_be_known(sort, identity)
                    held[f"{sort}/{identity}"] = level
        self._accounts.now().access[target] = held
        return Answer(None, 204)

    async def _target(self, call: Call) -> str:
        collection = "deployments" if "/deployments/" in call.path else "work_pools"
        target = f"{collection}/{call.parameters['id']}"
        if not await self._is_there(f"/{target}"):
            raise missing(collection[:-1].replace("_", " ").capitalize())
        return target

    def _must_be_known(self, sort: str, identity: str) -> None:
        now = self._accounts.now()
        actors = {*now.members, *(bot["actor_id"] for bot in now.bots.values())}
        if identity not in (now.teams if sort == "team" else actors):
            raise missing(sort.capitalize())

    def _actor(self, subject: str) -> Json:
        now, (sort, _, identity) = self._accounts.now(), subject.partition("/")
        if sort == "team":
            return {"id": identity, "name": now.teams[identity]["name"], "email": None, "type": "team"}
        if identity in now.members:
            one = now.members[identity]
            return {"id": identity, "name": one["name"], "email": one["email"], "type": "user"}
        bot = next(one for one in now.bots.values() if one["actor_id"] == identity)
        return {"id": identity, "name": bot["name"], "email": None, "type": "service_account"}
