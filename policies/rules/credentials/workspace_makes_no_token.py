from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import MWS_WORKSPACES

RULE = Rule(
    "workspace-makes-no-token",
    "No token is made with a workspace.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/pat.html",
    (Theme.CREDENTIALS,),
    (MWS_WORKSPACES,),
    refuse(is_set("token"), "it makes a token for the new workspace", "Leave `token` out, and sign in with OAuth."),
    Example(
        MWS_WORKSPACES,
        {"accountId": "a", "workspaceName": "ml"},
        (put("token", {"lifetimeSeconds": 86400}),),
        (),
    ),
)
