from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MWS_WORKSPACES


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("token"):
        yield Finding("it makes a token for the new workspace", "Leave `token` out, and sign in with OAuth.")


RULE = Rule(
    "workspace-makes-no-token",
    "No token is made with a workspace.",
    (MWS_WORKSPACES,),
    _check,
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/pat.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(
        MWS_WORKSPACES,
        {"accountId": "a", "workspaceName": "ml"},
        (put("token", value={"lifetimeSeconds": 86400}),),
        (),
    ),
)
