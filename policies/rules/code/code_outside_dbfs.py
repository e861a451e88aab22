from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.texts import flat
from rolecall.policies.types import BASE_ENVIRONMENT, CLUSTER, CLUSTER_POLICY, JOB, LIBRARY, PIPELINE

# Properties that name code.
_CODE = frozenset(
    {"pythonFile", "jar", "jarUri", "whl", "egg", "requirements", "notebookPath", "path", "include", "filepath"}
)


_DBFS = re.compile(r"(?i)^(?:dbfs:/*|(?:file:/*)?/dbfs/+|file:/*dbfs/+)(?!volumes/)")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, text in texts(resource.values):
        name = re.sub(r"\[\d+\]$", "", path.rsplit(".", 1)[-1])
        if name in _CODE and _DBFS.match(flat(text)):
            how = "Keep it in a volume of Unity Catalog, or take it from a package index."
            yield Finding(f"{path} is on DBFS, where everybody in the workspace can change it", how)


RULE = Rule(
    "code-outside-dbfs",
    "No code is taken from DBFS, where everybody can change it.",
    Severity.HIGH,
    "https://docs.databricks.com/en/dbfs/unity-catalog.html",
    (Theme.CHANGE, Theme.SUPPLY_CHAIN),
    (JOB, PIPELINE, CLUSTER, LIBRARY, CLUSTER_POLICY, BASE_ENVIRONMENT),
    _check,
    Example(
        LIBRARY,
        {"clusterId": "1", "whl": "/Volumes/acme/platform/libraries/churn-1.0-py3-none-any.whl"},
        (put("whl", "dbfs:/churn.whl"), put("jar", "/dbfs/churn.jar")),
        (),
    ),
)
