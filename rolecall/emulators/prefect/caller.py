"""The account as routes see it, and who calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rolecall.emulators.application import Call, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.prefect.errors import missing, refused
from rolecall.emulators.prefect.models import Account

ACCOUNT = "/api/accounts/{account}"
WORKSPACE = f"{ACCOUNT}/workspaces/{{workspace}}"


@dataclass(frozen=True)
class Caller:
    """The caller by a valid key."""

    actor: str


class Accounts:
    """The account as it is now, with what all routes need of it."""

    def __init__(self, now: Callable[[], Account], clock: Clock) -> None:
        self.now = now
        self.clock = clock

    def authenticate(self, call: Call) -> Caller:
        """Return who calls; refuse a key that is not known or has ended, and an account that is another's."""
        key = self.now().keys.get(call.headers.get("authorization", "").removeprefix("Bearer "))
        if key is None or key["ends"] < self.clock.now():
            raise refused(401, "Invalid authentication credentials")
        if call.parameters.get("account") not in (None, self.now().id):
            raise missing("Account")
        if call.parameters.get("workspace") not in (None, self.now().workspace):
            raise missing("Workspace")
        return Caller(key["actor"])

    def require_owner(self, call: Call) -> None:
        """Refuse a caller who does not own the workspace."""
        if call.caller.actor not in self.now().owners:
            raise refused(403, "Forbidden")

    def require(self, call: Call, level: str, target: str) -> None:
        """Refuse a caller who may not do something."""
        if not self.now().may(call.caller.actor, level, target):
            raise refused(403, f"Forbidden: {level} on {target}")


def page(call: Call, items: list[Json]) -> list[Json]:
    """Return the items that a request for a list wants: at most 200, from an offset."""
    limit, offset = int(call.body.get("limit", 200)), int(call.body.get("offset", 0))
    if not 0 <= limit <= 200:
        raise refused(422, "limit may be at most 200")
    return items[offset : offset + limit]


def named(call: Call, collection: str, items: list[Json]) -> list[Json]:
    """Return the items that have one of the names that a filter asks for; without a filter, all."""
    wanted = ((call.body.get(collection) or {}).get("name") or {}).get("any_")
    return items if wanted is None else [one for one in items if one["name"] in wanted]
