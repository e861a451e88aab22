"""The addresses of workspaces; those that Rolecall makes are asked of the account."""

from __future__ import annotations

from collections.abc import Iterable

from rolecall.contract.contract import Contract
from rolecall.systems.databricks.addresses import host_of
from rolecall.systems.databricks.client import Reader


def workspace_hosts(contract: Contract, environments: Iterable[str], account: Reader) -> dict[str, str | None]:
    """Return the address of each workspace that some environments need; None where it is not there yet.

    Raises:
        SystemUnreachable: the account does not answer.
        SystemRefused: the account refuses the caller.
    """
    return _hosts(contract, {contract.environments[name].workspace for name in environments}, account)


def all_workspace_hosts(contract: Contract, account: Reader) -> dict[str, str]:
    """Return the address of each workspace of the contract that exists; errors as those of `workspace_hosts`."""
    found = _hosts(contract, contract.workspaces, account)
    return {name: host for name, host in found.items() if host}


def _hosts(contract: Contract, workspaces: Iterable[str], account: Reader) -> dict[str, str | None]:
    names = sorted(workspaces)
    made = [name for name in names if contract.workspaces[name].create is not None]
    live: dict[str, str] = {}
    if made:
        # https://docs.databricks.com/api/account/workspaces/list: one answer with all of them.
        answer = account.get(f"/api/2.0/accounts/{contract.databricks.account_id}/workspaces")
        for workspace in answer.get("items") or []:
            live[str(workspace["workspace_name"])] = host_of(workspace)
    return {name: contract.workspaces[name].host or live.get(name) for name in names}
