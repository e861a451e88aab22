"""What an identity provider's provisioning does: write users and groups into a service by SCIM (RFC 7644).

Okta's and Entra's provisioning find users by name and groups by name the first time, keep their own ids as external
ids, and from then on go by these: a renamed group stays the same group. What is no longer assigned is removed; a user
is set inactive. Each identity provider says itself what it assigns: Entra, for one, looks at direct members only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from rolecall.emulators.application import Json

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PAGE = 100
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DirectoryUser:
    """A user who is assigned to the service."""

    id: str
    user_name: str
    display_name: str


@dataclass(frozen=True)
class DirectoryGroup:
    """A group that is assigned to the service, with the ids of the members that are provisioned."""

    id: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Directory:
    """All that an identity provider assigns to the service."""

    source: str
    users: Sequence[DirectoryUser]
    groups: Sequence[DirectoryGroup]


class Provisioning:
    """Writes a directory into an account's SCIM routes, after every change and on request.

    Args:
        directory: what is assigned now; None where nothing is provisioned.
        scim: address of the SCIM routes.
        token: makes a token for them.
    """

    def __init__(
        self, directory: Callable[[], Directory | None], scim: Callable[[], str], token: Callable[[], str]
    ) -> None:
        self._directory = directory
        self._scim = scim
        self._token = token
        self._wanted = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        # External ids that this provisioning has brought: only these does it ever remove.
        self.brought: set[str] = set()
        # An administrator can stop provisioning for a while.
        self.paused = False

    def switch(self, on: bool) -> None:  # noqa: FBT001 - a switch has two positions
        """Let it work, or stop it for a while."""
        self.paused = not on
        self.wake()

    def wake(self) -> None:
        """Let the next round begin."""
        self._idle.clear()
        self._wanted.set()

    async def settled(self) -> None:
        """Wait until everything that changed so far is written."""
        await self._idle.wait()

    async def work(self) -> None:
        """Write whenever something has changed, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.round()
            except httpx.HTTPError as error:
                logger.warning("provisioning failed: %s", error)
            if not self._wanted.is_set():
                self._idle.set()

    async def round(self) -> None:
        """Write once what differs."""
        directory = self._directory()
        if directory is None or self.paused:
            return
        headers = {"Authorization": f"Bearer {self._token()}"}
        async with httpx.AsyncClient(base_url=self._scim(), headers=headers, timeout=30) as client:
            users = await self._users(client, directory)
            await self._groups(client, directory, users)

    async def _users(self, client: httpx.AsyncClient, directory: Directory) -> dict[str, str]:
        """Bring the users; return the service's id of each by the identity provider's."""
        held = await _all(client, "Users")
        by_external = {str(one.get("externalId")): one for one in held if one.get("externalId")}
        by_name = {str(one["userName"]).lower(): one for one in held}
        found: dict[str, str] = {}
        for user in directory.users:
            wanted = {
                "schemas": [USER_SCHEMA],
                "userName": user.user_name,
                "displayName": user.display_name,
                "externalId": user.id,
                "active": True,
            }
            one = by_external.get(user.id) or by_name.get(user.user_name.lower())
            if one is None:
                one = (await _send(client, "POST", "Users", wanted)).json()
            elif any(one.get(key) != value for key, value in wanted.items() if key != "schemas"):
                await _send(client, "PUT", f"Users/{one['id']}", {**wanted, **_kept(one)})
            found[user.id] = str(one["id"])
            self.brought.add(user.id)
        assigned = {user.id for user in directory.users}
        for external, one in by_external.items():
            if external in self.brought and external not in assigned and one.get("active"):
                operation = {"op": "replace", "path": "active", "value": False}
                await _send(client, "PATCH", f"Users/{one['id']}", {"schemas": [PATCH], "Operations": [operation]})
        return found

    async def _groups(self, client: httpx.AsyncClient, directory: Directory, users: dict[str, str]) -> None:
        held = await _all(client, "Groups")
        by_external = {str(one.get("externalId")): one for one in held if one.get("externalId")}
        by_name = {str(one["displayName"]).lower(): one for one in held if not one.get("externalId")}
        for external, one in by_external.items():
            if external in self.brought and external not in {group.id for group in directory.groups}:
                await _send(client, "DELETE", f"Groups/{one['id']}", None)
        for group in directory.groups:
            members = [{"value": users[one]} for one in group.members if one in users]
            wanted = {
                "schemas": [GROUP_SCHEMA],
                "displayName": group.name,
                "externalId": group.id,
                "members": members,
            }
            found = by_external.get(group.id) or by_name.get(group.name.lower())
            self.brought.add(group.id)
            if found is None:
                await _send(client, "POST", "Groups", wanted)
                continue
            same = {one["value"] for one in found.get("members", [])} == {one["value"] for one in members}
            if not same or found["displayName"] != group.name or found.get("externalId") != group.id:
                await _send(client, "PUT", f"Groups/{found['id']}", {**wanted, **_kept(found)})


def _kept(resource: Json) -> Json:
    """Return what provisioning leaves as it is."""
    return {key: resource[key] for key in ("entitlements", "roles") if key in resource}


async def _all(client: httpx.AsyncClient, collection: str) -> list[Json]:
    found: list[Json] = []
    total = 1
    while len(found) < total:
        query: dict[str, Any] = {"startIndex": len(found) + 1, "count": PAGE}
        page = (await client.get(collection, params=query)).raise_for_status().json()
        total = int(page["totalResults"])
        resources = page.get("Resources") or []
        if not resources:
            break
        found += resources
    return found


async def _send(client: httpx.AsyncClient, method: str, path: str, body: Json | None) -> httpx.Response:
    return (await client.request(method, path, json=body)).raise_for_status()
