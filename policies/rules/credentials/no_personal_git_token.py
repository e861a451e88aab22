from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import GIT_CREDENTIAL


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("personalAccessToken"):
        how = "Link the Git provider's app, or let jobs read a repository by federation."
        yield Finding("it holds a person's token for the Git provider, which lasts and may write", how)


RULE = Rule(
    "no-personal-git-token",
    "No person's token for a Git provider is declared.",
    (GIT_CREDENTIAL,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/repos/get-access-tokens-from-git-provider.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(GIT_CREDENTIAL, {"gitProvider": "gitHub"}, (put("personalAccessToken", value="x"),), ()),
)
