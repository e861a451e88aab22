"""What a tenant starts with, as a file describes it."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from rolecall.emulators.application import Json
from rolecall.emulators.entra.applications import new_service_principal
from rolecall.emulators.entra.models import Tenant, timestamp
from rolecall.emulators.entra.users import new_user

# What the application that deploys is allowed to do: https://learn.microsoft.com/graph/permissions-reference.
DEPLOYER_PERMISSIONS = ["Group.ReadWrite.All", "User.Read.All", "Application.ReadWrite.All", "Directory.ReadWrite.All"]


@dataclass(frozen=True)
class Credentials:
    """How the deployer signs in to a new tenant."""

    client_id: str
    client_secret: str


def new_tenant(description: dict[str, Any], now: float) -> tuple[Tenant, Credentials]:
    """Make a tenant.

    Args:
        description: `tenant_id`; `groups` (each with `name`, `id`, and the `groups` that are nested in it), `users`
            (each with `name`, which is an e-mail address, and the `groups` it is in), and `applications` (each with
            `name`, `service_principal`, its object id, and `provisions`, the service that it writes into; one with
            `redirects` is an OAuth client).
        now: seconds since 1970.
    """
    tenant = Tenant(str(description.get("tenant_id") or uuid.uuid4()))
    identities: dict[str, str] = {}
    for entry in description.get("groups", []):
        identity = str(entry.get("id") or uuid.uuid4())
        identities[entry["name"]] = identity
        tenant.groups[identity] = _group(identity, entry, timestamp(now))
        tenant.members[identity] = []
    for entry in description.get("groups", []):
        tenant.members[identities[entry["name"]]] += [identities[one] for one in entry.get("groups", [])]
    for entry in description.get("users", []):
        name = str(entry["name"])
        user = new_user(str(entry.get("id") or uuid.uuid4()), name, name.partition("@")[0].capitalize())
        tenant.users[user["id"]] = user
        for group in entry.get("groups", []):
            tenant.members[identities[group]].append(user["id"])
    for entry in description.get("applications", []):
        principal = _add_application(tenant, str(entry["name"]), entry.get("service_principal"))
        if entry.get("provisions"):
            tenant.provisions[principal["id"]] = str(entry["provisions"])
        if entry.get("redirects"):
            tenant.redirects[principal["appId"]] = list(entry["redirects"])
            tenant.secrets[principal["appId"]] = f"emulated-{secrets.token_urlsafe(24)}"
    deployer = _add_application(tenant, "rolecall-deployer", None)
    tenant.secrets[deployer["appId"]] = f"emulated-{secrets.token_urlsafe(24)}"
    tenant.permissions[deployer["appId"]] = list(DEPLOYER_PERMISSIONS)
    return tenant, Credentials(deployer["appId"], tenant.secrets[deployer["appId"]])


def _add_application(tenant: Tenant, name: str, principal_id: str | None) -> Json:
    identity, app_id = str(uuid.uuid4()), str(uuid.uuid4())
    application: Json = {"id": identity, "appId": app_id, "displayName": name, "description": None, "tags": []}
    application["signInAudience"] = "AzureADMyOrg"
    tenant.applications[identity] = application
    tenant.federated[identity] = {}
    principal = new_service_principal(str(principal_id or uuid.uuid4()), app_id, name)
    tenant.service_principals[principal["id"]] = principal
    tenant.assignments[principal["id"]] = {}
    return principal


def _group(identity: str, entry: dict[str, Any], at: str) -> Json:
    return {
        "id": identity,
        "createdDateTime": at,
        "displayName": entry["name"],
        "description": entry.get("description"),
        "mailNickname": entry["name"],
        "mailEnabled": False,
        "securityEnabled": True,
        "groupTypes": [],
    }
