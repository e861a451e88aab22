"""Sign-in of the pipelines' jobs: variables with addresses and ids, and secrets where nothing else works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SignIn:
    """How a system is signed in to.

    Attributes:
        variables: names of addresses and ids, which are no secrets.
        secrets: names of secrets.
        fixed: variables with one value.
        federated: whether Entra ID is signed in to with a token of the platform.
    """

    variables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    fixed: Mapping[str, str] | None = None
    federated: bool = False


ENTRA = "entra"
# What the federated credential of the application accepts: its default.
# https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
AUDIENCE = "api://AzureADTokenExchange"
# The state's backend, and what encrypts secrets in it.
STATE = SignIn(("PULUMI_BACKEND_URL",), ("PULUMI_CONFIG_PASSPHRASE",))
SYSTEMS: Mapping[str, SignIn] = {
    "okta": SignIn(
        ("OKTA_CLIENT_CLIENTID",),
        ("OKTA_CLIENT_PRIVATEKEY",),
        {
            "OKTA_CLIENT_AUTHORIZATIONMODE": "PrivateKey",
            "OKTA_CLIENT_SCOPES": "okta.groups.manage okta.apps.manage okta.users.read",
        },
    ),
    # By workload identity federation: each platform has its own token.
    ENTRA: SignIn(("AZURE_CLIENT_ID", "AZURE_TENANT_ID"), federated=True),
    "conductor": SignIn(("CONDUCTOR_SERVER_URL", "CONDUCTOR_AUTH_KEY"), ("CONDUCTOR_AUTH_SECRET",)),
    "harness": SignIn(
        ("HARNESS_ENDPOINT", "HARNESS_ACCOUNT_ID", "HARNESS_ORG_ID", "HARNESS_PROJECT_ID", "HARNESS_SSO_ID"),
        ("HARNESS_PLATFORM_API_KEY",),
    ),
    "prefect": SignIn(("PREFECT_API_URL",), ("PREFECT_API_KEY",)),
}


def sign_in(systems: Iterable[str], addresses: Iterable[str]) -> SignIn:
    """Return what a job signs in with.

    Args:
        systems: the names of the identity provider and the orchestrators.
        addresses: variables that the contract reads.
    """
    used = [STATE, *(SYSTEMS[name] for name in systems if name in SYSTEMS)]
    fixed = {name: value for one in used for name, value in (one.fixed or {}).items()}
    variables = sorted({*addresses, *(name for one in used for name in one.variables)})
    secrets = tuple(sorted({name for one in used for name in one.secrets}))
    return SignIn(tuple(variables), secrets, fixed, federated=any(one.federated for one in used))
