from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    GROUP_INSTANCE_PROFILE,
    INSTANCE_POOL,
    INSTANCE_PROFILE,
    SQL_ENDPOINT,
    SQL_GLOBAL_CONFIG,
    USER_INSTANCE_PROFILE,
)

_THROUGH_CATALOG = "Access data through Unity Catalog, which checks the caller's grants."


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type in (INSTANCE_PROFILE, GROUP_INSTANCE_PROFILE, USER_INSTANCE_PROFILE):
        yield Finding("it grants use of an instance profile, whose permissions are not visible here", _THROUGH_CATALOG)
        return
    for path in ("instanceProfileArn", "googleServiceAccount", "awsAttributes.instanceProfileArn"):
        if resource.properties.is_set(path):
            yield Finding(
                f"{path} grants all workloads on it the permissions of the machine's identity", _THROUGH_CATALOG
            )


RULE = Rule(
    "no-rights-of-a-machine",
    "Workloads get no machine identity of the cloud: no instance profile, no Google service account.",
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/best-practices.html",
    (Theme.LEAST_PRIVILEGE, Theme.TRACEABILITY),
    (
        *(INSTANCE_PROFILE, GROUP_INSTANCE_PROFILE, USER_INSTANCE_PROFILE, SQL_ENDPOINT, SQL_GLOBAL_CONFIG),
        INSTANCE_POOL,
    ),
    _check,
    Example(
        SQL_GLOBAL_CONFIG,
        {"securityPolicy": "DATA_ACCESS_CONTROL"},
        (
            put("instanceProfileArn", "arn:aws:iam::1:instance-profile/all"),
            put("googleServiceAccount", "all@acme.iam.gserviceaccount.com"),
        ),
        (),
    ),
)
