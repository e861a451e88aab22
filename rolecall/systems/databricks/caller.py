"""The caller of a run, as the service reports it, for every way of signing in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from rolecall.contract.contract import Contract
from rolecall.errors import SystemUnreachable, UsageError
from rolecall.systems.databricks.workspace import workspace

# "Get details about the current user": for a service principal, `userName` is its application id.
# https://docs.databricks.com/api/workspace/currentuser/me
ME = "/api/2.0/preview/scim/v2/Me"


def require_signed_in_deployer(contract: Contract, made: Callable[[], Mapping[str, str]] = dict) -> None:
    """Refuse to write as any principal other than the contract's deployer.

    A client id whose secret is accepted is proven by the sign-in itself, and `require_deployer` compares it. A token, a
    profile, Azure or a workload's identity is not: the first workspace that answers is asked. Before the first
    workspace is there, nothing can be asked.

    Args:
        contract: the contract.
        made: returns the addresses of the workspaces that Rolecall has made, by name; they are not in the contract.

    Raises:
        UsageError: the service reports another signed-in principal, or the environment has two ways to sign in.
        SystemRefused: a workspace refuses the caller.
        SystemUnreachable: no workspace answers, so the caller is not known.
    """
    _require_one_way()
    if _proven():
        return
    silent: SystemUnreachable | None = None
    for host in _hosts(contract, made):
        try:
            found = workspace(host).get(ME) or {}
        except SystemUnreachable as error:
            silent = silent or error
            continue
        _compare(str(found.get("userName") or ""), contract.databricks.deployer, host)
        return
    if silent is not None:
        what = f"who this run signs in as is not known, as no workspace answers: {silent.what}"
        raise SystemUnreachable(what, f"Nothing was changed. {silent.how_to_go_on}".strip()) from silent


def _hosts(contract: Contract, made: Callable[[], Mapping[str, str]]) -> Iterator[str]:
    yield from (one.host for one in contract.workspaces.values() if one.host)
    unnamed = [name for name, one in contract.workspaces.items() if not one.host]
    there = made() if unnamed else {}
    yield from (there[name] for name in unnamed if there.get(name))


def _require_one_way() -> None:
    """Require that this process and the engine's provider sign in alike.

    A profile sets what the environment leaves unset, the way of signing in among it:
    https://docs.databricks.com/aws/en/dev-tools/auth/unified-auth
    """
    profile = os.environ.get("DATABRICKS_CONFIG_PROFILE")
    if profile and not os.environ.get("DATABRICKS_AUTH_TYPE") and os.environ.get("DATABRICKS_CLIENT_SECRET"):
        raise UsageError(
            f"the environment has a client secret and the profile {profile!r}, which may sign in another way",
            "Set DATABRICKS_AUTH_TYPE, say to oauth-m2m, or unset DATABRICKS_CONFIG_PROFILE.",
        )


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
