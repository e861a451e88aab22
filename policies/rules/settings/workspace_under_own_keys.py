from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MWS_WORKSPACES


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for name in ("managedServicesCustomerManagedKeyId", "storageCustomerManagedKeyId"):
        if not resource.properties.is_set(name):
            how = f"Write {name}, the id of a key that the organization can revoke."
            yield Finding(f"{name} is not set: its data is under a key of Databricks alone", how)


RULE = Rule(
    "workspace-under-own-keys",
    "A workspace's data is under keys of the organization.",
    (MWS_WORKSPACES,),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/security/keys/customer-managed-keys.html",
    pack="compliance",
    themes=(Theme.ENCRYPTION,),
    example=Example(
        MWS_WORKSPACES,
        compliant.WORKSPACE,
        (without("managedServicesCustomerManagedKeyId"), without("storageCustomerManagedKeyId")),
        (),
    ),
)
