from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import always, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Rule
from rolecall.policies.types import AWS_S3_MOUNT, AZURE_BLOB_MOUNT, AZURE_GEN1_MOUNT, AZURE_GEN2_MOUNT, MOUNT

RULE = Rule(
    "no-mounts",
    "Storage is not mounted where everybody can read it.",
    Severity.HIGH,
    "https://docs.databricks.com/en/dbfs/mounts.html",
    (Theme.LEAST_PRIVILEGE,),
    (MOUNT, AWS_S3_MOUNT, AZURE_BLOB_MOUNT, AZURE_GEN1_MOUNT, AZURE_GEN2_MOUNT),
    refuse(
        always,
        "all users of the workspace read a mount with its creator's permissions",
        "Declare an external location and a volume; both know who may read them.",
    ),
    Example(MOUNT, {"name": "lake", "uri": "s3a://lake"}, (), ()),
)
