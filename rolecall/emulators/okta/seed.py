"""What an organization starts with, as a file describes it."""

from __future__ import annotations

import secrets
from typing import Any

from rolecall.emulators.okta.authorization_servers import OPENID_SCOPES
from rolecall.emulators.okta.models import (
    ACTIVE,
    Application,
    AuthorizationServer,
    Group,
    Organization,
    User,
    new_id,
    timestamp,
)


def new_organization(description: dict[str, Any], now: float) -> Organization:
    """Make an organization.

    Args:
        description: `groups` (each with `name`, `id`, and `description`), `users` (each with `name`, which is an e-mail
            address, the `groups` it is in, and further attributes of its `profile`), and `applications` (each with
            `label`, `id`, and `provisions`, the service that it writes into; one with `redirects` is an OAuth client).
        now: seconds since 1970.
    """
    at = timestamp(now)
    organization = Organization(tokens={f"emulated-{secrets.token_urlsafe(24)}": "admin"})
    everyone = Group(new_id("00g"), "BUILT_IN", {"name": "Everyone", "description": "All users"}, at, at)
    organization.groups[everyone.id] = everyone
    by_name: dict[str, Group] = {}
    for entry in description.get("groups", []):
        profile = {"name": entry["name"], "description": entry.get("description")}
        by_name[entry["name"]] = Group(entry.get("id") or new_id("00g"), "OKTA_GROUP", profile, at, at)
        organization.groups[by_name[entry["name"]].id] = by_name[entry["name"]]
    for entry in description.get("users", []):
        name = str(entry["name"])
        profile = {
            "login": name,
            "email": name,
            "firstName": name.partition("@")[0].capitalize(),
            "lastName": name.partition("@")[2].partition(".")[0].capitalize(),
            **entry.get("profile", {}),
        }
        user = User(entry.get("id") or new_id("00u"), ACTIVE, profile, at, at)
        organization.users[user.id] = user
        for group in entry.get("groups", []):
            by_name[group].members.append(user.id)
    for entry in description.get("applications", []):
        made = Application(
            entry.get("id") or new_id("0oa"), entry["label"].lower().replace(" ", "_"), entry["label"], ACTIVE, at
        )
        made.provisions = entry.get("provisions", "")
        if made.redirects or entry.get("redirects") or entry.get("client"):
            made.redirects = list(entry.get("redirects", []))
            made.client_secret = f"emulated-{secrets.token_urlsafe(24)}"
        organization.applications[made.id] = made
    organization.servers["default"] = _default_server(at)
    return organization


def _default_server(at: str) -> AuthorizationServer:
    settings = {"name": "default", "description": "Default Authorization Server", "audiences": ["api://default"]}
    scopes = {
        identity: {"id": identity, "name": name, "system": True, "consent": "IMPLICIT"}
        for name in OPENID_SCOPES
        for identity in [new_id("scp")]
    }
    policy, rule = new_id("00p"), new_id("0pr")
    conditions = {
        "grantTypes": {"include": ["authorization_code", "client_credentials"]},
        "scopes": {"include": ["*"]},
        "people": {"groups": {"include": ["EVERYONE"]}},
    }
    return AuthorizationServer(
        "default",
        ACTIVE,
        settings,
        at,
        scopes=scopes,
        policies={
            policy: {
                "id": policy,
                "name": "Default Policy",
                "type": "OAUTH_AUTHORIZATION_POLICY",
                "status": ACTIVE,
                "system": False,
                "priority": 1,
                "created": at,
                "conditions": {"clients": {"include": ["ALL_CLIENTS"]}},
            }
        },
        rules={
            policy: {
                rule: {
                    "id": rule,
                    "name": "Default Policy Rule",
                    "type": "RESOURCE_ACCESS",
                    "status": ACTIVE,
                    "system": False,
                    "created": at,
                    "conditions": conditions,
                }
            }
        },
    )
