"""Workspaces made through the account: https://docs.databricks.com/api/account/workspaces"""

from __future__ import annotations

from collections.abc import Callable

from rolecall.emulators.application import Call, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks.account_routes import AccountRoutes
from rolecall.emulators.databricks.errors import exists, invalid, missing
from rolecall.emulators.databricks.models import Account, Workspace
from rolecall.emulators.routes import route

# Seconds until a new workspace runs; on the real service it takes minutes.
PROVISIONING_SECONDS = 0.5
# What a workspace on each cloud names, by the sort of configuration that it is.
REFERENCES = {
    "credentials_id": "credentials",
    "storage_configuration_id": "storage",
    "network_id": "networks",
    "private_access_settings_id": "private_access",
    "managed_services_customer_managed_key_id": "keys",
    "storage_customer_managed_key_id": "keys",
}
CHANGEABLE = (*REFERENCES, "custom_tags")


class Workspaces(AccountRoutes):
    """The routes of the account.

    Args:
        account: returns the account as it is now.
        clock: the emulator's clock.
        addresses: returns the address of each workspace by its name.
        opened: assigns an address to a new workspace.
    """

    def __init__(
        self,
        account: Callable[[], Account],
        clock: Clock,
        addresses: Callable[[], dict[str, str]],
        opened: Callable[[str], None],
    ) -> None:
        super().__init__(account)
        self._clock = clock
        self._addresses = addresses
        self._opened = opened

    @route("GET", "/api/2.0/accounts/{account_id}/workspaces")
    def list_all(self, call: Call) -> list[Json]:
        """Answer the account's workspaces."""
        self._require_admin(call)
        return [self._described(one) for one in self._account().workspaces.values()]

    @route("GET", "/api/2.0/accounts/{account_id}/workspaces/{workspace_id}")
    def get(self, call: Call) -> Json:
        """Answer a workspace."""
        return self._described(self._named_workspace(call))

    @route("POST", "/api/2.0/accounts/{account_id}/workspaces")
    def create(self, call: Call) -> Json:
        """Make a workspace; the creator administers it."""
        caller = self._require_admin(call)
        account, body = self._account(), call.body
        name = str(body.get("workspace_name") or "")
        if not name:
            raise invalid("workspace_name is required.")
        if name in account.workspaces:
            raise exists(f"Workspace name {name} is already in use.")
        self._check(body)
        made = Workspace(account.next_id(), name, made_with=dict(body))
        made.ready_at = self._clock.now() + PROVISIONING_SECONDS
        made.assignments[caller.principal.id] = "ADMIN"
        account.workspaces[name] = made
        self._opened(name)
        return self._described(made)

    @route("PATCH", "/api/2.0/accounts/{account_id}/workspaces/{workspace_id}")
    def update(self, call: Call) -> Json:
        """Change what can be changed of a workspace that runs."""
        workspace = self._named_workspace(call)
        changes = {key: call.body[key] for key in CHANGEABLE if key in call.body}
        self._check({**workspace.made_with, **changes})
        workspace.made_with.update(changes)
        return self._described(workspace)

    @route("DELETE", "/api/2.0/accounts/{account_id}/workspaces/{workspace_id}")
    def delete(self, call: Call) -> Json:
        """Remove a workspace with everything in it."""
        workspace = self._named_workspace(call)
        described = self._described(workspace)
        del self._account().workspaces[workspace.name]
        return described

    def _check(self, body: Json) -> None:
        if body.get("cloud") == "gcp" or body.get("location"):
            container = (body.get("cloud_resource_container") or {}).get("gcp") or {}
            if not body.get("location") or not container.get("project_id"):
                raise invalid("A workspace on Google Cloud needs location and cloud_resource_container.gcp.project_id.")
        elif not body.get("aws_region"):
            raise invalid("aws_region is required.")
        else:
            for needed in ("credentials_id", "storage_configuration_id"):
                if not body.get(needed):
                    raise invalid(f"{needed} is required.")
        for key, sort in REFERENCES.items():
            if body.get(key) and body[key] not in self._account().configurations.get(sort, []):
                raise missing(f"{key} {body[key]} does not exist.")

    def _described(self, workspace: Workspace) -> Json:
        ready = self._clock.now() >= workspace.ready_at
        kept = {key: value for key, value in workspace.made_with.items() if key != "workspace_name"}
        return {
            **({"aws_region": "eu-central-1", "cloud": "aws"} if not workspace.made_with else {}),
            **kept,
            "account_id": self._account().id,
            "workspace_id": workspace.id,
            "workspace_name": workspace.name,
            "deployment_name": f"dbc-{workspace.id % 0xFFFFFFFF:08x}",
            "workspace_status": "RUNNING" if ready else "PROVISIONING",
            "workspace_status_message": "Workspace is running." if ready else "Workspace resources are being set up.",
            "workspace_url": self._addresses().get(workspace.name, ""),
            "pricing_tier": "ENTERPRISE",
            "creation_time": 1_760_000_000_000,
        }
