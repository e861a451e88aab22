"""The caller of a run, as the service reports it, for every way of signing in."""

from __future__ import annotations

import os

from rolecall.contract.contract import Contract
from rolecall.errors import SystemUnreachable, UsageError
from rolecall.systems.databricks.workspace import workspace

# "Get details about the current user": for a service principal, `userName` is its application id.
# https://docs.databricks.com/api/workspace/currentuser/me
ME = "/api/2.0/preview/scim/v2/Me"


def require_signed_in_deployer(contract: Contract) -> None:
    """Refuse to write as any principal other than the contract's deployer.

    A client id whose secret is accepted is proven by the sign-in itself, and `require_deployer` compares it. A token, a
    profile, Azure or a workload's identity is not: the first workspace that answers is asked.

    Args:
        contract: the contract; workspaces that Rolecall makes have no address in it and are not asked.

    Raises:
        UsageError: the service reports another signed-in principal.
        SystemRefused: a workspace refuses the caller.
    """
    if _proven():
        return
    for one in contract.workspaces.values():
        if one.host:
            try:
                found = workspace(one.host).get(ME) or {}
            except SystemUnreachable:
                continue  # reported where the workspace is needed
            _compare(str(found.get("userName") or ""), contract.databricks.deployer, one.host)
            return


def _proven() -> bool:
    wanted = os.environ.get("DATABRICKS_AUTH_TYPE") or "oauth-m2m"
    given = os.environ.get("DATABRICKS_CLIENT_ID") and os.environ.get("DATABRICKS_CLIENT_SECRET")
    return wanted == "oauth-m2m" and bool(given)


def _compare(caller: str, deployer: str, host: str) -> None:
    if caller.casefold() == deployer.casefold():
        return
    raise UsageError(
        f"{host} reports that this run signs in as {caller or 'no principal'}; the contract's deployer is {deployer}. "
        "It would remove its own access",
        "Sign in as the deployer. To let another service principal deploy, make it administrator of the account and "
        "the workspaces, write its application id as `databricks.deployer`, and sign in as it.",
    )
