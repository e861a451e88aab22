"""Automatic identity management: the account looks a group of the identity provider up by its id there.

https://docs.databricks.com/api/account/accountiamv2/resolvegroup
"""

from __future__ import annotations

from collections.abc import Callable

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.models import GROUP, Account
from rolecall.emulators.routes import Routes, route

Resolve = Callable[[str], str | None]


class IdentityResolution(Routes):
    """The route of the account.

    Args:
        account: the account.
        resolve: what looks a group's name up; None where the account is not set up for it.
    """

    def __init__(self, account: Callable[[], Account], resolve: Callable[[], Resolve | None]) -> None:
        self._account = account
        self._resolve = resolve

    @route("POST", "/api/2.0/identity/accounts/{account_id}/groups/resolve-by-external-id")
    def resolve_group(self, call: Call) -> Json:
        """Answer the group of an external id; it is brought into the account when it is not there yet."""
        account, caller, look_up = self._account(), call.caller, self._resolve()
        assert isinstance(caller, Caller)
        if caller.principal.id not in account.admins:
            raise denied("Only account admins can do this.")
        if look_up is None:
            raise invalid("Automatic identity management is not enabled for this account.")
        external_id = str(call.body.get("external_id") or "")
        name = look_up(external_id)
        if name is None:
            raise missing(f"Group with external id {external_id} does not exist in the identity provider.")
        found = next((one for one in account.of_type(GROUP) if one.external_id == external_id), None)
        found = found or account.add(GROUP, name, external_id=external_id)
        found.display_name = name
        described = {"account_id": account.id, "external_id": external_id, "group_id": found.id, "group_name": name}
        return {"group": described}
