from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import one_of, refuse
from rolecall.policies.clusters import clusters_of
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import CLUSTER, JOB

# Modes in which code reaches what others left on the machine, or Unity Catalog is not asked.
OPEN_MODES = ("NONE", "LEGACY_TABLE_ACL", "LEGACY_PASSTHROUGH", "LEGACY_SINGLE_USER", "LEGACY_SINGLE_USER_STANDARD")


RULE = Rule(
    "access-mode-is-isolated",
    "Compute runs in an access mode that isolates its users and enforces Unity Catalog.",
    Severity.HIGH,
    "https://docs.databricks.com/en/compute/configure.html#access-modes",
    (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    (CLUSTER, JOB),
    refuse(
        one_of("dataSecurityMode", *OPEN_MODES),
        "{part} has the access mode {value}",
        "Write SINGLE_USER or USER_ISOLATION; both enforce Unity Catalog.",
        clusters_of,
    ),
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (put("dataSecurityMode", "NONE"), put("dataSecurityMode", "LEGACY_PASSTHROUGH")),
        ("dataSecurityMode",),
    ),
)
