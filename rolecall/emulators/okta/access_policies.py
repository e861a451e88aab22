"""What an authorization server's access policies allow, and which claims its tokens carry.

https://developer.okta.com/docs/concepts/policies/ and https://developer.okta.com/docs/guides/customize-tokens-groups-claim/
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rolecall.emulators.application import Json
from rolecall.emulators.okta.errors import oauth
from rolecall.emulators.okta.models import ACTIVE, AuthorizationServer, Organization, User


def require_allowed(server: AuthorizationServer, client: str, grant: str, scopes: Sequence[str]) -> None:
    """Refuse a token that no policy allows: the first policy for the client decides by its first fitting rule."""
    known = {str(one["name"]) for one in server.scopes.values()}
    if unknown := sorted(set(scopes) - known):
        raise oauth(
            400, "invalid_scope", f"One or more scopes are not configured for the authorization server: {unknown[0]}"
        )
    policies = sorted(server.policies.values(), key=lambda one: int(one.get("priority") or 0))
    for policy in policies:
        include = ((policy.get("conditions") or {}).get("clients") or {}).get("include") or []
        if policy.get("status") != ACTIVE or not {client, "ALL_CLIENTS"} & set(include):
            continue
        for rule in server.rules.get(str(policy["id"]), {}).values():
            conditions = rule.get("conditions") or {}
            grants = (conditions.get("grantTypes") or {}).get("include") or []
            allowed = (conditions.get("scopes") or {}).get("include") or []
            if grant in grants and ("*" in allowed or set(scopes) <= set(allowed)):
                return
    raise oauth(
        400, "access_denied", "Policy evaluation failed for this request, please check the policy configurations."
    )


def claims_of(
    organization: Organization, server: AuthorizationServer, user: User | None, scopes: Sequence[str]
) -> Json:
    """Return the custom claims of an access token."""
    found: Json = {}
    for claim in server.claims.values():
        wanted = (claim.get("conditions") or {}).get("scopes") or []
        if claim.get("claimType") != "RESOURCE" or (wanted and not set(wanted) & set(scopes)):
            continue
        value = claim.get("value") or ""
        if claim.get("valueType") == "GROUPS":
            names = [str(one.profile["name"]) for one in organization.groups_of(user.id)] if user else []
            found[claim["name"]] = [one for one in names if _fits(one, str(claim.get("group_filter_type")), str(value))]
        else:
            text = _evaluated(str(value), user)
            if text is not None:
                found[claim["name"]] = text
    return found


def _fits(name: str, kind: str, value: str) -> bool:
    return {
        "STARTS_WITH": name.startswith(value),
        "EQUALS": name == value,
        "CONTAINS": value in name,
        "REGEX": kind == "REGEX" and re.fullmatch(value, name) is not None,
    }.get(kind, False)


def _evaluated(expression: str, user: User | None) -> str | None:
    """Return what an expression says: an attribute of the user, or a text in quotation marks."""
    if expression[:1] in "\"'":
        return expression[1:-1]
    if expression.startswith("user.") and user:
        found = user.profile.get(expression.removeprefix("user."))
        return None if found is None else str(found)
    return None
