from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.clusters import clusters_of, where
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, JOB

# Modes in which code reaches what others left on the machine, or Unity Catalog is not asked.
OPEN_MODES = ("NONE", "LEGACY_TABLE_ACL", "LEGACY_PASSTHROUGH", "LEGACY_SINGLE_USER", "LEGACY_SINGLE_USER_STANDARD")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        mode = cluster.read("dataSecurityMode")
        if mode in OPEN_MODES:
            how = "Write SINGLE_USER or USER_ISOLATION; both ask Unity Catalog who may read what."
            yield Finding(f"{where(cluster)} has the access mode {mode}", how)


RULE = Rule(
    "access-mode-is-isolated",
    "Compute runs in an access mode that isolates its users and asks Unity Catalog.",
    (CLUSTER, JOB),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/compute/configure.html#access-modes",
    themes=(Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    example=Example(
        CLUSTER,
        compliant.CLUSTER,
        (put("dataSecurityMode", value="NONE"), put("dataSecurityMode", value="LEGACY_PASSTHROUGH")),
        (("dataSecurityMode",),),
    ),
)
