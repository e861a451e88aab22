"""Rules on where code lies: not where a single person, or everybody, can change what runs with other rights."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.texts import all_texts
from rolecall.policies.types import (
    ALERT,
    ALERT_V2,
    ARTIFACT_ALLOWLIST,
    BASE_ENVIRONMENT,
    CLUSTER,
    CLUSTER_POLICY,
    DASHBOARD,
    DBFS_FILE,
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
# What says what something is for, and runs nothing.
_PROSE = frozenset({"description", "comment", "displayName", "customBody", "customSubject"})
# Properties that name code.
_CODE = frozenset(
    {"pythonFile", "jar", "jarUri", "whl", "egg", "requirements", "notebookPath", "path", "include", "filepath"}
)
_DBFS = re.compile(r"(?i)^(?:dbfs:/*|/dbfs/+)(?!volumes/)")
HOMES = "https://docs.databricks.com/en/workspace/workspace-objects.html"
DBFS = "https://docs.databricks.com/en/dbfs/unity-catalog.html"


def _not_in_personal_folders(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, text in all_texts(resource.values):
        if path.rsplit(".", 1)[-1] not in _PROSE | {"contentBase64"} and _PERSONAL.search(text):
            how = "Keep it in a Git repository, in a volume, or in a folder of the project with its own permissions."
            yield Finding(f"{path} is in a person's folder, who may change it at any time", how)


def _not_on_dbfs(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, text in texts(resource.values):
        name = re.sub(r"\[\d+\]$", "", path.rsplit(".", 1)[-1])
        if name in _CODE and _DBFS.match(text):
            how = "Keep it in a volume of Unity Catalog, or take it from a package index."
            yield Finding(f"{path} is on DBFS, where everybody in the workspace can change it", how)


def _nothing_on_dbfs(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Declare a File in a volume of Unity Catalog and grant access on the volume."
    yield Finding("everybody in the workspace can read and change what lies on DBFS", how)


def _narrow_allowlist(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Name folders of volumes, /Volumes/CATALOG/SCHEMA/VOLUME/FOLDER/, or packages with their versions."
    for matcher in resource.properties.items("artifactMatchers"):
        artifact = str(matcher.read("artifact") or "")
        if resource.properties.read("artifactType") == "LIBRARY_MAVEN":
            if artifact.count(":") < 2 or artifact.endswith(":"):
                yield Finding(f"{matcher.path} allows every version of {artifact or 'everything'}", how)
        elif not re.match(r"(?i)^/volumes/[^/]+/[^/]+/[^/]+", artifact):
            yield Finding(f"{matcher.path} allows {artifact!r}, where more than few may put something", how)


RULES = (
    Rule(
        "code-outside-personal-folders",
        "Nothing that runs or is shared lies in a person's folder.",
        (
            *(ALERT, ALERT_V2, BASE_ENVIRONMENT, CLUSTER, CLUSTER_POLICY, DASHBOARD, DEFAULT_BASE_ENVIRONMENT),
            *(DIRECTORY, FILE, JOB, LAKEHOUSE_MONITOR, LIBRARY, MLFLOW_EXPERIMENT, NOTEBOOK, PIPELINE),
            *(QUALITY_MONITOR, QUERY, REPO, SQL_ALERT, SQL_DASHBOARD, SQL_QUERY, WORKSPACE_FILE),
        ),
        _not_in_personal_folders,
        Severity.HIGH,
        HOMES,
    ),
    Rule(
        "code-outside-dbfs",
        "No code is taken from DBFS, where everybody can change it.",
        (JOB, PIPELINE, CLUSTER, LIBRARY, CLUSTER_POLICY, BASE_ENVIRONMENT),
        _not_on_dbfs,
        Severity.HIGH,
        DBFS,
    ),
    Rule(
        "nothing-on-dbfs",
        "No file is put where everybody can change it.",
        (DBFS_FILE,),
        _nothing_on_dbfs,
        Severity.HIGH,
        DBFS,
    ),
    Rule(
        "artifact-allowlist-is-narrow",
        "Shared compute loads scripts and libraries from protected places only.",
        (ARTIFACT_ALLOWLIST,),
        _narrow_allowlist,
        Severity.HIGH,
        "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/allowlist.html",
    ),
)
