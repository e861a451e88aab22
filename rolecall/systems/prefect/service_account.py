"""Service accounts, which workers act as: https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/service-accounts.

Prefect Cloud makes an API key with each of them. That one ends within a minute, and Rolecall never reads it: its
text would lie in Pulumi's state. Service accounts have no room for whose they are, so that their names say it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field

from rolecall.errors import RolecallError
from rolecall.systems.ownership import UNOWNED, not_owned
from rolecall.systems.prefect.client import account, every, one, prefect, remove
from rolecall.systems.prefect.workspace_access import ROLE, WorkspaceAccess
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, PartlyMade, Resource

KEY_LASTS = timedelta(minutes=1)


class ServiceAccountInputs(Model):
    """A service account."""

    name: str = Field(min_length=1, description="the service principal that it represents")
    workspace_role: str = Field(default=ROLE, description="its role in the workspace, by name")
    managed_by: str = Field(min_length=1, description="whose it is; its name begins with it")


class ServiceAccount(Resource[ServiceAccountInputs]):
    """A service account that workers act as, without any key that lasts."""

    token = "rolecall:prefect:ServiceAccount"
    description = "A service account in Prefect Cloud, which workers act as. Its API keys are not Rolecall's."
    loss = "its key"
    replaced_by = frozenset({"name", "managedBy"})
    computed = {"actorId": "what access lists call it"}

    def __init__(self) -> None:
        self._workspace = WorkspaceAccess("bot")

    def create(self, inputs: ServiceAccountInputs) -> Live[ServiceAccountInputs]:
        """Make it, or go on with one that an earlier run has made; then let it into the workspace."""
        name = account_name(inputs.name, inputs.managed_by)
        found = _named(name)
        if found is None:
            ends = (datetime.now(UTC) + KEY_LASTS).isoformat()
            request = Request("POST", account("/bots/"), body={"name": name, "api_key_expiration": ends})
            found = prefect().once(lambda: _named(name), request, lambda answer: dict(answer.body))
        live = _live(found, inputs)
        try:
            self._workspace.let_in(live.id, inputs.workspace_role)
        except RolecallError as error:
            raise PartlyMade(live, error) from error
        return live

    def read(self, identity: str, declared: ServiceAccountInputs | None) -> Live[ServiceAccountInputs] | None:
        """Return it."""
        found = one(account(f"/bots/{identity}"))
        if found is None:
            return None
        managed_by = declared.managed_by if declared else "rolecall"
        inputs = ServiceAccountInputs(
            name=principal_of(str(found["name"]), managed_by) or str(found["name"]),
            workspace_role=self._workspace.role_of(identity),
            managed_by=managed_by if principal_of(str(found["name"]), managed_by) else UNOWNED,
        )
        return _live(found, inputs)

    def update(self, identity: str, old: ServiceAccountInputs, new: ServiceAccountInputs) -> Live[ServiceAccountInputs]:
        """Give it another role."""
        self._workspace.let_in(identity, new.workspace_role)
        return _live(prefect().get(account(f"/bots/{identity}")), new)

    def delete(self, identity: str, declared: ServiceAccountInputs) -> None:
        """Remove it, with its keys."""
        found = one(account(f"/bots/{identity}"))
        if found is None:
            return
        if not principal_of(str(found["name"]), declared.managed_by):
            raise not_owned(f"Prefect service account {found['name']!r}")
        remove(account(f"/bots/{identity}"))


def account_name(principal: str, managed_by: str) -> str:
    """Return what the service account of a service principal is called."""
    return f"{_prefix(managed_by)}{principal}"


def principal_of(name: str, managed_by: str) -> str:
    """Return the service principal that a service account stands for; empty where it is not ours."""
    prefix = _prefix(managed_by)
    return name.removeprefix(prefix) if name.startswith(prefix) else ""


def _prefix(managed_by: str) -> str:
    return f"{managed_by.replace(':', '-')}--"


def _named(name: str) -> Json | None:
    body = {"service_accounts": {"name": {"any_": [name]}}}
    return next((found for found in every(account("/bots/filter"), body) if found["name"] == name), None)


def _live(found: Json, inputs: ServiceAccountInputs) -> Live[ServiceAccountInputs]:
    return Live(str(found["id"]), inputs, {"actorId": str(found["actor_id"])})
