from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import not_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, without
from rolecall.policies.rule import Rule
from rolecall.policies.types import MWS_WORKSPACES

RULE = Rule(
    "workspace-under-own-keys",
    "A workspace's data is under keys of the organization.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/security/keys/customer-managed-keys.html",
    (Theme.ENCRYPTION,),
    (MWS_WORKSPACES,),
    refuse(
        not_set("managedServicesCustomerManagedKeyId", "storageCustomerManagedKeyId"),
        "{value} is not set: its data is under a key of Databricks alone",
        "Write {value}, the id of a key that the organization can revoke.",
    ),
    Example(
        MWS_WORKSPACES,
        compliant.WORKSPACE,
        (without("managedServicesCustomerManagedKeyId"), without("storageCustomerManagedKeyId")),
        (),
    ),
    pack="compliance",
)
