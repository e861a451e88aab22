"""What an account starts with, as a file describes it."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from rolecall.emulators.prefect.models import ROLES, Account

KEY_PREFIX = "pnu_emulated_"
FOR_EVER = 4_102_444_800.0
DEPLOYER = "rolecall@localhost.localdomain"


def new_account(description: dict[str, Any]) -> Account:
    """Make an account.

    Args:
        description: `teams` (names of unmanaged teams), and `users` (each with `name`, which is an e-mail
            address, the `teams` it is in, and the `groups` that directory sync knows it in). `server` is the address of
            a Prefect server that runs already.
    """
    account = Account(str(uuid.uuid4()), str(uuid.uuid4()))
    account.roles = {str(uuid.uuid4()): name for name in ROLES}
    deployer = str(uuid.uuid4())
    account.members[deployer] = {"email": DEPLOYER, "name": "rolecall"}
    account.owners.append(deployer)
    new_key(account, deployer)
    teams = {name: str(uuid.uuid4()) for name in description.get("teams", [])}
    for name, identity in teams.items():
        account.teams[identity] = {"name": name, "description": "", "members": []}
    for entry in description.get("users", []):
        actor = str(uuid.uuid4())
        account.members[actor] = {
            "email": str(entry["name"]),
            "name": str(entry["name"]),
            "groups": list(entry.get("groups", [])),
        }
        for team in entry.get("teams", []):
            account.teams[teams[team]]["members"].append(actor)
        new_key(account, actor)
    return account


def new_key(account: Account, actor: str, ends: float = FOR_EVER) -> str:
    """Create an API key for an actor and return it."""
    key = f"{KEY_PREFIX}{secrets.token_urlsafe(24)}"
    account.keys[key] = {"actor": actor, "ends": ends}
    return key
