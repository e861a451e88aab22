"""Connections to the account and to workspaces, those that are still to be made included."""

from __future__ import annotations

import asyncio

import pulumi
from pulumi import Input, Output, RunError

from rolecall.compiled import CompiledContract
from rolecall.components.native import NativeProvider
from rolecall.components.resources import Provider
from rolecall.slices.part import Part


def account_provider(compiled: CompiledContract, cloud: str | None = None) -> Provider:
    """Connect to the account; on another cloud than that of its address, where one is named."""
    account = compiled.contract.databricks
    properties = {"host": account.host, "accountId": account.account_id}
    if cloud is None:
        return Provider("account", properties)
    return Provider(f"account-{cloud}", {**properties, "cloud": cloud.upper()})


def native_provider(compiled: CompiledContract) -> NativeProvider:
    """Connect to the identity provider, and to Databricks where the bridged provider does not do."""
    account = compiled.contract.databricks
    return NativeProvider("identity", {"databricksHost": account.host, "databricksAccountId": account.account_id})


def workspace_host(part: Part, workspace: str) -> Input[str]:
    """Return a workspace's address; that of one which Rolecall makes is the account's to tell.

    Raises:
        RunError: it is not there, and this is no preview.
    """
    host = part.contract.workspaces[workspace].host or part.lookups.hosts.get(workspace)
    if host is not None:
        return host
    if pulumi.runtime.is_dry_run():
        return unknown()
    raise RunError(f"there is no workspace {workspace!r} yet: deploy the stack `account` first, which makes it")


def workspace_provider(part: Part, workspace: str) -> Provider:
    """Connect to a workspace."""
    return Provider(workspace, {"host": workspace_host(part, workspace)})


def unknown() -> Output[str]:
    """Return an output that is not known during a preview."""
    value: asyncio.Future[str] = asyncio.Future()
    value.set_result("")
    known: asyncio.Future[bool] = asyncio.Future()
    known.set_result(False)
    return Output(set(), value, known)
