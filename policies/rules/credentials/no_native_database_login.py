from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import is_on, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import DATABASE_INSTANCE

RULE = Rule(
    "no-native-database-login",
    "No database is accessed with a password.",
    Severity.HIGH,
    "https://docs.databricks.com/en/oltp/instances/authentication.html",
    (Theme.CREDENTIALS,),
    (DATABASE_INSTANCE,),
    refuse(
        is_on("enablePgNativeLogin"), "people sign in with passwords of the database", "Leave enablePgNativeLogin out."
    ),
    Example(DATABASE_INSTANCE, {"name": "db"}, (put("enablePgNativeLogin", True),), ("enablePgNativeLogin",)),
)
