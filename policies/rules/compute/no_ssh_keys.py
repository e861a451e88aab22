from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.clusters import clusters_of, where
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, JOB, PIPELINE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        if cluster.read("sshPublicKeys"):
            how = "Remove the keys; use the web terminal or Databricks Connect, which authenticate a user."
            yield Finding(f"{where(cluster)} allows SSH as root to every holder of a key", how)


RULE = Rule(
    "no-ssh-keys",
    "Compute allows no SSH.",
    (CLUSTER, JOB, PIPELINE),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/security/network/index.html",
    themes=(Theme.CREDENTIALS, Theme.TRACEABILITY),
    example=Example(
        CLUSTER, compliant.CLUSTER, (put("sshPublicKeys", value=["ssh-ed25519 AAAA ada"]),), (("sshPublicKeys",),)
    ),
)
