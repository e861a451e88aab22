from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import each, is_on, one_of, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import MWS_PRIVATE_ACCESS_SETTINGS

RULE = Rule(
    "private-access-is-private",
    "Workspaces with private access are not reached in other ways.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/network/classic/privatelink.html",
    (Theme.NETWORK,),
    (MWS_PRIVATE_ACCESS_SETTINGS,),
    each(
        refuse(
            is_on("publicAccessEnabled"),
            "workspaces with private access are reached from the internet too",
            "Write publicAccessEnabled: false; people come in through the front-end endpoint.",
        ),
        refuse(
            one_of("privateAccessLevel", "ANY"),
            "any endpoint of anybody may be used to reach them",
            "Write ACCOUNT, or ENDPOINT with the endpoints that may be used.",
        ),
    ),
    Example(
        MWS_PRIVATE_ACCESS_SETTINGS,
        {
            "privateAccessSettingsName": "private",
            "region": "us-east-1",
            "publicAccessEnabled": False,
            "privateAccessLevel": "ACCOUNT",
        },
        (put("publicAccessEnabled", True), put("privateAccessLevel", "ANY")),
        ("publicAccessEnabled", "privateAccessLevel"),
    ),
)
