from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CONNECTION

# Options of a connection that are passwords: https://docs.databricks.com/en/query-federation/index.html.
PASSWORDS = ("password", "personalAccessToken", "client_secret", "bearer_token", "pem_private_key", "access_token")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    options = resource.properties.within("options")
    for name in PASSWORDS:
        if options is not None and options.is_set(name):
            how = "Use a connection that signs in with OAuth, or keep the password in a secret and rotate it."
            yield Finding(f"options.{name} is a password that lasts, and stays in the state", how)


RULE = Rule(
    "connection-without-password",
    "Connections to other databases hold no password.",
    (CONNECTION,),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/query-federation/index.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(
        CONNECTION,
        {"name": "crm", "connectionType": "POSTGRESQL", "options": {"host": "crm.example.com", "port": "5432"}},
        (put("options", "password", value="x"), put("options", "client_secret", value="x")),
        (("options",),),
    ),
)
