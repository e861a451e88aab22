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
        if cluster.is_set("awsAttributes.instanceProfileArn"):
            how = "Read and write data through Unity Catalog, which knows who asks and notes it."
            yield Finding(f"{where(cluster)} gives all that runs on it the rights of an instance profile", how)


RULE = Rule(
    "no-instance-profile-on-compute",
    "Data is reached through Unity Catalog, not by an instance profile.",
    (CLUSTER, JOB, PIPELINE),
    _check,
    Severity.MEDIUM,
    "https://docs.databricks.com/en/data-governance/unity-catalog/best-practices.html",
    themes=(Theme.LEAST_PRIVILEGE, Theme.TRACEABILITY),
    example=Example(
        CLUSTER,
        compliant.CLUSTER,
        (put("awsAttributes", value={"instanceProfileArn": "arn:aws:iam::1:instance-profile/all"}),),
        (("awsAttributes",),),
    ),
)
