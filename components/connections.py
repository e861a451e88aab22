"""Connections to the account and to workspaces, those that are still to be made included."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pulumi
from pulumi import Input, Output, ProviderResource, RunError

from components.native import NativeProvider, get_workspace
from components.resources import Provider
from rolecall.compiled import CompiledContract


def account_provider(compiled: CompiledContract, cloud: str | None = None) -> Provider:
    """Connect to the account; on another cloud than its address tells, where one is named."""
    account = compiled.contract.databricks
    properties = {"host": account.host, "accountId": account.account_id}
    if cloud is None:
        return Provider("account", properties)
    return Provider(f"account-{cloud}", {**properties, "cloud": cloud.upper()})


def native_provider(compiled: CompiledContract) -> NativeProvider:
    """Connect to the identity provider, and to Databricks where the bridged provider does not do."""
    account = compiled.contract.databricks
    return NativeProvider("identity", {"databricksHost": account.host, "databricksAccountId": account.account_id})


def workspace_host(compiled: CompiledContract, workspace: str, native: ProviderResource | None) -> Input[str]:
    """Return a workspace's address; that of one which Rolecall makes is asked of the account.

    Raises:
        RunError: it is not there, and this is no preview.
    """
    host = compiled.contract.workspaces[workspace].host
    if host is not None:
        return host
    assert native is not None

    def address(found: Mapping[str, str]) -> Output[str]:
        if found.get("host"):
            return Output.from_input(str(found["host"]))
        if pulumi.runtime.is_dry_run():
            return unknown()
        raise RunError(f"there is no workspace {workspace!r} yet: deploy the stack `account` first, which makes it")

    return get_workspace(workspace, native).apply(address)


def workspace_provider(compiled: CompiledContract, workspace: str, native: ProviderResource | None) -> Provider:
    """Connect to a workspace."""
    return Provider(workspace, {"host": workspace_host(compiled, workspace, native)})


def unknown() -> Output[str]:
    """Return an output that is not known during a preview."""
    value: asyncio.Future[str] = asyncio.Future()
    value.set_result("")
    known: asyncio.Future[bool] = asyncio.Future()
    known.set_result(False)
    return Output(set(), value, known)
