from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import matches, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.everybody import is_everybody
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import SECRET_SCOPE

RULE = Rule(
    "secret-scope-not-for-everybody",
    "No secret scope is managed by everybody.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#secret-acls",
    (Theme.CREDENTIALS, Theme.LEAST_PRIVILEGE),
    (SECRET_SCOPE,),
    refuse(
        matches("initialManagePrincipal", is_everybody),
        "everybody in the workspace may read and change its secrets",
        "Remove initialManagePrincipal, and grant READ to the principals whose jobs need it.",
    ),
    Example(
        SECRET_SCOPE,
        {"name": "keys"},
        (put("initialManagePrincipal", "users"),),
        ("initialManagePrincipal",),
    ),
)
