from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MWS_PRIVATE_ACCESS_SETTINGS


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("publicAccessEnabled"):
        how = "Write publicAccessEnabled: false; people come in through the front-end endpoint."
        yield Finding("workspaces with private access are reached from the internet too", how)
    if resource.properties.read("privateAccessLevel") == "ANY":
        how = "Write ACCOUNT, or ENDPOINT with the endpoints that may be used."
        yield Finding("any endpoint of anybody may be used to reach them", how)


RULE = Rule(
    "private-access-is-private",
    "Workspaces with private access are not reached in other ways.",
    (MWS_PRIVATE_ACCESS_SETTINGS,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/security/network/classic/privatelink.html",
    themes=(Theme.NETWORK,),
    example=Example(
        MWS_PRIVATE_ACCESS_SETTINGS,
        {
            "privateAccessSettingsName": "private",
            "region": "us-east-1",
            "publicAccessEnabled": False,
            "privateAccessLevel": "ACCOUNT",
        },
        (put("publicAccessEnabled", value=True), put("privateAccessLevel", value="ANY")),
        (("publicAccessEnabled",), ("privateAccessLevel",)),
    ),
)
