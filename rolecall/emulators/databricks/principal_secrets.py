"""OAuth secrets of service principals: https://docs.databricks.com/api/account/serviceprincipalsecrets"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from rolecall.emulators.application import Call, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.models import SERVICE_PRINCIPAL, Account, Principal
from rolecall.emulators.databricks.rule_sets import MANAGE, may
from rolecall.emulators.routes import Routes, route

# "A service principal can have up to five secrets"; "lifetime … at most two years (63072000s)", which is the default.
MOST, LONGEST = 5, 63_072_000


def new_secret(value: str, now: float, lifetime: int) -> Json:
    """Return a secret as the account keeps it; its lifetime is in seconds."""
    return {
        "id": str(uuid.uuid4()),
        "secret": value,
        "secret_hash": hashlib.sha256(value.encode()).hexdigest(),
        "create_time": _timestamp(now),
        "update_time": _timestamp(now),
        "expire_time": _timestamp(now + lifetime),
        "expires": now + lifetime,
        "status": "ACTIVE",
    }


class PrincipalSecrets(Routes):
    """The routes of the account."""

    def __init__(self, account: Callable[[], Account], clock: Clock) -> None:
        self._account = account
        self._clock = clock

    @route("GET", "/api/2.0/accounts/{account_id}/servicePrincipals/{principal}/credentials/secrets")
    def list_all(self, call: Call) -> Json:
        """Answer the secrets without their values."""
        held = self._account().principal_secrets.get(self._find(call).id, {})
        return {"secrets": [_shown(one) for one in held.values()]}

    @route("POST", "/api/2.0/accounts/{account_id}/servicePrincipals/{principal}/credentials/secrets")
    def create(self, call: Call) -> Json:
        """Make a secret; its value is answered this once."""
        principal = self._find(call)
        held = self._account().principal_secrets.setdefault(principal.id, {})
        if len(held) >= MOST:
            raise invalid(f"A service principal can have at most {MOST} secrets.")
        text = str(call.body.get("lifetime") or f"{LONGEST}s").removesuffix("s")
        if not text.isdigit() or not 0 < int(text) <= LONGEST:
            raise invalid(f"lifetime must be between 1s and {LONGEST}s.")
        value, now = f"emulated-{secrets.token_urlsafe(24)}", self._clock.now()
        made = new_secret(value, now, int(text))
        held[made["id"]] = made
        return {**_shown(made), "secret": value}

    @route("DELETE", "/api/2.0/accounts/{account_id}/servicePrincipals/{principal}/credentials/secrets/{secret}")
    def delete(self, call: Call) -> Json:
        """Take a secret back."""
        held = self._account().principal_secrets.get(self._find(call).id, {})
        if held.pop(call.parameters["secret"], None) is None:
            raise missing(f"Secret {call.parameters['secret']} does not exist.")
        return {}

    def _find(self, call: Call) -> Principal:
        account, caller = self._account(), call.caller
        assert isinstance(caller, Caller)
        found = account.principals.get(call.parameters["principal"])
        if found is None or found.type != SERVICE_PRINCIPAL:
            raise missing(f"Service principal {call.parameters['principal']} does not exist.")
        if caller.principal.id not in account.admins and not may(
            account, caller.principal, found.application_id, MANAGE
        ):
            raise denied(f"{caller.name} does not manage service principal {found.application_id}.")
        return found


def is_secret(account: Account, principal: Principal, value: str, now: float) -> bool:
    """Return whether a value is a secret of a service principal that has not ended."""
    held = account.principal_secrets.get(principal.id, {}).values()
    return any(secrets.compare_digest(one["secret"], value) and one["expires"] > now for one in held)


def _shown(secret: Json) -> Json:
    return {key: value for key, value in secret.items() if key not in ("secret", "expires")}


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
