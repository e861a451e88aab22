"""Federation policies: whose tokens the account takes for whom.

https://docs.databricks.com/api/account/serviceprincipalfederationpolicy and .../accountfederationpolicy
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, exists, invalid, missing
from rolecall.emulators.databricks.models import SERVICE_PRINCIPAL, Account
from rolecall.emulators.foreign_tokens import audiences

# "Each service principal can have at most 20 federation policies"; the account too.
MOST = 20
ACCOUNT = ""


class FederationPolicies:
    """The routes of the account."""

    def __init__(self, account: Callable[[], Account], clock: Clock) -> None:
        self._account = account
        self._clock = clock

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        root = "/api/2.0/accounts/{account_id}"
        found: list[Endpoint] = []
        for path in (f"{root}/servicePrincipals/{{principal}}/federationPolicies", f"{root}/federationPolicies"):
            found += [
                Endpoint("GET", path, self.list_all),
                Endpoint("POST", path, self.create),
                Endpoint("GET", f"{path}/{{policy}}", lambda call: self._find(call)[1]),
                Endpoint("PATCH", f"{path}/{{policy}}", self.update),
                Endpoint("DELETE", f"{path}/{{policy}}", self.delete),
            ]
        return found

    def list_all(self, call: Call) -> Json:
        """Answer the policies."""
        return {"policies": list(self._held(call).values())}

    def create(self, call: Call) -> Json:
        """Make a policy, under the id that the caller chooses or one of its own."""
        held = self._held(call)
        identity = call.query.get("policy_id") or str(uuid.uuid4())
        if not re.fullmatch(r"[a-zA-Z0-9-]{1,100}", identity):
            raise invalid("policy_id must have 1 to 100 letters, digits and hyphens.")
        if identity in held:
            raise exists(f"Federation policy {identity} already exists.")
        if len(held) >= MOST:
            raise invalid(f"No more than {MOST} federation policies are allowed.")
        root = call.path.partition("/api/2.0/")[2]
        now = self._timestamp()
        held[identity] = {
            "name": f"{root}/{identity}",
            "uid": str(uuid.uuid4()),
            "policy_id": identity,
            "create_time": now,
            "update_time": now,
            "description": str(call.body.get("description") or ""),
            "oidc_policy": self._checked(call, {**(call.body.get("oidc_policy") or {})}),
            **self._owner(call),
        }
        return held[identity]

    def update(self, call: Call) -> Json:
        """Change the parts of a policy that `update_mask` names."""
        _, policy = self._find(call)
        mask = [part for part in call.query.get("update_mask", "*").split(",") if part]
        if "description" in mask or "*" in mask:
            policy["description"] = str(call.body.get("description") or "")
        if any(part == "*" or part.startswith(("oidc_policy", "oidcPolicy")) for part in mask):
            policy["oidc_policy"] = self._checked(call, {**(call.body.get("oidc_policy") or {})})
        policy["update_time"] = self._timestamp()
        return policy

    def delete(self, call: Call) -> Json:
        """Remove a policy."""
        held, policy = self._find(call)
        del held[policy["policy_id"]]
        return {}

    def _owner(self, call: Call) -> Json:
        principal = call.parameters.get("principal")
        return {"service_principal_id": int(principal)} if principal else {}

    def _held(self, call: Call) -> dict[str, Json]:
        account, caller = self._account(), call.caller
        assert isinstance(caller, Caller)
        if caller.principal.id not in account.admins:
            raise denied("Only account admins can do this.")
        principal = call.parameters.get("principal", ACCOUNT)
        found = account.principals.get(principal)
        if principal != ACCOUNT and (found is None or found.type != SERVICE_PRINCIPAL):
            raise missing(f"Service principal {principal} does not exist.")
        return account.federation.setdefault(principal, {})

    def _find(self, call: Call) -> tuple[dict[str, Json], Json]:
        held, identity = self._held(call), call.parameters["policy"]
        if identity not in held:
            raise missing(f"Federation policy {identity} does not exist.")
        return held, held[identity]

    def _checked(self, call: Call, policy: Json) -> Json:
        if not str(policy.get("issuer") or "").startswith(("https://", "http://127.0.0.1:")):
            raise invalid("issuer must be an https address.")
        if "principal" in call.parameters and not policy.get("subject"):
            raise invalid("subject is required for the policy of a service principal.")
        if "principal" not in call.parameters and policy.get("subject"):
            raise invalid("subject must not be given for the policy of an account.")
        return policy

    def _timestamp(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def trusts(account: Account, principal: str, claims: Json) -> bool:
    """Return whether a policy allows a token's holder to be a principal: issuer, subject and audience have to fit."""
    for policy in account.federation.get(principal, {}).values():
        oidc = policy["oidc_policy"]
        wanted = oidc.get("audiences") or [account.id]
        subject = claims.get(str(oidc.get("subject_claim") or "sub"))
        if (
            oidc["issuer"] == claims.get("iss")
            and (principal == ACCOUNT or oidc.get("subject") == subject)
            and set(wanted) & set(audiences(claims))
        ):
            return True
    return False
