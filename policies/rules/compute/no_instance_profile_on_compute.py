from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import is_set, refuse
from rolecall.policies.clusters import clusters_of
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import CLUSTER, JOB, PIPELINE

RULE = Rule(
    "no-instance-profile-on-compute",
    "Data is reached through Unity Catalog, not by an instance profile.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/data-governance/unity-catalog/best-practices.html",
    (Theme.LEAST_PRIVILEGE, Theme.TRACEABILITY),
    (CLUSTER, JOB, PIPELINE),
    refuse(
        is_set("awsAttributes.instanceProfileArn"),
        "{part} grants everything that runs on it the permissions of an instance profile",
        "Read and write data through Unity Catalog, which checks and logs each caller.",
        clusters_of,
    ),
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (put("awsAttributes", {"instanceProfileArn": "arn:aws:iam::1:instance-profile/all"}),),
        ("awsAttributes",),
    ),
)
