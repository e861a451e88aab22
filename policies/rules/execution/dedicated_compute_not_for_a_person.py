from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.clusters import clusters_of
from rolecall.policies.compute import definition_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, CLUSTER_POLICY, JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Name a group, or the service principal that the job runs as: whatever runs there has its rights."
    for where, holder in _dedicated_to(resource):
        if "@" in holder:
            yield Finding(f"{where} is dedicated to a person, {holder}", how)


def _dedicated_to(resource: Resource) -> Iterator[tuple[str, str]]:
    if resource.type == CLUSTER_POLICY:
        element: object = (definition_of(resource.properties) or {}).get("single_user_name")
        elements = element if isinstance(element, dict) else {}
        for name in ("value", "values", "defaultValue"):
            named_by = elements.get(name)
            yield from (
                (f"single_user_name.{name}", str(one))
                for one in (named_by if isinstance(named_by, list) else [named_by])
            )
        return
    for cluster in clusters_of(resource):
        yield cluster.path or "it", str(cluster.known_or_none("singleUserName") or "")


RULE = Rule(
    "dedicated-compute-not-for-a-person",
    "No compute is dedicated to a person, whose rights all that runs on it would have.",
    Severity.HIGH,
    "https://docs.databricks.com/en/compute/configure.html#access-modes",
    (Theme.TRACEABILITY, Theme.LEAST_PRIVILEGE),
    (CLUSTER, CLUSTER_POLICY, JOB),
    _check,
    Example(
        CLUSTER,
        {
            "sparkVersion": "16.4.x-scala2.12",
            "nodeTypeId": "i3.xlarge",
            "numWorkers": 1,
            "policyId": "1",
            "singleUserName": "analysts",
        },
        (put("singleUserName", "ada@example.com"),),
        (),
    ),
)
