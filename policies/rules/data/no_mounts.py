from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import AWS_S3_MOUNT, AZURE_BLOB_MOUNT, AZURE_GEN1_MOUNT, AZURE_GEN2_MOUNT, MOUNT


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Declare an external location and a volume; both know who may read them."
    yield Finding("all users of the workspace read a mount with its creator's permissions", how)


RULE = Rule(
    "no-mounts",
    "Storage is not mounted where everybody can read it.",
    (MOUNT, AWS_S3_MOUNT, AZURE_BLOB_MOUNT, AZURE_GEN1_MOUNT, AZURE_GEN2_MOUNT),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/dbfs/mounts.html",
    themes=(Theme.LEAST_PRIVILEGE,),
    example=Example(MOUNT, {"name": "lake", "uri": "s3a://lake"}, (), ()),
)
