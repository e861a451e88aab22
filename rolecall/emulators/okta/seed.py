"""What an organization starts with, as a file describes it."""

from __future__ import annotations

import secrets
from typing import Any

from rolecall.emulators.application import Json
from rolecall.emulators.okta.authorization_servers import LIFETIMES, system_claims, system_scopes
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
from rolecall.emulators.okta.policies import add_defaults
from rolecall.emulators.okta.profiles import user_attributes


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
    everyone = Group(
        new_id("00g"), "BUILT_IN", {"name": "Everyone", "description": "All users in your organization"}, at, at
    )
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
        user = _user(entry.get("id") or new_id("00u"), profile, at)
        organization.users[user.id] = user
        _declare(organization, profile)
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
    if not organization.users:
        profile = {"login": "admin@example.com", "email": "admin@example.com", "firstName": "An", "lastName": "Admin"}
        admin = _user(new_id("00u"), profile, at)
        organization.users[admin.id] = admin
    organization.administrator = next(iter(organization.users))
    organization.servers["default"] = default_server(at)
    add_defaults(organization, at)
    return organization


def _user(identity: str, profile: Json, at: str) -> User:
    return User(identity, ACTIVE, profile, at, at, activated=at, password_changed=at, has_password=True)


def _declare(organization: Organization, profile: Json) -> None:
    """Let the profile of users have the attributes that a described user has."""
    own = user_attributes()
    for name, value in profile.items():
        if name not in own:
            kind = {bool: "boolean", int: "integer", float: "number", list: "array"}.get(type(value), "string")
            attribute = {"title": name, "type": kind, "scope": "NONE", "mutability": "READ_WRITE"}
            organization.attributes.setdefault(organization.user_type, {})[name] = attribute


def default_server(at: str) -> AuthorizationServer:
    """Return the authorization server that every organization has."""
    text = "Default Authorization Server for your Applications"
    settings = {"name": "default", "description": text, "audiences": ["api://default"]}
    policy, rule = new_id("00p"), new_id("0pr")
    conditions = {
        "grantTypes": {"include": ["authorization_code", "client_credentials"]},
        "scopes": {"include": ["*"]},
        "people": {"users": {"include": [], "exclude": []}, "groups": {"include": ["EVERYONE"], "exclude": []}},
    }
    return AuthorizationServer(
        "default",
        ACTIVE,
        settings,
        at,
        scopes=system_scopes(),
        claims=system_claims(),
        policies={
            policy: {
                "id": policy,
                "name": "Default Policy",
                "description": "Default policy description",
                "type": "OAUTH_AUTHORIZATION_POLICY",
                "status": ACTIVE,
                "system": False,
                "priority": 1,
                "created": at,
                "lastUpdated": at,
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
                    "lastUpdated": at,
                    "priority": 1,
                    "conditions": conditions,
                    "actions": {"token": LIFETIMES},
                }
            }
        },
    )
