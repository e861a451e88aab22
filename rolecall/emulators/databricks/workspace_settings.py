"""Settings of a workspace: configuration, IP access lists, what administrators may do, and personal tokens.

https://docs.databricks.com/api/workspace/workspaceconf, …/ipaccesslists, …/settings, …/tokens and …/tokenmanagement
"""

from __future__ import annotations

import ipaddress
import secrets
import uuid
from collections.abc import Iterable

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.models import SERVICE_PRINCIPAL, Principal
from rolecall.emulators.databricks.permissions import TOKENS

CONF_KEYS = ("enableIpAccessLists", "maxTokenLifetimeDays", "enableTokensConfig", "enableVerboseAuditLogs", "enableDcs")
RESTRICT = "restrict_workspace_admins"
STATUSES = ("ALLOW_ALL", "RESTRICT_TOKENS_AND_JOB_RUN_AS")
# https://docs.databricks.com/api/workspace/ipaccesslists: "a maximum of 1000 IP/CIDR values" over all lists.
MOST_ADDRESSES = 1000
# https://docs.databricks.com/en/admin/access-control/tokens.html: the longest that a token may last.
LONGEST_DAYS = 730
DAY = 24 * 3600


class WorkspaceSettings(GovernedRoutes):
    """The routes for one workspace."""

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        lists = "/api/2.0/ip-access-lists"
        restrict = f"/api/2.0/settings/types/{RESTRICT}/names/default"
        return [
            Endpoint("GET", "/api/2.0/workspace-conf", self.get_conf),
            Endpoint("PATCH", "/api/2.0/workspace-conf", self.set_conf),
            Endpoint("GET", lists, lambda call: {"ip_access_lists": list(self._lists(call).values())}),
            Endpoint("POST", lists, self.create_list),
            Endpoint("GET", f"{lists}/{{id}}", lambda call: {"ip_access_list": self._list(call)}),
            Endpoint("PUT", f"{lists}/{{id}}", self.change_list),
            Endpoint("PATCH", f"{lists}/{{id}}", self.change_list),
            Endpoint("DELETE", f"{lists}/{{id}}", self.delete_list),
            Endpoint("GET", restrict, self.get_restriction),
            Endpoint("PATCH", restrict, self.set_restriction),
            Endpoint("DELETE", restrict, self.delete_restriction),
            Endpoint("POST", "/api/2.0/token/create", self.create_token),
            Endpoint("GET", "/api/2.0/token/list", self.list_own_tokens),
            Endpoint("POST", "/api/2.0/token/delete", self.delete_token),
            Endpoint("GET", "/api/2.0/token-management/tokens", self.list_tokens),
            Endpoint("GET", "/api/2.0/token-management/tokens/{id}", self.get_token),
            Endpoint("PATCH", "/api/2.0/token-management/tokens/{id}", self.change_token),
            Endpoint("DELETE", "/api/2.0/token-management/tokens/{id}", self.revoke_token),
            Endpoint("POST", "/api/2.0/token-management/on-behalf-of/tokens", self.create_token_for),
        ]

    def get_conf(self, call: Call) -> Json:
        """Answer the values of some keys; one that was never set has none."""
        self._require_admin(call)
        keys = call.query.get("keys", "").split(",")
        self._known(keys)
        return {key: self._workspace.conf.get(key) for key in keys}

    def set_conf(self, call: Call) -> Json:
        """Set some keys."""
        self._require_admin(call)
        self._known(call.body)
        days = str(call.body.get("maxTokenLifetimeDays") or "")
        if days and not days.isdigit() and days != "false":
            raise invalid("Some values are not allowed: maxTokenLifetimeDays")
        self._workspace.conf.update({key: str(value) for key, value in call.body.items()})
        return {}

    def create_list(self, call: Call) -> Json:
        """Make a list."""
        content = self._content(call.body, {})
        identity = str(uuid.uuid4())
        self._lists(call)[identity] = {"list_id": identity, **content}
        return {"ip_access_list": self._lists(call)[identity]}

    def change_list(self, call: Call) -> Json:
        """Change a list."""
        found = self._list(call)
        found.update(self._content(call.body, found))
        return {"ip_access_list": found}

    def delete_list(self, call: Call) -> Json:
        """Remove a list."""
        del self._lists(call)[self._list(call)["list_id"]]
        return {}

    def get_restriction(self, call: Call) -> Json:
        """Answer what administrators may do."""
        self._require_admin(call)
        return self._restriction()

    def set_restriction(self, call: Call) -> Json:
        """Change what administrators may do."""
        self._require_admin(call)
        wanted = ((call.body.get("setting") or {}).get(RESTRICT) or {}).get("status")
        if wanted not in STATUSES:
            raise invalid(f"Invalid status: {wanted}.")
        self._workspace.settings[RESTRICT] = {"status": wanted, "etag": secrets.token_urlsafe(8)}
        return self._restriction()

    def delete_restriction(self, call: Call) -> Json:
        """Go back to the default; who has not seen the latest is refused with its etag."""
        self._require_admin(call)
        etag = self._restriction()["etag"]
        if call.query.get("etag") != etag:
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "metadata": {"etag": etag}}]
            body = {"error_code": "RESOURCE_CONFLICT", "message": "The etag is not the latest.", "details": details}
            raise Refused(409, body)
        self._workspace.settings.pop(RESTRICT, None)
        return {"etag": secrets.token_urlsafe(8)}

    def create_token(self, call: Call) -> Json:
        """Give the caller a personal token, if it may have one."""
        caller: Caller = call.caller
        if not self._permissions.holds(caller, TOKENS, "tokens", "CAN_USE"):
            raise denied(f"{caller.name} is not allowed to use personal access tokens.")
        most = self._workspace.conf.get("maxTokenLifetimeDays") or str(LONGEST_DAYS)
        longest = int(most if most.isdigit() else LONGEST_DAYS) * DAY
        seconds = int(call.body.get("lifetime_seconds") or longest)
        if seconds > longest:
            raise invalid(f"The lifetime of a token is at most {longest // DAY} days in this workspace.")
        return self._issued(caller.principal, caller.name, seconds, call)

    def create_token_for(self, call: Call) -> Json:
        """Give a service principal a token; it has to be allowed tokens itself."""
        self._require_admin(call)
        caller: Caller = call.caller
        wanted = str(call.body.get("application_id"))
        services = self._account.of_type(SERVICE_PRINCIPAL)
        found = next((one for one in services if one.application_id == wanted), None)
        if found is None or not self._account.is_in_workspace(self._workspace, found.id):
            raise missing(f"Service principal {wanted} does not exist in this workspace.")
        seconds = int(call.body.get("lifetime_seconds") or LONGEST_DAYS * DAY)
        return self._issued(found, caller.name, seconds, call)

    def _issued(self, principal: Principal, creator: str, seconds: int, call: Call) -> Json:
        identity = secrets.token_hex(16)
        now = self._clock.now()
        info = {
            "token_id": identity,
            "created_by_username": creator,
            "owner_id": int(principal.id),
            "creation_time": int(now * 1000),
            "expiry_time": int((now + seconds) * 1000),
            "comment": str(call.body.get("comment") or ""),
        }
        self._workspace.personal_tokens[identity] = info
        value = self._account.issue(principal.id, now + seconds, self._workspace.id)
        return {"token_value": value, "token_info": info}

    def list_own_tokens(self, call: Call) -> Json:
        """Answer the caller's tokens."""
        caller: Caller = call.caller
        held = self._workspace.personal_tokens.values()
        return {"token_infos": [one for one in held if one["created_by_username"] == caller.name]}

    def delete_token(self, call: Call) -> Json:
        """Take one of the caller's tokens back."""
        identity, caller = str(call.body.get("token_id")), call.caller
        assert isinstance(caller, Caller)
        found = self._workspace.personal_tokens.get(identity)
        if found is None or found["created_by_username"] != caller.name:
            raise missing(f"Token {identity} does not exist.")
        del self._workspace.personal_tokens[identity]
        return {}

    def list_tokens(self, call: Call) -> Json:
        """Answer everybody's tokens."""
        self._require_admin(call)
        return {"token_infos": list(self._workspace.personal_tokens.values())}

    def get_token(self, call: Call) -> Json:
        """Answer a token of anybody's."""
        self._require_admin(call)
        return {"token_info": self._token(call)}

    def change_token(self, call: Call) -> Json:
        """Change the comment of a token."""
        self._require_admin(call)
        mask = str(call.body.get("update_mask") or "")
        if mask != "comment":
            raise invalid(f"Invalid update mask: {mask!r}; only the comment can be changed.")
        self._token(call)["comment"] = str((call.body.get("token") or {}).get("comment") or "")
        return {}

    def _token(self, call: Call) -> Json:
        found = self._workspace.personal_tokens.get(call.parameters["id"])
        if found is None:
            raise missing(f"Token {call.parameters['id']} does not exist.")
        return found

    def revoke_token(self, call: Call) -> Json:
        """Revoke a token."""
        self._require_admin(call)
        if self._workspace.personal_tokens.pop(call.parameters["id"], None) is None:
            raise missing(f"Token {call.parameters['id']} does not exist.")
        return {}

    def _restriction(self) -> Json:
        held = self._workspace.settings.get(RESTRICT, {"status": "ALLOW_ALL", "etag": "first"})
        return {"etag": held["etag"], "setting_name": "default", RESTRICT: {"status": held["status"]}}

    def _lists(self, call: Call) -> dict[str, Json]:
        self._require_admin(call)
        return self._workspace.ip_access_lists

    def _list(self, call: Call) -> Json:
        found = self._lists(call).get(call.parameters["id"])
        if found is None:
            raise missing(f"IP access list {call.parameters['id']} does not exist.")
        return found

    def _content(self, body: Json, old: Json) -> Json:
        content = {"enabled": True, **old, **{key: value for key, value in body.items() if key != "list_id"}}
        if content.get("list_type") not in ("ALLOW", "BLOCK"):
            raise invalid("list_type must be ALLOW or BLOCK.")
        addresses = content.get("ip_addresses") or []
        for address in addresses:
            try:
                ipaddress.ip_network(address)
            except ValueError as error:
                raise invalid(f"{address} is not a valid IP address or CIDR range.") from error
        others = [one for one in self._workspace.ip_access_lists.values() if one["list_id"] != old.get("list_id")]
        if len(addresses) + sum(len(one["ip_addresses"]) for one in others) > MOST_ADDRESSES:
            message = f"At most {MOST_ADDRESSES} addresses are allowed over all lists."
            raise Refused(400, {"error_code": "QUOTA_EXCEEDED", "message": message})
        return {**content, "address_count": len(addresses)}

    def _known(self, keys: Iterable[str]) -> None:
        wrong = [key for key in keys if key not in CONF_KEYS]
        if wrong:
            raise invalid(f"Invalid keys: {wrong}".replace("'", '"'))

    def _require_admin(self, call: Call) -> None:
        caller: Caller = call.caller
        if not caller.is_workspace_admin:
            raise denied("Only workspace admins can do this.")
