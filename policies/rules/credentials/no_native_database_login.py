from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import DATABASE_INSTANCE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("enablePgNativeLogin"):
        yield Finding("people sign in with passwords of the database", "Leave enablePgNativeLogin out.")


RULE = Rule(
    "no-native-database-login",
    "No database is accessed with a password.",
    (DATABASE_INSTANCE,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/oltp/instances/authentication.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(
        DATABASE_INSTANCE, {"name": "db"}, (put("enablePgNativeLogin", value=True),), (("enablePgNativeLogin",),)
    ),
)
