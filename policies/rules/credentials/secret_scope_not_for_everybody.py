from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.everybody import is_everybody
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import SECRET_SCOPE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if is_everybody(resource.properties.read("initialManagePrincipal")):
        how = "Leave initialManagePrincipal out, and give READ to the principals whose jobs need it."
        yield Finding("everybody in the workspace may read and change its secrets", how)


RULE = Rule(
    "secret-scope-not-for-everybody",
    "No secret scope is managed by everybody.",
    (SECRET_SCOPE,),
    _check,
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#secret-acls",
    themes=(Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    example=Example(
        SECRET_SCOPE,
        {"name": "keys"},
        (put("initialManagePrincipal", value="users"),),
        (("initialManagePrincipal",),),
    ),
)
