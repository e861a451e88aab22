"""What access lists call teams, service accounts and people: asked for once, and again for one that is new."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from rolecall.systems.prefect.client import account, every

TEAM, SERVICE_ACCOUNT, USER = "TEAM", "SERVICE_ACCOUNT", "USER"
# Where all of a sort are listed, and what of them is their name and their id in access lists.
_LISTS = {
    TEAM: ("/teams/filter", "name", "id"),
    SERVICE_ACCOUNT: ("/bots/filter", "name", "actor_id"),
    USER: ("/account_memberships/filter", "email", "actor_id"),
}


class Actors:
    """The ids of all who can be on an access list, by their sort and name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], str] = {}

    def ids(self, wanted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """Return ids by sort and name; one that there is not is not in the answer."""
        asked = {*wanted}
        with self._lock:
            for sort in sorted({sort for sort, name in asked if (sort, name) not in self._known}):
                path, name, identity = _LISTS[sort]
                self._known = {key: one for key, one in self._known.items() if key[0] != sort}
                self._known |= {(sort, str(one[name])): str(one[identity]) for one in every(account(path))}
            return {key: self._known[key] for key in asked if key in self._known}
