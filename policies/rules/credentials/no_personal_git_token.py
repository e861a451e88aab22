from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import GIT_CREDENTIAL

RULE = Rule(
    "no-personal-git-token",
    "No person's token for a Git provider is declared.",
    Severity.HIGH,
    "https://docs.databricks.com/en/repos/get-access-tokens-from-git-provider.html",
    (Theme.CREDENTIALS,),
    (GIT_CREDENTIAL,),
    refuse(
        is_set("personalAccessToken"),
        "it contains a person's long-lived token for the Git provider, which may write",
        "Link the Git provider's app, or let jobs read a repository by federation.",
    ),
    Example(GIT_CREDENTIAL, {"gitProvider": "gitHub"}, (put("personalAccessToken", "x"),), ()),
)
