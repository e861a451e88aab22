from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import always, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Rule
from rolecall.policies.types import DBFS_FILE

RULE = Rule(
    "nothing-on-dbfs",
    "No file is put where everybody can change it.",
    Severity.HIGH,
    "https://docs.databricks.com/en/dbfs/unity-catalog.html",
    (Theme.LEAST_PRIVILEGE, Theme.CHANGE),
    (DBFS_FILE,),
    refuse(
        always,
        "everybody in the workspace can read and change what lies on DBFS",
        "Declare a File in a volume of Unity Catalog and grant access on the volume.",
    ),
    Example(DBFS_FILE, {"path": "/churn.csv", "contentBase64": "YQ=="}, (), ()),
)
