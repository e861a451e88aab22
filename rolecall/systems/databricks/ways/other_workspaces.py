"""Service principals of the contract in workspaces that no environment uses; their workloads there are not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from rolecall.access.observation import Unmanaged
from rolecall.access.ways import NOT_THERE
from rolecall.contract.contract import Contract
from rolecall.errors import NeedsAccount, RequestRejected
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.databricks.workspace_ids import ids_of_workspaces
from rolecall.systems.requests import Json

RUNNING = "RUNNING"
# The answer of a workspace without identity federation: the account assigns no principal to it:
# https://docs.databricks.com/en/admin/users-groups/index.html
UNAVAILABLE = 400
READ = "assignments of the contract's service principals to workspaces that no environment uses"


def assigned_elsewhere(
    contract: Contract, account: Reader, known: Identities, pool: ThreadPoolExecutor
) -> Iterator[Unmanaged]:
    """Report the contract's service principals in other workspaces of the account.

    https://docs.databricks.com/api/account/workspaceassignment/list

    Args:
        contract: the contract.
        account: reads the account.
        known: the contract's identities.
        pool: runs the reads; the caller is none of its threads.

    Raises:
        NeedsAccount: the workspace ids of environments are unknown.
        RequestRejected: after all others, with a code of `NOT_THERE`: some workspaces have no such assignments.
    """
    root = f"/api/2.0/accounts/{contract.databricks.account_id}/workspaces"
    listed = account.get(root).get("items") or []
    own = _own(contract, account, listed)
    # One that is being made, or was cancelled, has no assignments to read.
    others = [
        one
        for one in listed
        if str(one.get("workspace_id")) not in own and str(one.get("workspace_status") or RUNNING) == RUNNING
    ]
    without: list[str] = []
    for workspace, assigned in zip(others, pool.map(partial(_assignments, account, root), others), strict=True):
        if assigned is None:
            without.append(str(workspace.get("workspace_name")))
            continue
        for entry in assigned:
            principal = entry.get("principal") or {}
            names = [str(principal.get(key)) for key in ("service_principal_name", "principal_id")]
            who = next((name for name in names if name in known.principals), "")
            if not who or known.principals[who] == known.principals.get(known.deployer):
                continue
            levels = ", ".join(map(str, entry.get("permissions") or []))
            yield Unmanaged(
                f"{known.principals[who]} in workspace {workspace.get('workspace_name')}",
                f"is {levels} of a workspace that no environment uses; its workloads there are not read",
                "an account administrator: `databricks account workspace-assignment delete "
                f"{workspace.get('workspace_id')} {principal.get('principal_id')}`",
            )
    if without:
        raise RequestRejected(
            f"no account-level assignments in workspace {', '.join(sorted(without))}", code=NOT_THERE[0]
        )


def _assignments(account: Reader, root: str, workspace: Json) -> list[Json] | None:
    """Return the assignments of a workspace; None for one without identity federation."""
    path = f"{root}/{workspace.get('workspace_id')}/permissionassignments"
    try:
        return account.get(path).get("permission_assignments") or []
    except RequestRejected as error:
        if error.status != UNAVAILABLE:
            raise
        return None


def _own(contract: Contract, account: Reader, listed: list[Json]) -> frozenset[str]:
    """Return the ids of the workspaces of all environments."""
    used = {settings.workspace for settings in contract.environments.values()}
    ids: Mapping[str, str] = ids_of_workspaces(contract, used, account)
    hosts = {_address(one): str(one.get("workspace_id")) for one in listed}
    by_host = {
        name: hosts[host]
        for name in used
        if (host := str(contract.workspaces[name].host or "").rstrip("/").casefold()) in hosts
    }
    if unknown := sorted(name for name in used - {*ids, *by_host} if contract.workspaces[name].host is not None):
        raise NeedsAccount(f"the id of workspace {', '.join(unknown)} is not known", "")
    return frozenset({*ids.values(), *by_host.values()})


def _address(workspace: Json) -> str:
    """Return the address of a workspace as listed by the account, for comparison only: never used to connect."""
    domain = "gcp.databricks.com" if workspace.get("cloud") == "gcp" else "cloud.databricks.com"
    address = workspace.get("workspace_url") or f"https://{workspace.get('deployment_name')}.{domain}"
    return str(address).rstrip("/").casefold()
