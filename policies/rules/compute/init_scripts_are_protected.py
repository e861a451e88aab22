from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.clusters import clusters_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.texts import flat
from rolecall.policies.types import CLUSTER, JOB, PIPELINE

# Folders of the workspace that people of their own, or everybody, may write to.
OPEN_FOLDERS = r"(?i)^(?:/Workspace)?/(?:Users|Repos|Shared)/"


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        for script in cluster.items("initScripts"):
            place = flat(str(script.read("workspace.destination") or ""))
            if not script.is_set("volumes") and (not place or re.match(OPEN_FOLDERS, place)):
                how = "Keep it in a volume of Unity Catalog that only few may write to."
                yield Finding(f"{script.path} is where others can change it, and runs as root", how)


RULE = Rule(
    "init-scripts-are-protected",
    "Scripts that run as root are where only few can change them.",
    Severity.HIGH,
    "https://docs.databricks.com/en/init-scripts/index.html",
    (Theme.CONFIGURATION, Theme.CHANGE),
    (CLUSTER, JOB, PIPELINE),
    _check,
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (
            put("initScripts.0", {"dbfs": {"destination": "dbfs:/setup.sh"}}),
            put("initScripts.0", {"workspace": {"destination": "/Users/ada@example.com/setup.sh"}}),
        ),
        ("initScripts", "initScripts.0"),
    ),
)
