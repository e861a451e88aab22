from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import DATABRICKS_PROVIDER, NATIVE_PROVIDER

# Inputs with an address or a rate limit; all other inputs are credentials or weaken transport security.
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


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
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


RULE = Rule(
    "program-signs-in-as-the-run",
    "No program signs in with a token, a secret or a profile of its own.",
    Severity.CRITICAL,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs#authentication",
    (Theme.CREDENTIALS, Theme.TRACEABILITY),
    (DATABRICKS_PROVIDER, NATIVE_PROVIDER),
    _check,
    Example(
        DATABRICKS_PROVIDER,
        {"accountId": "1"},
        tuple(
            put(f"{name}", "x")
            for name in ("token", "clientSecret", "profile", "password", "azureClientSecret", "clientId", "configFile")
        ),
        (),
    ),
)
