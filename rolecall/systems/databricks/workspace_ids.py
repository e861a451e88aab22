"""Which workspace answers at an address, asked without credentials."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx

from rolecall.contract.contract import Contract

if TYPE_CHECKING:
    from rolecall.systems.databricks.client import Reader

# What the SDKs read first; it has the id: https://github.com/databricks/databricks-sdk-go config/host_metadata.go
METADATA = "/.well-known/databricks-config"
# Seconds for the answer.
PATIENCE = 10.0


def ids_of_workspaces(contract: Contract, names: Iterable[str], account: Reader) -> dict[str, str]:
    """Return the ids of workspaces by their keys; one that does not answer or is not made yet is missing.

    Args:
        contract: the contract.
        names: the keys.
        account: reads from the account, which lists the workspaces that Rolecall makes.
    """
    found: dict[str, str] = {}
    wanted = sorted(names)
    made = [name for name in wanted if contract.workspaces[name].create]
    if made:
        listed = account.get(f"/api/2.0/accounts/{contract.databricks.account_id}/workspaces")["items"]
        by_name = {str(one["workspace_name"]): str(one["workspace_id"]) for one in listed}
        found |= {name: by_name[name] for name in made if name in by_name}
    for name in wanted:
        if (host := contract.workspaces[name].host) and (identity := workspace_id(host)):
            found[name] = identity
    return found


def workspace_id(host: str) -> str:
    """Return the id of the workspace at an address; empty where it does not answer, or does not say."""
    with suppress(httpx.HTTPError, ValueError, RecursionError):
        answer = httpx.get(f"{host.rstrip('/')}{METADATA}", timeout=PATIENCE, follow_redirects=False)
        if answer.status_code == httpx.codes.OK:
            found = answer.json()
            return str(found.get("workspace_id") or "") if isinstance(found, dict) else ""
    return ""
