from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies import compliant
from rolecall.policies.clusters import clusters_of, where
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.organization import OLDEST_RUNTIME
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    oldest = tuple(int(part) for part in context.oldest_runtime.split("."))
    for cluster in clusters_of(resource):
        version = str(cluster.read("sparkVersion") or "")
        found = re.match(r"(\d+)\.(\d+)", version)
        if found and (int(found[1]), int(found[2])) < oldest:
            how = f"Use {context.oldest_runtime} LTS or later, which still gets security fixes."
            yield Finding(f"{where(cluster)} runs on Databricks Runtime {found[0]}", how)


RULE = Rule(
    "runtime-is-supported",
    "Compute runs on a Databricks Runtime that still gets security fixes.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/release-notes/runtime/databricks-runtime-ver.html",
    (Theme.PATCHES,),
    (CLUSTER, JOB),
    _check,
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (put("sparkVersion", "13.3.x-scala2.12"), put("sparkVersion", "9.1.x-cpu-ml-scala2.12")),
        ("sparkVersion",),
    ),
    parameters=PolicyConfigSchema(properties={"oldest_runtime": {"type": "string", "default": OLDEST_RUNTIME}}),
    pack="compliance",
)
