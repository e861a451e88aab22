"""The `_links` of answers: https://developer.okta.com/docs/api/#links-in-general."""

from __future__ import annotations

from rolecall.emulators.application import Json
from rolecall.emulators.okta.models import Application, Group, Organization, User

_LOGOS = "https://op3static2.oktacdn.com/assets/img/logos"
# Lifecycle operations that a user's links lead to, by status.
_OPERATIONS = {
    "ACTIVE": {
        "suspend": "lifecycle/suspend",
        "resetPassword": "lifecycle/reset_password",
        "forgotPassword": "credentials/forgot_password",
        "expirePassword": "lifecycle/expire_password",
        "changeRecoveryQuestion": "credentials/change_recovery_question",
        "resetFactors": "lifecycle/reset_factors",
        "changePassword": "credentials/change_password",
        "deactivate": "lifecycle/deactivate",
    },
    "PROVISIONED": {
        "suspend": "lifecycle/suspend",
        "resetPassword": "lifecycle/reset_password",
        "reactivate": "lifecycle/reactivate",
        "resetFactors": "lifecycle/reset_factors",
        "deactivate": "lifecycle/deactivate",
    },
    "STAGED": {"activate": "lifecycle/activate", "resetFactors": "lifecycle/reset_factors"},
    "SUSPENDED": {
        "unsuspend": "lifecycle/unsuspend",
        "resetFactors": "lifecycle/reset_factors",
        "deactivate": "lifecycle/deactivate",
    },
    "DEPROVISIONED": {"activate": "lifecycle/activate", "delete": "", "resetFactors": "lifecycle/reset_factors"},
}
_OPERATIONS["PASSWORD_EXPIRED"] = _OPERATIONS["RECOVERY"] = _OPERATIONS["ACTIVE"]
_OPERATIONS["LOCKED_OUT"] = {**_OPERATIONS["ACTIVE"], "unlock": "lifecycle/unlock"}


def href(address: str, path: str, *allow: str) -> Json:
    """Return a link; `allow` are the methods that it hints at."""
    found: Json = {"href": f"{address}{path}"}
    return {**found, "hints": {"allow": list(allow)}} if allow else found


def of_user(address: str, now: Organization, user: User, *, whole: bool) -> Json:
    """Return a user's links; lists have the link to the user only."""
    own = f"{address}/api/v1/users/{user.id}"
    if not whole:
        return {"self": {"href": own}}
    kind = user.user_type or now.user_type
    operations = {
        name: {"href": f"{own}/{path}" if path else own, "method": "POST" if path else "DELETE"}
        for name, path in _OPERATIONS[user.status].items()
    }
    return {
        **operations,
        "schema": {"href": f"{address}/api/v1/meta/schemas/user/{schema_of(kind)}"},
        "self": {"href": own},
        "type": {"href": f"{address}/api/v1/meta/types/user/{kind}"},
    }


def schema_of(user_type: str) -> str:
    """Return the id of the schema of a user type."""
    return f"osc{user_type[3:]}"


def of_group(address: str, group: Group) -> Json:
    """Return a group's links."""
    own = f"{address}/api/v1/groups/{group.id}"
    logos = [
        {"name": size, "href": f"{_LOGOS}/groups/odyssey/okta-{size}.png", "type": "image/png"}
        for size in ("medium", "large")
    ]
    return {
        "logo": logos,
        "owners": {"href": f"{own}/owners"},
        "users": {"href": f"{own}/users"},
        "apps": {"href": f"{own}/apps"},
    }


def of_application(address: str, application: Application, policies: Json) -> Json:
    """Return an application's links; `policies` has the ids of its policies by kind."""
    own, mode = f"{address}/api/v1/apps/{application.id}", str(application.set.get("signOnMode"))
    names = [*((application.set.get("visibility") or {}).get("appLinks") or {})]
    shown = [
        {"name": one, "href": f"{address}/home/{application.name}/{application.id}/{one}", "type": "text/html"}
        for one in names
        if application.set["visibility"]["appLinks"][one]
    ]
    found: Json = {
        "uploadLogo": href(own, "/logo", "POST"),
        "appLinks": shown,
        "groups": href(own, "/groups"),
        "logo": [{"name": "medium", "href": f"{_LOGOS}/default.png", "type": "image/png"}],
        "users": href(own, "/users"),
    }
    of_catalog = mode == "OPENID_CONNECT" and application.name not in ("", "oidc_client")
    if mode.startswith("SAML") or of_catalog:
        path = f"/app/{application.name}/{application.id}/setup/help/{mode}/instructions"
        found["help"] = {"href": f"{address}{path}", "type": "text/html"}
    if mode.startswith("SAML"):
        found["metadata"] = {"href": f"{own}/sso/saml/metadata", "type": "application/xml"}
    if mode == "OPENID_CONNECT":
        oauth = (application.set.get("settings") or {}).get("oauthClient") or {}
        kind = "jwks" if oauth.get("jwks") else "secrets"
        path = "/jwks" if kind == "jwks" else "/secrets"
        found["clientCredentials"] = [{"name": kind, "href": f"{own}/credentials{path}"}]
    if policies:
        found["policies"] = href(own, "/policies", "PUT")
        found |= {name: {"href": f"{address}/api/v1/policies/{one}"} for name, one in policies.items()}
    status = "deactivate" if application.status == "ACTIVE" else "activate"
    return {**found, status: href(own, f"/lifecycle/{status}")}
