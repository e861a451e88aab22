"""Rules on connections: a program writes where the run does, and signs in as the run does."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies.context import Context
from rolecall.policies.hosts import address
from rolecall.policies.rule import EVERY_TYPE, Finding, Resource, Rule
from rolecall.policies.types import DATABRICKS_PROVIDER, NATIVE_PROVIDER

AUTHENTICATION = "https://registry.terraform.io/providers/databricks/databricks/latest/docs#authentication"
# Inputs that say where to, and how fast; each other one says as whom, or goes around what protects the connection.
_HARMLESS = frozenset(
    {
        *("host", "accountId", "cloud", "rateLimit", "httpTimeoutSeconds", "retryTimeoutSeconds", "version"),
        *("debugTruncateBytes", "warehouseId", "clusterId", "serverlessComputeId"),
        *("azureWorkspaceResourceId", "azureEnvironment", "azureTenantId", "azureLoginAppId"),
        *("databricksHost", "databricksAccountId"),
    }
)
# Ways to sign in that use no secret that lasts:
# https://docs.databricks.com/en/dev-tools/auth/unified-auth.html
_WITHOUT_SECRET = frozenset({"oauth-m2m", "github-oidc", "azure-devops-oidc", "env-oidc", "file-oidc"})
_INTERNAL = "__internal"


def _as_the_run_does(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    how = "Leave it out: the run signs in, from its environment, and no program chooses as whom."
    for name in properties.names:
        if name in _HARMLESS or not properties.is_set(name):
            continue
        if name == "clientId" and context.deployer is not None and properties.known_or_none(name) == context.deployer:
            continue
        if name == "authType" and properties.known_or_none(name) in _WITHOUT_SECRET:
            continue
        if name == _INTERNAL:
            if properties.is_set(f"{_INTERNAL}.pluginDownloadURL"):
                yield Finding("its plugin comes from an address that the program chooses", "Leave it out.")
            continue
        yield Finding(f"{name} overrides the credentials or the way of signing in of the run", how)


def _where_the_run_does(resource: Resource, context: Context) -> Iterator[Finding]:
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


def _one_workspace(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("providerConfig"):
        how = "Remove it, and use a provider with the address of that workspace."
        yield Finding("providerConfig takes it to another workspace than its provider's", how)


RULES = (
    Rule(
        "program-signs-in-as-the-run",
        "No program signs in with a token, a secret or a profile of its own.",
        (DATABRICKS_PROVIDER, NATIVE_PROVIDER),
        _as_the_run_does,
        Severity.CRITICAL,
        AUTHENTICATION,
    ),
    Rule(
        "program-writes-to-known-hosts",
        "Programs write to the organization's own workspaces and account only.",
        (DATABRICKS_PROVIDER, NATIVE_PROVIDER),
        _where_the_run_does,
        Severity.CRITICAL,
        AUTHENTICATION,
        PolicyConfigSchema(
            properties={
                "hosts": {
                    "type": "array",
                    "description": "addresses of the workspaces and of the account that programs may write to",
                    "items": {"type": "string"},
                    "default": [],
                }
            }
        ),
    ),
    Rule(
        "resource-stays-in-its-workspace",
        "A resource is written to the workspace of its provider.",
        EVERY_TYPE,
        _one_workspace,
        Severity.CRITICAL,
        AUTHENTICATION,
    ),
)
