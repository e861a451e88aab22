"""Code and queries that run with the rights of somebody else than who may change or read them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolecall.policies import types
from tests.security.programs import refused_by, resource

ADA = "ada@example.com"
AS_PRINCIPAL = {"runAs": {"servicePrincipalName": "1"}}
ATTACKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a pipeline as its deployer": (types.PIPELINE, {"name": "a"}, "pipeline-runs-as-service-principal"),
    "a pipeline as a person": (
        types.PIPELINE,
        {"name": "a", "runAs": {"userName": ADA}},
        "pipeline-runs-as-service-principal",
    ),
    "an alert as a person": (types.ALERT_V2, {"runAsUserName": ADA}, "pipeline-runs-as-service-principal"),
    "a dashboard with embedded credentials": (types.DASHBOARD, {}, "queries-run-with-the-readers-rights"),
    "a query as its owner": (types.QUERY, {"runAsMode": "OWNER"}, "queries-run-with-the-readers-rights"),
    "an old query": (types.SQL_QUERY, {"name": "a"}, "queries-run-with-the-readers-rights"),
    "an app in its users' name": (types.APP, {"userApiScopes": ["all-apis"]}, "app-has-few-rights"),
    "a notebook at home, by steps": (
        types.NOTEBOOK,
        {"path": f"/Shared/../Users/{ADA}/a"},
        "code-outside-personal-folders",
    ),
    "a notebook at home, by more steps": (
        types.NOTEBOOK,
        {"path": f"/Workspace/./Shared/x/../../Users/{ADA}/a"},
        "code-outside-personal-folders",
    ),
    "a notebook at home, by slashes": (types.NOTEBOOK, {"path": f"//Users//{ADA}/a"}, "code-outside-personal-folders"),
    "code on DBFS, by steps": (types.LIBRARY, {"whl": "dbfs:/Volumes/../a.whl"}, "code-outside-dbfs"),
    "an init script in a shared folder, by steps": (
        types.CLUSTER,
        {"initScripts": [{"workspace": {"destination": "/Workspace/platform/../Shared/a.sh"}}]},
        "init-scripts-are-protected",
    ),
    "a notebook at home": (types.NOTEBOOK, {"path": f"/Users/{ADA}/a"}, "code-outside-personal-folders"),
    "a repository at home": (types.REPO, {"path": f"/Repos/{ADA}/a", "url": "u"}, "code-outside-personal-folders"),
    "a job's notebook at home": (
        types.JOB,
        {"tasks": [{"notebookTask": {"notebookPath": f"/Workspace/Users/{ADA}/a"}}]},
        "code-outside-personal-folders",
    ),
    "a job's library at home": (
        types.JOB,
        {"tasks": [{"libraries": [{"whl": f"/Workspace/Users/{ADA}/a.whl"}]}]},
        "code-outside-personal-folders",
    ),
    "a pipeline's code at home": (
        types.PIPELINE,
        {**AS_PRINCIPAL, "libraries": [{"glob": {"include": f"/Workspace/Users/{ADA}/**"}}]},
        "code-outside-personal-folders",
    ),
    "an init script at home, by a cluster policy": (
        types.CLUSTER_POLICY,
        {
            "definition": json.dumps(
                {"init_scripts.0.workspace.destination": {"type": "fixed", "value": f"/Users/{ADA}/a"}}
            )
        },
        "code-outside-personal-folders",
    ),
    "an init script on DBFS": (
        types.CLUSTER,
        {"initScripts": [{"dbfs": {"destination": "dbfs:/a.sh"}}]},
        "init-scripts-are-protected",
    ),
    "an init script in a shared folder": (
        types.CLUSTER,
        {"initScripts": [{"workspace": {"destination": "/Workspace/Shared/a.sh"}}]},
        "init-scripts-are-protected",
    ),
    "an init script in a bucket": (
        types.JOB,
        {"jobClusters": [{"newCluster": {"initScripts": [{"s3": {"destination": "s3://all/a.sh"}}]}}]},
        "init-scripts-are-protected",
    ),
    "an init script on DBFS, by a cluster policy": (
        types.CLUSTER_POLICY,
        {"definition": json.dumps({"init_scripts.0.dbfs.destination": {"type": "fixed", "value": "dbfs:/a.sh"}})},
        "cluster-policy-is-no-way-around",
    ),
    "an instance profile, by a cluster policy": (
        types.CLUSTER_POLICY,
        {
            "definition": json.dumps(
                {"aws_attributes.instance_profile_arn": {"type": "fixed", "value": "arn:aws:iam::1:x"}}
            )
        },
        "cluster-policy-is-no-way-around",
    ),
    "an open access mode, by a cluster policy": (
        types.CLUSTER_POLICY,
        {"definition": json.dumps({"data_security_mode": {"type": "allowlist", "values": ["NONE", "USER_ISOLATION"]}})},
        "cluster-policy-is-no-way-around",
    ),
    "an instance profile on a pool": (
        types.INSTANCE_POOL,
        {"awsAttributes": {"instanceProfileArn": "arn:aws:iam::1:x"}},
        "no-rights-of-a-machine",
    ),
    "an instance profile for a group": (types.GROUP_INSTANCE_PROFILE, {"groupId": "1"}, "no-rights-of-a-machine"),
    "an instance profile for warehouses": (
        types.SQL_GLOBAL_CONFIG,
        {"instanceProfileArn": "arn:aws:iam::1:x"},
        "no-rights-of-a-machine",
    ),
    "code on DBFS": (
        types.JOB,
        {"tasks": [{"sparkPythonTask": {"pythonFile": "dbfs:/a.py"}}]},
        "code-outside-dbfs",
    ),
    "a file on DBFS": (types.DBFS_FILE, {"path": "/a"}, "nothing-on-dbfs"),
    "a mount of another form": (types.AZURE_GEN2_MOUNT, {"mountName": "a"}, "no-mounts"),
    "everything allowed on shared compute": (
        types.ARTIFACT_ALLOWLIST,
        {"artifactType": "INIT_SCRIPT", "artifactMatchers": [{"artifact": "s3://"}]},
        "artifact-allowlist-is-narrow",
    ),
    "a branch": (types.JOB, {"gitSource": {"url": "u", "branch": "main"}}, "production-code-is-pinned"),
    "no version at all": (types.JOB, {"gitSource": {"url": "u"}}, "production-code-is-pinned"),
    "a tag that moves": (types.JOB, {"gitSource": {"url": "u", "tag": "latest"}}, "production-code-is-pinned"),
    "a repository's branch": (types.REPO, {"url": "u", "branch": "main"}, "production-code-is-pinned"),
    "a repository without a version": (types.REPO, {"url": "u"}, "production-code-is-pinned"),
    "an image that moves": (types.CLUSTER, {"dockerImage": {"url": "r/a:latest"}}, "images-are-pinned"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_others_can_change_is_refused(name: str) -> None:
    kind, values, rule = ATTACKS[name]
    assert rule in refused_by(resource(kind, values))
