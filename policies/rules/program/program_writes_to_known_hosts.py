from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.hosts import address
from rolecall.policies.parameters import list_parameter
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import DATABRICKS_PROVIDER, NATIVE_PROVIDER


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    path = "databricksHost" if resource.type == NATIVE_PROVIDER else "host"
    hosts = context.hosts_for(resource)
    try_again = "Allowed: the contract's workspaces and account; without a contract, the rule's parameter `hosts`."
    if not resource.properties.is_set(path):
        if resource.properties.is_set("azureWorkspaceResourceId"):
            what = "it connects to the workspace of azureWorkspaceResourceId, whose address is not known here"
            yield Finding(what, f"Write `{path}`, the workspace's address. {try_again}")
        return
    if resource.properties.known_or_none(path) is None and hosts.unlisted:
        return  # a workspace that Rolecall makes has no address yet; it is judged again once it has one
    host = address(str(resource.properties.read(path)))
    account = resource.properties.read("databricksAccountId" if resource.type == NATIVE_PROVIDER else "accountId")
    if context.account_id is not None and account is not None and account != context.account_id:
        own = f"Allowed: the contract's account, {context.account_id}."
        yield Finding(f"it connects to the account {account}", own)
    if host in {address(one) for one in context.allowed_hosts} or host == hosts.of_run:
        return
    if not hosts.is_known:
        yield Finding(f"it connects to {host}, which is no host of this run", try_again)
    elif host not in hosts.environments and host != hosts.account and not hosts.may_be_new(host):
        yield Finding(f"it connects to {host}, which is none of the organization's", try_again)


RULE = Rule(
    "program-writes-to-known-hosts",
    "Programs write to the organization's own workspaces and account only.",
    Severity.CRITICAL,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs#authentication",
    (Theme.ENVIRONMENTS, Theme.CREDENTIALS),
    (DATABRICKS_PROVIDER, NATIVE_PROVIDER),
    _check,
    Example(
        DATABRICKS_PROVIDER,
        {"accountId": "1"},
        (put("host", "https://elsewhere.example"),),
        ("host",),
    ),
    parameters=list_parameter("hosts", "addresses of the workspaces and of the account that programs may write to"),
)
