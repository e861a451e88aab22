from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ACCOUNT_NETWORK_POLICY


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    mode = resource.properties.read("egress.networkAccess.restrictionMode")
    if mode != "RESTRICTED_ACCESS":
        how = "Write RESTRICTED_ACCESS, and name the destinations that are needed."
        yield Finding("serverless compute can send data anywhere", how)
    access = resource.properties.within("egress.networkAccess")
    if access is None:
        return
    if access.read("policyEnforcement.enforcementMode") == "DRY_RUN":
        yield Finding(f"{access.path} is only tried out: nothing is blocked", "Write ENFORCED, or leave it out.")
    for one in access.items("allowedInternetDestinations"):
        labels = str(one.read("destination") or "").strip(".").split(".")
        if "*" in labels[0] and len(labels) <= 2:
            how = "Name hosts, or a domain of the organization's own."
            yield Finding(f"{one.path} allows {'.'.join(labels)}, which is everything below a public ending", how)


RULE = Rule(
    "egress-is-restricted",
    "Serverless compute sends data to named destinations only.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/network/serverless-network-security/network-policies.html",
    (Theme.NETWORK, Theme.DATA_OUT),
    (ACCOUNT_NETWORK_POLICY,),
    _check,
    Example(
        ACCOUNT_NETWORK_POLICY,
        {"networkPolicyId": "np", "egress": {"networkAccess": {"restrictionMode": "RESTRICTED_ACCESS"}}},
        (
            put("egress.networkAccess.restrictionMode", "FULL_ACCESS"),
            without("egress"),
            put("egress.networkAccess.policyEnforcement", {"enforcementMode": "DRY_RUN"}),
            put("egress.networkAccess.allowedInternetDestinations", [{"destination": "*"}]),
            put("egress.networkAccess.allowedInternetDestinations", [{"destination": "*.com"}]),
        ),
        ("egress", "egress.networkAccess", "egress.networkAccess.restrictionMode"),
    ),
)
