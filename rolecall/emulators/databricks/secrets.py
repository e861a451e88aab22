"""Secret scopes, their secrets and who may read them: https://docs.databricks.com/api/workspace/secrets"""

from __future__ import annotations

import base64
import re

from rolecall.emulators.application import Call, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.models import ADMINS, USERS
from rolecall.emulators.databricks.workspace_routes import TimedRoutes
from rolecall.emulators.routes import route

LEVELS = ("READ", "WRITE", "MANAGE")
NAME = re.compile(r"[\w.@_/-]{1,128}")
# https://docs.databricks.com/en/resources/limits.html: scopes of a workspace, secrets of a scope, bytes of a secret.
MOST_SCOPES, MOST_SECRETS, MOST_BYTES = 1000, 1000, 128 * 1024


class Secrets(TimedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.0/secrets/scopes/create")
    def create_scope(self, call: Call) -> Json:
        """Make a scope; the creator manages it, or everybody does."""
        name, caller = str(call.body.get("scope") or ""), call.caller
        assert isinstance(caller, Caller)
        if not NAME.fullmatch(name):
            raise invalid("Scope name must consist of letters, digits, dashes, underscores, @, / and periods.")
        if name in self._workspace.secret_scopes:
            raise Refused(400, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": f"Scope {name} already exists!"})
        if len(self._workspace.secret_scopes) >= MOST_SCOPES:
            message = f"Cannot have more than {MOST_SCOPES} scopes."
            raise Refused(400, {"error_code": "RESOURCE_LIMIT_EXCEEDED", "message": message})
        holder = USERS if call.body.get("initial_manage_principal") == USERS else caller.principal.id
        scope: Json = {
            "backend_type": call.body.get("scope_backend_type") or "DATABRICKS",
            "acls": {holder: "MANAGE"},
            "secrets": {},
        }
        if scope["backend_type"] == "AZURE_KEYVAULT":
            scope["keyvault_metadata"] = call.body.get("backend_azure_keyvault") or {}
        self._workspace.secret_scopes[name] = scope
        return {}

    @route("GET", "/api/2.0/secrets/scopes/list")
    def list_scopes(self, call: Call) -> Json:
        """Answer all scopes."""
        shown = [
            {"name": name, **{key: one[key] for key in ("backend_type", "keyvault_metadata") if key in one}}
            for name, one in self._workspace.secret_scopes.items()
        ]
        return {"scopes": shown} if shown else {}

    @route("POST", "/api/2.0/secrets/scopes/delete")
    def delete_scope(self, call: Call) -> Json:
        """Remove a scope with its secrets."""
        self._scope(call, str(call.body.get("scope")), "MANAGE")
        del self._workspace.secret_scopes[str(call.body.get("scope"))]
        return {}

    @route("POST", "/api/2.0/secrets/acls/put")
    def put_acl(self, call: Call) -> Json:
        """Give a principal a level, in place of what it had."""
        scope = self._scope(call, str(call.body.get("scope")), "MANAGE")
        level = str(call.body.get("permission"))
        if level not in LEVELS:
            raise invalid(f"Invalid permission: {level}.")
        scope["acls"][self._principal(str(call.body.get("principal")))] = level
        return {}

    @route("GET", "/api/2.0/secrets/acls/get")
    def get_acl(self, call: Call) -> Json:
        """Answer what a principal holds."""
        scope = self._scope(call, call.query.get("scope", ""), "MANAGE")
        name = call.query.get("principal", "")
        level = scope["acls"].get(self._principal(name))
        if level is None:
            raise missing(f"Failed to get secret acl for principal {name} for scope {call.query.get('scope')}.")
        return {"principal": name, "permission": level}

    @route("GET", "/api/2.0/secrets/acls/list")
    def list_acls(self, call: Call) -> Json:
        """Answer who holds what."""
        scope = self._scope(call, call.query.get("scope", ""), "MANAGE")
        held = scope["acls"].items()
        return {"items": [{"principal": self._account.name_of(one), "permission": level} for one, level in held]}

    @route("POST", "/api/2.0/secrets/acls/delete")
    def delete_acl(self, call: Call) -> Json:
        """Take from a principal what it held."""
        scope = self._scope(call, str(call.body.get("scope")), "MANAGE")
        name = str(call.body.get("principal"))
        if scope["acls"].pop(self._principal(name), None) is None:
            raise missing(f"Failed to delete secret acl for principal {name}.")
        return {}

    @route("POST", "/api/2.0/secrets/put")
    def put(self, call: Call) -> Json:
        """Write a secret."""
        scope = self._scope(call, str(call.body.get("scope")), "WRITE")
        value = _value(call.body)
        if len(value) > MOST_BYTES:
            raise invalid(f"The secret value exceeds the maximum size of {MOST_BYTES} bytes.")
        if not NAME.fullmatch(str(call.body.get("key") or "")):
            raise invalid("Secret key must consist of letters, digits, dashes, underscores, @, / and periods.")
        if len(scope["secrets"]) >= MOST_SECRETS and call.body.get("key") not in scope["secrets"]:
            message = f"Cannot have more than {MOST_SECRETS} secrets in a scope."
            raise Refused(400, {"error_code": "RESOURCE_LIMIT_EXCEEDED", "message": message})
        scope["secrets"][str(call.body.get("key"))] = base64.b64encode(value).decode()
        scope.setdefault("updated", {})[str(call.body.get("key"))] = self._clock.milliseconds()
        return {}

    @route("GET", "/api/2.0/secrets/list")
    def list_secrets(self, call: Call) -> Json:
        """Answer the secrets' names."""
        scope = self._scope(call, call.query.get("scope", ""), "READ")
        updated = scope.get("updated", {})
        return {"secrets": [{"key": key, "last_updated_timestamp": updated.get(key, 0)} for key in scope["secrets"]]}

    @route("GET", "/api/2.0/secrets/get")
    def get(self, call: Call) -> Json:
        """Answer a secret."""
        scope, key = self._scope(call, call.query.get("scope", ""), "READ"), call.query.get("key", "")
        if key not in scope["secrets"]:
            raise missing(f"Secret {key} does not exist in scope {call.query.get('scope')}.")
        return {"key": key, "value": scope["secrets"][key]}

    @route("POST", "/api/2.0/secrets/delete")
    def delete(self, call: Call) -> Json:
        """Remove a secret."""
        scope = self._scope(call, str(call.body.get("scope")), "WRITE")
        if scope["secrets"].pop(str(call.body.get("key")), None) is None:
            raise missing(f"Secret {call.body.get('key')} does not exist.")
        return {}

    def _scope(self, call: Call, name: str, level: str) -> Json:
        scope, caller = self._workspace.secret_scopes.get(name), call.caller
        assert isinstance(caller, Caller)
        if scope is None:
            raise missing(f"Scope {name} does not exist!")
        holders = {caller.principal.id, *self._account.groups_of(caller.principal.id), USERS}
        holders |= {ADMINS} if caller.is_workspace_admin else set()
        held = max((LEVELS.index(level) for one, level in scope["acls"].items() if one in holders), default=-1)
        if held < LEVELS.index(level) and not caller.is_workspace_admin:
            raise denied(f"User does not have {level} permission on scope {name}.")
        return scope

    def _principal(self, name: str) -> str:
        if name in (ADMINS, USERS):
            return name
        found = self._account.named(name)
        if found is None or not self._account.is_in_workspace(self._workspace, found.id):
            raise missing(f"User or Group {name} does not exist.")
        return found.id


def _value(body: Json) -> bytes:
    """Return the secret of a call: `string_value` as UTF-8, or `bytes_value`, which is Base64."""
    text, encoded = body.get("string_value"), body.get("bytes_value")
    if text is not None and encoded is not None:
        raise invalid("string_value and bytes_value cannot both be specified.")
    if text is None and encoded is None:
        raise invalid("Either string_value or bytes_value is required.")
    if encoded is None:
        return str(text).encode()
    try:
        return base64.b64decode(str(encoded), validate=True)
    except ValueError as error:
        raise invalid("bytes_value is not valid Base64.") from error
