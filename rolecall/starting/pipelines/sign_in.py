"""Sign-in of the pipelines' jobs: variables with addresses and ids, and secrets where nothing else works."""

from __future__ import annotations

from collections.abc import Iterable

from rolecall.starting.systems import starter_of
from rolecall.systems.starter import PipelineSignIn

# What the federated credential of the application accepts: its default.
# https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
AUDIENCE = "api://AzureADTokenExchange"
# The state's backend, and what encrypts secrets in it.
STATE = PipelineSignIn(variables=("PULUMI_BACKEND_URL",), secrets=("PULUMI_CONFIG_PASSPHRASE",))


def sign_in(systems: Iterable[str], addresses: Iterable[str]) -> PipelineSignIn:
    """Return how a job signs in.

    Args:
        systems: the names of the identity provider and the orchestrators.
        addresses: variables that the contract reads.
    """
    used = [STATE, *(starter_of(name).sign_in for name in systems)]
    fixed = {name: value for one in used for name, value in one.fixed.items()}
    variables = sorted({*addresses, *(name for one in used for name in one.variables)})
    secrets = sorted({name for one in used for name in one.secrets})
    federated = any(one.federated for one in used)
    return PipelineSignIn(variables=(*variables,), secrets=(*secrets,), fixed=fixed, federated=federated)
