"""The emulator as a whole: one tenant, Graph and token service on one address."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from rolecall.emulators.application import Emulator, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.entra import errors
from rolecall.emulators.entra.administrators import Administrators
from rolecall.emulators.entra.applications import Applications
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.groups import Groups
from rolecall.emulators.entra.models import Tenant, tenant_from_json
from rolecall.emulators.entra.seed import Credentials, new_tenant
from rolecall.emulators.entra.tokens import Tokens
from rolecall.emulators.entra.users import Users
from rolecall.emulators.provisioning import Directory, DirectoryGroup, DirectoryUser
from rolecall.emulators.signing import SigningKey

SMALL_PAGE = 3


class EntraEmulator:
    """A tenant.

    Args:
        description: what it starts with, as in `seed.new_tenant`.
        clock: the clock; a new one when not given.
        small_pages: answer lists in small pages, so that tests exercise paging.
        saved: state that `to_json` returned earlier; the tenant goes on from there.
        written: is called after everything that may have changed the tenant.
    """

    def __init__(
        self,
        description: dict[str, Any],
        *,
        clock: Clock | None = None,
        small_pages: bool = False,
        saved: Json | None = None,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        self.clock = clock or Clock()
        self.address = ""
        self._first: Json
        self.credentials: Credentials
        if saved is None:
            made, self.credentials = new_tenant(description, self.clock.now())
            self._first = made.to_json()
        else:
            self._first, self.credentials = saved["first"], Credentials(**saved["credentials"])
        self.key = SigningKey(saved["key"] if saved else None)
        self.tenant: Tenant = tenant_from_json(copy.deepcopy(saved["tenant"] if saved else self._first))
        page_size = SMALL_PAGE if small_pages else None
        tenants = Tenants(lambda: self.tenant, self.clock, self.key, lambda: self.address, page_size)
        self.emulator = Emulator(
            [
                *Groups(tenants).endpoints(),
                *Users(tenants).endpoints(),
                *Applications(tenants).endpoints(),
                *Administrators(tenants).endpoints(),
                *Tokens(tenants).endpoints(),
            ],
            authenticate=tenants.authenticate,
            not_found=errors.not_found,
            failure=errors.failure,
            reset=self.reset,
            list_keys=("value",),
            clock=self.clock,
            malformed=errors.malformed,
            written=written,
        )

    def reset(self) -> None:
        """Bring the tenant back to its beginning; credentials stay."""
        self.tenant = tenant_from_json(copy.deepcopy(self._first))

    def to_json(self) -> Json:
        """Return all that a later process needs to go on."""
        return {
            "tenant": self.tenant.to_json(),
            "first": self._first,
            "key": self.key.to_json(),
            "credentials": asdict(self.credentials),
        }

    def directory(self) -> Directory | None:
        """Return what the tenant provisions into Databricks.

        Nested groups are not read: "the provisioning service only provisions users that are immediate members of the
        explicitly assigned group" (https://learn.microsoft.com/entra/identity/app-provisioning/how-provisioning-works).
        """
        now = self.tenant
        principal = next((key for key, service in now.provisions.items() if service == "databricks"), None)
        if principal is None:
            return None
        assigned = [str(one["principalId"]) for one in now.assignments[principal].values()]
        groups = [one for one in assigned if one in now.groups]
        direct = [one for group in groups for one in now.members[group] if one in now.users]
        people = dict.fromkeys([*direct, *(one for one in assigned if one in now.users)])
        return Directory(
            "entra",
            [
                DirectoryUser(one, str(now.users[one]["userPrincipalName"]), str(now.users[one]["displayName"]))
                for one in people
                if now.users[one]["accountEnabled"]
            ],
            [DirectoryGroup(one, str(now.groups[one]["displayName"]), tuple(now.members[one])) for one in groups],
        )

    def resolve(self, group: str) -> str | None:
        """Return the name of a group for a service that looks it up itself; None where there is no such group."""
        found = self.tenant.groups.get(group)
        return str(found["displayName"]) if found else None
