from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.data import entries_of
from rolecall.policies.everybody import is_everybody
from rolecall.policies.example import Example, put
from rolecall.policies.properties import principal_of
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import SECRET_ACCESS, SECRET_ACL


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in entries_of(resource):
        level = entry.read("permission")
        if is_everybody(principal_of(entry)) or "@" in principal_of(entry):
            how = "Grant it to the service principals whose jobs read the secrets, or to a group that is bound."
            yield Finding(f"{entry.path or 'it'} grants {level} to {principal_of(entry)!r}", how)


RULE = Rule(
    "secrets-not-for-everybody",
    "Secret scopes are open neither to the group of all users nor to single persons.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#secret-acls",
    (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    (SECRET_ACL, SECRET_ACCESS),
    _check,
    Example(
        SECRET_ACL,
        {"scope": "payments", "principal": "analysts", "permission": "READ"},
        (put("principal", "users"), put("principal", "ada@example.com")),
        ("permission",),
    ),
)
