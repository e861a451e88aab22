from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.texts import all_texts, flat
from rolecall.policies.types import CLUSTER, JOB, LIBRARY, PIPELINE

# All users of a workspace may change files there by default:
# https://docs.databricks.com/en/workspace/workspace-objects.html#workspace-shared-folder, .../en/files/filestore.html
_OPEN = re.compile(
    r"(?i)(?:^|[\"'=,\s]|file:|dbfs:)/*(?:(?:dbfs|Workspace)/+)*(?:Shared|FileStore)(?:/|$)"
    # The root of DBFS: https://docs.databricks.com/en/dbfs/dbfs-root.html
    r"|(?:^|[\"'=,\s]|file:/*)(?:dbfs:/*|/dbfs/+)(?!(?:Volumes|Workspace)/)\w"
)
_LIBRARIES = re.compile(r"(?i)(?:^|\.)(?:whl|jar|egg|requirements|dependencies\[\d+\]|jars\[\d+\]|pyFiles\[\d+\])$")
_SPARK = re.compile(
    r"(?i)sparkConf\.spark\.(?:jars|submit\.pyFiles|files|archives|(?:driver|executor)\.extraClassPath)"
)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if not context.production_of(resource):
        return
    for path, text in all_texts(resource.values):
        if (_LIBRARIES.search(path) or _SPARK.search(path)) and _OPEN.search(flat(text)):
            how = "Keep it in a volume of Unity Catalog, or in a folder of the project with its own permissions."
            yield Finding(f"{path} is where every user of the workspace can replace it, and runs in production", how)


RULE = Rule(
    "production-libraries-are-protected",
    "Libraries that run in production are where only few can replace them.",
    Severity.HIGH,
    "https://docs.databricks.com/en/workspace/workspace-objects.html",
    (Theme.CHANGE, Theme.SUPPLY_CHAIN),
    (CLUSTER, JOB, LIBRARY, PIPELINE),
    _check,
    Example(
        JOB,
        compliant.JOB,
        (
            put("libraries", [{"whl": "/Workspace/Shared/churn.whl"}]),
            put("libraries", [{"jar": "dbfs:/FileStore/jars/churn.jar"}]),
        ),
        (),
    ),
    needs_contract=True,
    needs=("production",),
)
