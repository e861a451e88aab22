"""Who calls: a token's principal, and what it may do where it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rolecall.emulators.application import Call
from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks.errors import denied, unauthenticated
from rolecall.emulators.databricks.models import SERVICE_PRINCIPAL, Account, Principal


@dataclass(frozen=True)
class Caller:
    """A principal that has shown a valid token."""

    principal: Principal
    is_workspace_admin: bool

    @property
    def name(self) -> str:
        """What Databricks calls the principal: a user's name, or an application id."""
        own = self.principal
        return own.application_id if own.type == SERVICE_PRINCIPAL else own.user_name


def authenticator(account: Callable[[], Account], workspace: str | None, clock: Clock) -> Callable[[Call], Caller]:
    """Return what finds the caller of an address: the account's, or a workspace's."""

    def authenticate(call: Call) -> Caller:
        now = account()
        scheme, _, text = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise unauthenticated("Request to access this resource requires a bearer token.")
        token = now.tokens.get(text)
        if token is None:
            raise unauthenticated("Invalid access token.")
        if token.expires < clock.now():
            raise unauthenticated("Access token is expired.")
        principal = now.principals[token.principal]
        if not principal.active:
            raise denied(f"{principal.display_name} is not active.")
        if workspace is None:
            if token.workspace:
                raise unauthenticated("Invalid access token for the account.")
            return Caller(principal, False)
        here = now.workspaces.get(workspace)
        if here is None:
            raise unauthenticated("This workspace does not exist any more.")
        if token.workspace not in (0, here.id):
            raise unauthenticated("Invalid access token for this workspace.")
        if not now.is_in_workspace(here, principal.id):
            raise denied(f"{principal.display_name} is not assigned to this workspace.")
        return Caller(principal, now.is_workspace_admin(here, principal.id))

    return authenticate
