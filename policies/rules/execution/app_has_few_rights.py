from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import APP, APP_SPACE

# What an app can do with an object besides changing it:
# https://docs.databricks.com/en/dev-tools/databricks-apps/resources.html
LEVELS = frozenset(
    {
        *("CAN_ATTACH_TO", "CAN_CONNECT_AND_CREATE", "CAN_MANAGE_RUN", "CAN_QUERY", "CAN_READ", "CAN_RUN", "CAN_USE"),
        *("CAN_VIEW", "EXECUTE", "READ", "READ_VOLUME", "SELECT", "USE_CONNECTION"),
    }
)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    scopes = resource.properties.read("userApiScopes") or []
    if scopes:
        how = "Remove userApiScopes, and grant the app's own service principal what it needs."
        yield Finding(f"the app acts with its users' own rights: {', '.join(map(str, scopes))}", how)
    for used in resource.properties.items("resources"):
        for name in used.names:
            part = used.within(name) if isinstance(used.read(name), dict) else None
            level = part.read("permission") if part is not None else None
            if level is not None and str(level).upper() not in LEVELS:
                how = f"Grant the app a level to read or run: {', '.join(sorted(LEVELS))}."
                yield Finding(f"{used.path}.{name} grants the app {level}, with which it can change things", how)


RULE = Rule(
    "app-has-few-rights",
    "An app acts with rights of its own, and manages nothing.",
    Severity.HIGH,
    "https://docs.databricks.com/en/dev-tools/databricks-apps/auth.html",
    (Theme.LEAST_PRIVILEGE,),
    (APP, APP_SPACE),
    _check,
    Example(
        APP,
        {
            "name": "churn",
            "resources": [{"name": "warehouse", "sqlWarehouse": {"id": "1", "permission": "CAN_USE"}}],
        },
        (
            put("userApiScopes", ["sql"]),
            put("resources.0.sqlWarehouse.permission", "CAN_MANAGE"),
            put("resources.0", {"name": "s", "secret": {"scope": "s", "key": "k", "permission": "WRITE"}}),
            put("resources.0", {"name": "s", "experiment": {"experimentId": "1", "permission": "CAN_EDIT"}}),
            put("resources.0", {"name": "s", "ucSecurable": {"permission": "MODIFY"}}),
        ),
        ("userApiScopes", "resources", "resources.0", "resources.0.sqlWarehouse.permission"),
    ),
)
