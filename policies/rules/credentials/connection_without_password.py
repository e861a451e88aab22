from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.kinds.connection import SECRET_OPTIONS
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CONNECTION

# A key of Google's service accounts, under whatever name: https://cloud.google.com/iam/docs/keys-create-delete
_GOOGLE_KEY = re.compile(r"[\"']?private_key(?:_id)?[\"']?\s*:|[\"']?type[\"']?\s*:\s*[\"']service_account[\"']")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Use a connection that signs in with OAuth, or keep the password in a secret and rotate it."
    for name in (resource.properties.within("options") or resource.properties).names:
        if name.lower() in SECRET_OPTIONS:
            yield Finding(f"options.{name} is a password that lasts, and stays in the state", how)
    for path, text in texts(resource.values):
        name = path.removeprefix("options.").lower()
        if name != path.lower() and name not in SECRET_OPTIONS and _GOOGLE_KEY.search(text):
            yield Finding(f"{path} is a key of a service account, which lasts and stays in the state", how)


RULE = Rule(
    "connection-without-password",
    "Connections to other databases hold no password.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/query-federation/index.html",
    (Theme.CREDENTIALS,),
    (CONNECTION,),
    _check,
    Example(
        CONNECTION,
        {"name": "crm", "connectionType": "POSTGRESQL", "options": {"host": "crm.example.com", "port": "5432"}},
        (
            put("options.password", "x"),
            put("options.client_secret", "x"),
            put("options.GoogleServiceAccountKeyJson", "x"),
        ),
        ("options",),
    ),
)
