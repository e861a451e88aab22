"""Settings of accounts and workspaces that have a type and the name `default`.

https://docs.databricks.com/api/workspace/settings and https://docs.databricks.com/api/account/settings: "A fresh etag
needs to be provided in PATCH requests (as part of the setting field)", and 409 holds the fresh one. A setting that was
never set answers 404 with its etag (terraform-provider-databricks, settings/generic_setting.go).
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid
from rolecall.emulators.databricks.models import Account

FIRST = "first"


@dataclass(frozen=True)
class SettingType:
    """A type of setting.

    Attributes:
        name: its name in paths.
        field: the field that holds its value.
        default: its value before it is set; None for one that is not there before.
        versioned: it has an etag, which a change has to name.
    """

    name: str
    field: str
    default: Json | None = None
    versioned: bool = True


_OFF: Json = {"is_enabled": False}
WORKSPACE = (
    SettingType("aibi_dash_embed_ws_acc_policy", "aibi_dashboard_embedding_access_policy"),
    SettingType("aibi_dash_embed_ws_apprvd_domains", "aibi_dashboard_embedding_approved_domains"),
    SettingType("automatic_cluster_update", "automatic_cluster_update_workspace", {"enabled": False}),
    SettingType("shield_csp_enablement_ws_db", "compliance_security_profile_workspace", _OFF),
    SettingType("shield_esm_enablement_ws_db", "enhanced_security_monitoring_workspace", _OFF),
    SettingType("dashboard_email_subscriptions", "boolean_val"),
    SettingType("default_namespace_ws", "namespace"),
    SettingType("default_warehouse_id", "string_val"),
    SettingType("disable_legacy_access", "disable_legacy_access"),
    SettingType("disable_legacy_dbfs", "disable_legacy_dbfs"),
    SettingType("llm_proxy_partner_powered", "boolean_val"),
    SettingType("sql_results_download", "boolean_val"),
    SettingType("enable-export-notebook", "boolean_val", {"value": True}, versioned=False),
    SettingType("enable-notebook-table-clipboard", "boolean_val", {"value": True}, versioned=False),
    SettingType("enable-results-downloading", "boolean_val", {"value": True}, versioned=False),
)
ACCOUNT = (
    SettingType("shield_csp_enablement_ac", "csp_enablement_account", {"is_enforced": False}),
    SettingType("shield_esm_enablement_ac", "esm_enablement_account", {"is_enforced": False}),
    SettingType("disable_legacy_features", "disable_legacy_features"),
    SettingType("acct_ip_acl_enable", "acct_ip_acl_enable"),
    SettingType("llm_proxy_partner_powered", "boolean_val", {"value": False}),
    SettingType("llm_proxy_partner_powered_enforce", "boolean_val", {"value": False}),
    SettingType("dcp_acct_enable", "personal_compute"),
)


class SettingTypes:
    """The routes of the account, or of one workspace.

    Args:
        account: returns the account as it is now.
        workspace: the workspace's name; None for the account.
    """

    def __init__(self, account: Callable[[], Account], workspace: str | None) -> None:
        self._account = account
        self._workspace = workspace

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        above = "/api/2.0" if self._workspace else "/api/2.0/accounts/{account_id}"
        found: list[Endpoint] = []
        for one in WORKSPACE if self._workspace else ACCOUNT:
            path = f"{above}/settings/types/{one.name}/names/default"
            found += [
                Endpoint("GET", path, self._bound(self.get, one), knows=("etag",)),
                Endpoint("PATCH", path, self._bound(self.update, one)),
            ]
            if one.default is None:
                found.append(Endpoint("DELETE", path, self._bound(self.delete, one)))
        return found

    def _bound(self, method: Callable[[Call, SettingType], Json], one: SettingType) -> Callable[[Call], Json]:
        return lambda call: method(call, one)

    def get(self, call: Call, one: SettingType) -> Json:
        """Answer a setting."""
        self._require_admin(call)
        held = self._held().get(one.name)
        if held is None and one.default is None:
            raise _with_etag(404, "RESOURCE_DOES_NOT_EXIST", f"Setting {one.name} is not set.", FIRST)
        return self._shown(one, held)

    def update(self, call: Call, one: SettingType) -> Json:
        """Set a setting."""
        self._require_admin(call)
        if not call.body.get("allow_missing") and one.versioned:
            raise invalid("allow_missing must be true.")
        setting = call.body.get("setting") or {}
        mask = str(call.body.get("field_mask") or "")
        if not mask or any(part.split(".")[0] != one.field for part in mask.split(",")):
            raise invalid(f"Invalid field mask: {mask!r}; the setting has {one.field}.")
        setting.get("setting_name"), setting.get("etag")
        value = setting.get(one.field)
        if value is None:
            raise invalid(f"{one.field} is required.")
        self._fresh(one, setting.get("etag"))
        self._held()[one.name] = {"etag": secrets.token_urlsafe(8), "value": copy.deepcopy(value)}
        return self._shown(one, self._held()[one.name])

    def delete(self, call: Call, one: SettingType) -> Json:
        """Go back to what holds where a setting is not set."""
        self._require_admin(call)
        if one.name not in self._held():
            raise _with_etag(404, "RESOURCE_DOES_NOT_EXIST", f"Setting {one.name} is not set.", FIRST)
        self._fresh(one, call.query.get("etag"))
        del self._held()[one.name]
        return {"etag": secrets.token_urlsafe(8)}

    def _fresh(self, one: SettingType, etag: object) -> None:
        now = self._held().get(one.name, {}).get("etag", FIRST)
        if one.versioned and etag != now:
            raise _with_etag(409, "RESOURCE_CONFLICT", "The etag is not the latest.", now)

    def _shown(self, one: SettingType, held: Json | None) -> Json:
        value = held["value"] if held else copy.deepcopy(one.default)
        shown = {"setting_name": "default", one.field: value} if one.versioned else {one.field: value}
        return {"etag": held["etag"] if held else FIRST, **shown} if one.versioned else shown

    def _held(self) -> dict[str, Json]:
        account = self._account()
        return account.workspaces[self._workspace].settings if self._workspace else account.settings

    def _require_admin(self, call: Call) -> None:
        caller: Caller = call.caller
        is_admin = caller.is_workspace_admin if self._workspace else caller.principal.id in self._account().admins
        if not is_admin:
            raise denied("Only administrators can read and change settings.")


def _with_etag(status: int, code: str, message: str, etag: str) -> Refused:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "metadata": {"etag": etag}}]
    return Refused(status, {"error_code": code, "message": message, "details": details})
