from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import DBFS_FILE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Declare a File in a volume of Unity Catalog and grant access on the volume."
    yield Finding("everybody in the workspace can read and change what lies on DBFS", how)


RULE = Rule(
    "nothing-on-dbfs",
    "No file is put where everybody can change it.",
    (DBFS_FILE,),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/dbfs/unity-catalog.html",
    themes=(Theme.LEAST_PRIVILEGE, Theme.CHANGE),
    example=Example(DBFS_FILE, {"path": "/churn.csv", "contentBase64": "YQ=="}, (), ()),
)
