from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import is_on, refuse
from rolecall.policies.clusters import clusters_of
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import CLUSTER, JOB, PIPELINE

RULE = Rule(
    "no-ssh-keys",
    "Compute allows no SSH.",
    Severity.HIGH,
    "https://docs.databricks.com/en/security/network/index.html",
    (Theme.CREDENTIALS, Theme.TRACEABILITY),
    (CLUSTER, JOB, PIPELINE),
    refuse(
        is_on("sshPublicKeys"),
        "{part} allows SSH as root to every holder of a key",
        "Remove the keys; use the web terminal or Databricks Connect, which authenticate a user.",
        clusters_of,
    ),
    Example(CLUSTER, compliant.CLUSTER, (put("sshPublicKeys", ["ssh-ed25519 AAAA ada"]),), ("sshPublicKeys",)),
)
