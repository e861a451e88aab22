from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import CONNECTION

# Options of a connection that are passwords: https://docs.databricks.com/en/query-federation/index.html.
PASSWORDS = ("password", "personalAccessToken", "client_secret", "bearer_token", "pem_private_key", "access_token")


RULE = Rule(
    "connection-without-password",
    "Connections to other databases hold no password.",
    (CONNECTION,),
    refuse(
        is_set(*(f"options.{name}" for name in PASSWORDS)),
        "{value} is a password that lasts, and stays in the state",
        "Use a connection that signs in with OAuth, or keep the password in a secret and rotate it.",
    ),
    Severity.MEDIUM,
    "https://docs.databricks.com/en/query-federation/index.html",
    (Theme.CREDENTIALS,),
    Example(
        CONNECTION,
        {"name": "crm", "connectionType": "POSTGRESQL", "options": {"host": "crm.example.com", "port": "5432"}},
        (put("options.password", "x"), put("options.client_secret", "x")),
        ("options",),
    ),
)
