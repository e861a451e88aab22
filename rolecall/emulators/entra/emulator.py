"""The emulator as a whole: one tenant, Graph and token service on one address."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from rolecall.emulators.application import Emulator, Endpoint, Json
from rolecall.emulators.entra import errors
from rolecall.emulators.entra.administrators import Administrators
from rolecall.emulators.entra.applications import Applications
from rolecall.emulators.entra.assignments import Assignments
from rolecall.emulators.entra.batch import Batches
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.delta import Deltas
from rolecall.emulators.entra.directory import Directory as DirectoryRoutes
from rolecall.emulators.entra.groups import Groups
from rolecall.emulators.entra.models import Tenant, tenant_from_json
from rolecall.emulators.entra.seed import Credentials, new_tenant
from rolecall.emulators.entra.tokens import Tokens
from rolecall.emulators.entra.users import Users
from rolecall.emulators.provisioning import Directory, DirectoryGroup, DirectoryUser
from rolecall.emulators.signing import SigningKey
from rolecall.emulators.spec import Surroundings
from rolecall.emulators.system import IdentityProvider

SMALL_PAGE = 3


class EntraEmulator(IdentityProvider):
    """A tenant; `seed.new_tenant` makes it from its description."""

    def __init__(self, description: dict[str, Any], surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        saved, small_pages = surroundings.saved, surroundings.small_pages
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
        graph = [
            *Deltas(tenants).endpoints(),
            *Groups(tenants).endpoints(),
            *Users(tenants).endpoints(),
            *Applications(tenants).endpoints(),
            *Assignments(tenants).endpoints(),
            *Administrators(tenants).endpoints(),
            *DirectoryRoutes(tenants).endpoints(),
            *Batches(lambda: self.emulator.application).endpoints(),
        ]
        self.emulator = Emulator(
            [*graph, *(_beta(one) for one in graph), *Tokens(tenants).endpoints()],
            authenticate=tenants.authenticate,
            errors=errors.FORMAT,
            reset=self.reset,
            list_keys=("value",),
            clock=self.clock,
            written=surroundings.written,
        )

    def variables(self) -> dict[str, str]:
        """Return the addresses and the deployer's credentials."""
        return {
            "AZURE_TENANT_ID": self.tenant.id,
            "AZURE_CLIENT_ID": self.credentials.client_id,
            "AZURE_CLIENT_SECRET": self.credentials.client_secret,
            "AZURE_AUTHORITY_HOST": self.address,
            "ROLECALL_GRAPH_HOST": self.address,
        }

    def reset(self) -> None:
        """Reset the tenant; credentials stay."""
        self.tenant = tenant_from_json(copy.deepcopy(self._first))

    def to_json(self) -> Json:
        """Return the state for a later process."""
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

    def resolver(self) -> Callable[[str], str | None]:
        """Return a function from a group's id to its name; None for an unknown id."""
        return self._resolve

    def _resolve(self, group: str) -> str | None:
        found = self.tenant.groups.get(group)
        return str(found["displayName"]) if found else None


def _beta(endpoint: Endpoint) -> Endpoint:
    """Return a route of v1.0 as /beta has it; what /beta has beyond that is not emulated."""
    return replace(endpoint, path=endpoint.path.replace("/v1.0/", "/beta/", 1))
