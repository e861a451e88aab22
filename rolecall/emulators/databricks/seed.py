"""What an account starts with, as a file describes it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rolecall.emulators.databricks.models import GROUP, SERVICE_PRINCIPAL, USER, Account, Metastore, Workspace
from rolecall.emulators.databricks.principal_secrets import LONGEST, new_secret

# A person's token lasts longer than any demo (seconds).
METASTORE = "ae3e0000-0000-4000-8000-00000000ee01"
PERSONAL_TOKEN_SECONDS = 90 * 24 * 3600.0


@dataclass(frozen=True)
class Credentials:
    """How clients sign in to a new account: the deployer by OAuth, a person by a token."""

    client_id: str
    client_secret: str
    person: str
    person_token: str


def new_account(
    description: dict[str, Any], now: float, workspace_id: Callable[[int], int]
) -> tuple[Account, Credentials]:
    """Make an account.

    Args:
        description: `account_id`, `workspaces` (each with a `name`), `deployer`, `users` (each with the `groups` it is
            in, and perhaps the `external_id` that it has in the identity provider), `groups` (each with the
            `external_id` that it has there), `person`, the user who gets a token, `metastores` (each with `id` and
            `name`; a workspace may name its own, and has the first else), and `configurations` for new workspaces.
        now: seconds since 1970.
        workspace_id: makes a workspace's id from its position.

    Returns:
        the account, and how to sign in to it.
    """
    account = Account(id=str(description["account_id"]))
    deployer = account.add(SERVICE_PRINCIPAL, str(description["deployer"]["display_name"]))
    account.admins.append(deployer.id)
    client_secret = f"emulated-{secrets.token_urlsafe(24)}"
    account.client_secrets[deployer.application_id] = client_secret
    listed = new_secret(client_secret, now, LONGEST)
    account.principal_secrets[deployer.id] = {listed["id"]: listed}
    groups = {
        entry["name"]: account.add(GROUP, entry["name"], external_id=entry.get("external_id", ""))
        for entry in description.get("groups", [])
    }
    users = {}
    for entry in description.get("users", []):
        name, external_id = str(entry["name"]), str(entry.get("external_id") or "")
        user = account.add(USER, name.partition("@")[0].capitalize(), user_name=name, external_id=external_id)
        users[entry["name"]] = user
        for group in entry.get("groups", []):
            groups[group].members.append(user.id)
    for entry in description.get("metastores", [{"id": METASTORE, "name": "emulated"}]):
        account.metastores[entry["id"]] = Metastore(entry["id"], entry["name"])
    first = next(iter(account.metastores), "")
    account.configurations = {sort: list(ids) for sort, ids in description.get("configurations", {}).items()}
    for position, entry in enumerate(description["workspaces"]):
        workspace = Workspace(workspace_id(position), entry["name"], metastore=entry.get("metastore", first))
        workspace.assignments[deployer.id] = "ADMIN"
        account.workspaces[workspace.name] = workspace
    token = ""
    if person := str(description.get("person") or ""):
        token = account.issue(users[person].id, now + PERSONAL_TOKEN_SECONDS, 0)
    return account, Credentials(deployer.application_id, client_secret, person, token)
