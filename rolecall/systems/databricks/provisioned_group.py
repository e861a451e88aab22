"""Groups that the identity provider provisions into the account: found by their external id, never by name."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rolecall import settings
from rolecall.errors import RequestRejected
from rolecall.systems.databricks.account import account, groups
from rolecall.systems.databricks.account_address import ACCOUNT
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

# Seconds that provisioning may take: Okta pushes within seconds; Entra ID in a cycle of 20 to 40 minutes, or on demand:
# https://learn.microsoft.com/entra/identity/app-provisioning/provision-on-demand.
WAIT_SECONDS = 120


class ProvisionedGroupInputs(Model):
    """A group that the identity provider owns."""

    external_id: str = Field(min_length=1, description="its id in the identity provider")
    provisioning: Literal["scim", "automatic"] = Field(
        default="scim", description="whether the identity provider pushes it, or Databricks looks it up"
    )
    wait_seconds: int = Field(default=WAIT_SECONDS, ge=0, description="how long to wait until it is there")


class ProvisionedGroup(Resource[ProvisionedGroupInputs]):
    """A group of the account that an identity provider provisions, with its members, and deletes."""

    token = "rolecall:databricks:ProvisionedGroup"
    description = "A group of the Databricks account that the identity provider provisions, identified by its id there."
    computed = {"displayName": "its name now"}
    replaced_by = frozenset({"externalId"})
    settings = frozenset({"provisioning", "waitSeconds"})

    def create(self, inputs: ProvisionedGroupInputs) -> Live[ProvisionedGroupInputs]:
        """Find it; where provisioning pushes, wait until it is there."""
        if inputs.provisioning == "automatic":
            return _resolved(inputs)
        seconds = settings.PROVISIONING_SECONDS.read() or inputs.wait_seconds
        found = account().poll_until(
            lambda: group_by_external_id(inputs.external_id), lambda group: group is not None, seconds=seconds
        )
        if found is None:
            what = (
                f"the Databricks account has no group with the external id {inputs.external_id} after {seconds:.0f} s"
            )
            how = (
                "Check that the group is assigned to the provisioning application and that it pushes groups; a group "
                "that was deleted and made again has another id and inherits nothing: write its new id in the contract."
            )
            raise RequestRejected(what, how, status=404)
        return _live(found, inputs)

    def read(self, identity: str, declared: ProvisionedGroupInputs | None) -> Live[ProvisionedGroupInputs] | None:
        """Return it with its name now; under the same id here, another id there is another group."""
        found = next((group for group in groups.get() if str(group["id"]) == identity), None)
        if found is None or (declared and found.get("externalId") != declared.external_id):
            return None
        return _live(found, declared or ProvisionedGroupInputs(external_id=str(found.get("externalId"))))

    def update(
        self, identity: str, old: ProvisionedGroupInputs, new: ProvisionedGroupInputs
    ) -> Live[ProvisionedGroupInputs]:
        """Nothing of it is changed here."""
        found = group_by_external_id(new.external_id)
        return _live(found, new) if found else Live(identity, new)

    def delete(self, identity: str, declared: ProvisionedGroupInputs) -> None:
        """Forget it: the identity provider removes what it has brought."""


def group_by_external_id(external_id: str) -> Json | None:
    """Return the account's group of an id in the identity provider.

    Raises:
        BrokenList: two groups have that id.
    """
    found = [group for group in groups.get() if group.get("externalId") == external_id]
    if len(found) > 1:
        raise account().broken(f"{len(found)} groups have the external id {external_id}")
    return found[0] if found else None


def _resolved(inputs: ProvisionedGroupInputs) -> Live[ProvisionedGroupInputs]:
    """Let Databricks look the group up: https://docs.databricks.com/api/account/accountiamv2/resolvegroup."""
    path = f"/api/2.0/identity/accounts/{ACCOUNT.address.account_id}/groups/resolve-by-external-id"
    request = Request("POST", path, body={"external_id": inputs.external_id})
    groups.forget()
    found = account().once(
        lambda: group_by_external_id(inputs.external_id),
        request,
        lambda answer: {"id": answer.body["group"]["group_id"], "displayName": answer.body["group"]["group_name"]},
    )
    return _live(found, inputs)


def _live(group: Json, inputs: ProvisionedGroupInputs) -> Live[ProvisionedGroupInputs]:
    return Live(str(group["id"]), inputs, {"displayName": str(group["displayName"])})
