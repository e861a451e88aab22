"""The emulator as a whole: one organization with all its routes."""

from __future__ import annotations

import copy
from typing import Any

from rolecall.emulators.application import Emulator, Json
from rolecall.emulators.okta import errors
from rolecall.emulators.okta.administrators import Administrators
from rolecall.emulators.okta.application_parts import ApplicationParts
from rolecall.emulators.okta.applications import Applications, assigned_users
from rolecall.emulators.okta.authorization_servers import AuthorizationServers
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.custom_roles import CustomRoles
from rolecall.emulators.okta.groups import Groups
from rolecall.emulators.okta.log import Log
from rolecall.emulators.okta.models import Organization, organization_from_json
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.okta.policies import Policies
from rolecall.emulators.okta.rules import Rules
from rolecall.emulators.okta.schemas import Schemas
from rolecall.emulators.okta.seed import new_organization
from rolecall.emulators.okta.tokens import Tokens
from rolecall.emulators.okta.user_lifecycle import UserLifecycle
from rolecall.emulators.okta.users import Users
from rolecall.emulators.provisioning import Directory, DirectoryGroup, DirectoryUser
from rolecall.emulators.signing import SigningKey
from rolecall.emulators.spec import Surroundings
from rolecall.emulators.system import IdentityProvider

# Requests a minute that answers speak of; https://developer.okta.com/docs/reference/rl-global-mgmt/ (/api/v1/groups).
REQUESTS_PER_MINUTE = 500
SMALL_PAGE = 3


class OktaEmulator(IdentityProvider):
    """An organization; `seed.new_organization` makes it from its description."""

    def __init__(self, description: dict[str, Any], surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        saved, small_pages = surroundings.saved, surroundings.small_pages
        self._first: Json = saved["first"] if saved else new_organization(description, self.clock.now()).to_json()
        self.key = SigningKey(saved["key"] if saved else None)
        self.organization = organization_from_json(copy.deepcopy(saved["organization"] if saved else self._first))
        organizations = Organizations(lambda: self.organization, self.clock, self.key, lambda: self.address)
        pages = Pages(lambda: self.address, SMALL_PAGE if small_pages else None)
        users, applications = Users(organizations, pages), Applications(organizations, pages)
        endpoints = [
            *Rules(organizations, pages).endpoints(),
            *Groups(organizations, pages, applications.described).endpoints(),
            *Administrators(organizations, pages).endpoints(),
            *CustomRoles(organizations).endpoints(),
            *users.endpoints(),
            *UserLifecycle(organizations, pages, users).endpoints(),
            *applications.endpoints(),
            *ApplicationParts(organizations, pages, applications).endpoints(),
            *Policies(organizations).endpoints(),
            *Schemas(organizations).endpoints(),
            *AuthorizationServers(organizations, pages).endpoints(),
            *Log(organizations, pages).endpoints(),
            *Tokens(organizations).endpoints(),
        ]
        self.emulator = Emulator(
            endpoints,
            authenticate=organizations.authenticate,
            errors=errors.FORMAT,
            reset=self.reset,
            clock=self.clock,
            headers=self._headers,
            takes_lists=True,
            written=surroundings.written,
        )

    @property
    def token(self) -> str:
        """An SSWS token of an administrator."""
        return next(text for text, role in self.organization.tokens.items() if role == "admin")

    def variables(self) -> dict[str, str]:
        """Return the address and an administrator's token."""
        return {"OKTA_CLIENT_ORGURL": self.address, "OKTA_CLIENT_TOKEN": self.token}

    def reset(self) -> None:
        """Bring the organization back to its beginning; tokens stay."""
        self.organization = organization_from_json(copy.deepcopy(self._first))

    def to_json(self) -> Json:
        """Return all that a later process needs to go on."""
        return {"organization": self.organization.to_json(), "first": self._first, "key": self.key.to_json()}

    def directory(self) -> Directory | None:
        """Return what the organization provisions into Databricks: assigned users, and the groups that are pushed."""
        now = self.organization
        application = next((one for one in now.applications.values() if one.provisions == "databricks"), None)
        if application is None:
            return None
        users = [
            DirectoryUser(identity, login, _name(now, identity))
            for identity, _, login in assigned_users(now, application)
        ]
        groups = [
            DirectoryGroup(one, str(now.groups[one].profile["name"]), tuple(now.members(one)))
            for one in application.groups
        ]
        return Directory("okta", users, groups)

    def _headers(self, status: int) -> dict[str, str]:
        reset = int(self.clock.now()) + (1 if status == 429 else 60)
        remaining = 0 if status == 429 else REQUESTS_PER_MINUTE - 1
        return {
            "X-Rate-Limit-Limit": str(REQUESTS_PER_MINUTE),
            "X-Rate-Limit-Remaining": str(remaining),
            "X-Rate-Limit-Reset": str(reset),
        }


def _name(now: Organization, identity: str) -> str:
    profile = now.users[identity].profile
    return f"{profile['firstName']} {profile['lastName']}"
