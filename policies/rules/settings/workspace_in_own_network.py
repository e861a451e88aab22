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
    if resource.properties.read("computeMode") != "SERVERLESS" and not resource.properties.is_set("networkId"):
        how = "Write networkId: a network of the organization, whose ways out it decides about."
        yield Finding("its compute is in a network that Databricks makes", how)


RULE = Rule(
    "workspace-in-own-network",
    "A workspace's compute is in a network of the organization, or serverless.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/security/network/classic/customer-managed-vpc.html",
    (Theme.NETWORK,),
    (MWS_WORKSPACES,),
    _check,
    Example(MWS_WORKSPACES, compliant.WORKSPACE, (without("networkId"),), ("computeMode",)),
    pack="compliance",
)
