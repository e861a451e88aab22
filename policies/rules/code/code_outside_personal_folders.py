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
from rolecall.policies.types import (
    ALERT,
    ALERT_V2,
    BASE_ENVIRONMENT,
    CLUSTER,
    CLUSTER_POLICY,
    DASHBOARD,
    DEFAULT_BASE_ENVIRONMENT,
    DIRECTORY,
    FILE,
    JOB,
    LAKEHOUSE_MONITOR,
    LIBRARY,
    MLFLOW_EXPERIMENT,
    NOTEBOOK,
    PIPELINE,
    QUALITY_MONITOR,
    QUERY,
    REPO,
    SQL_ALERT,
    SQL_DASHBOARD,
    SQL_QUERY,
    WORKSPACE_FILE,
)

# A person's home and Git folders; a service principal's is named by its id, which has no "@".
# https://docs.databricks.com/en/workspace/workspace-objects.html#workspace-object-permissions: who has a home folder
# may change all that lies in it.
_PERSONAL = re.compile(r"(?i)(?:^|[\"'=:\s])(?:/Workspace)?/(?:Users|Repos)/[^/\"'\s]*@")

# A pattern of paths with every home folder, or with all of them that begin alike.
_ALL_HOMES = re.compile(r"(?i)^(?:/Workspace)?(?:/(?:Users|Repos))?/[^/]*[*?\[]")

# Descriptions: text that is never executed.
_PROSE = frozenset({"description", "comment", "displayName", "customBody", "customSubject"})
HOW_TO_NAME = "Name the folder of the project: /Workspace/PROJECT/**."


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, text in all_texts(resource.values):
        if path.rsplit(".", 1)[-1] not in _PROSE | {"contentBase64"} and _PERSONAL.search(flat(text)):
            how = "Keep it in a Git repository, in a volume, or in a folder of the project with its own permissions."
            yield Finding(f"{path} is in a person's folder, who may change it at any time", how)
        elif path.rsplit(".", 1)[-1] == "include" and _ALL_HOMES.match(flat(text)):
            yield Finding(f"{path} matches people's folders, who may change them at any time", HOW_TO_NAME)


RULE = Rule(
    "code-outside-personal-folders",
    "Nothing that runs or is shared lies in a person's folder.",
    Severity.HIGH,
    "https://docs.databricks.com/en/workspace/workspace-objects.html",
    (Theme.CHANGE, Theme.LIFECYCLE),
    (
        *(ALERT, ALERT_V2, BASE_ENVIRONMENT, CLUSTER, CLUSTER_POLICY, DASHBOARD, DEFAULT_BASE_ENVIRONMENT),
        *(DIRECTORY, FILE, JOB, LAKEHOUSE_MONITOR, LIBRARY, MLFLOW_EXPERIMENT, NOTEBOOK, PIPELINE),
        *(QUALITY_MONITOR, QUERY, REPO, SQL_ALERT, SQL_DASHBOARD, SQL_QUERY, WORKSPACE_FILE),
    ),
    _check,
    Example(
        NOTEBOOK,
        compliant.NOTEBOOK,
        (
            put("path", "/Users/ada@example.com/train"),
            put("path", "/Workspace/Users/ada@example.com/train"),
            put("path", "/Repos/ada@example.com/churn/train"),
        ),
        (),
    ),
)
