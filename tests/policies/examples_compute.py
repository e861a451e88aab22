"""Examples for rules on how compute, model services and pipelines are set up."""

from __future__ import annotations

from typing import Any

from rolecall.policies import types
from tests.policies.example import Example, put, without

CLUSTER: dict[str, Any] = {
    "clusterName": "shared",
    "sparkVersion": "16.4.x-scala2.12",
    "nodeTypeId": "i3.xlarge",
    "policyId": "1",
    "numWorkers": 2,
    "autoterminationMinutes": 30,
    "dataSecurityMode": "USER_ISOLATION",
    "clusterLogConf": {"volumes": {"destination": "/Volumes/acme/logs/clusters"}},
    "initScripts": [{"volumes": {"destination": "/Volumes/acme/scripts/setup.sh"}}],
    "libraries": [{"pypi": {"package": "scikit-learn==1.7.2"}}],
    "sparkConf": {"spark.speculation": "true"},
    "customTags": {"project": "p", "environment": "prod", "owner": "o"},
}
JOB: dict[str, Any] = {
    "name": "train",
    "tasks": [{"taskKey": "a", "notebookTask": {"notebookPath": "/a"}, "newCluster": {"numWorkers": 1}}],
}
SERVING: dict[str, Any] = {
    "name": "churn",
    "config": {"servedEntities": [{"entityName": "acme.churn.model", "entityVersion": "1"}]},
    "aiGateway": {
        "rateLimits": [{"calls": 100, "renewalPeriod": "minute", "key": "user"}],
        "inferenceTableConfig": {"catalogName": "acme", "schemaName": "calls", "enabled": True},
    },
}
PIPELINE: dict[str, Any] = {"name": "features", "catalog": "acme", "schema": "features", "development": False}
EXAMPLES: dict[str, Example] = {
    "compute-holds-no-secret": Example(
        types.CLUSTER,
        CLUSTER,
        (
            put("sparkEnvVars", value={"DB_PASSWORD": "correct horse"}),
            put("sparkConf", "spark.hadoop.token", value="dapi" + "0" * 32),
        ),
        (),
    ),
    "access-mode-is-isolated": Example(
        types.CLUSTER,
        CLUSTER,
        (put("dataSecurityMode", value="NONE"), put("dataSecurityMode", value="LEGACY_PASSTHROUGH")),
        (("dataSecurityMode",),),
    ),
    "no-ssh-keys": Example(
        types.CLUSTER, CLUSTER, (put("sshPublicKeys", value=["ssh-ed25519 AAAA ada"]),), (("sshPublicKeys",),)
    ),
    "init-scripts-are-protected": Example(
        types.CLUSTER,
        CLUSTER,
        (
            put("initScripts", 0, value={"dbfs": {"destination": "dbfs:/setup.sh"}}),
            put("initScripts", 0, value={"workspace": {"destination": "/Users/ada@example.com/setup.sh"}}),
        ),
        (("initScripts",), ("initScripts", 0)),
    ),
    "no-credential-passthrough": Example(
        types.CLUSTER,
        CLUSTER,
        (put("sparkConf", "spark.databricks.passthrough.enabled", value="true"),),
        (("sparkConf",),),
    ),
    "no-instance-profile-on-compute": Example(
        types.CLUSTER,
        CLUSTER,
        (put("awsAttributes", value={"instanceProfileArn": "arn:aws:iam::1:instance-profile/all"}),),
        (("awsAttributes",),),
    ),
    "runtime-is-supported": Example(
        types.CLUSTER,
        CLUSTER,
        (put("sparkVersion", value="13.3.x-scala2.12"), put("sparkVersion", value="9.1.x-cpu-ml-scala2.12")),
        (("sparkVersion",),),
    ),
    "cluster-logs-are-kept": Example(types.CLUSTER, CLUSTER, (without("clusterLogConf"),), ()),
    "no-global-init-script": Example(
        types.GLOBAL_INIT_SCRIPT,
        {"name": "agent", "contentBase64": "ZWNobw==", "enabled": False},
        (put("enabled", value=True),),
        (("enabled",),),
    ),
    "libraries-are-pinned": Example(
        types.CLUSTER,
        CLUSTER,
        (
            put("libraries", 0, "pypi", "package", value="scikit-learn"),
            put("libraries", 0, "pypi", "repo", value="http://packages.example.com/simple"),
        ),
        (("libraries",), ("libraries", 0), ("libraries", 0, "pypi", "package")),
    ),
    "no-spark-submit": Example(
        types.JOB,
        JOB,
        (put("tasks", 0, "sparkSubmitTask", value={"parameters": ["--class", "Main"]}),),
        (("tasks",), ("tasks", 0)),
    ),
    "production-jobs-notify-on-failure": Example(
        types.JOB,
        {**JOB, "webhookNotifications": {"onFailures": [{"id": "1"}]}},
        (without("webhookNotifications"), put("webhookNotifications", "onFailures", value=[])),
        (("emailNotifications",), ("webhookNotifications",)),
    ),
    "model-service-is-limited": Example(
        types.MODEL_SERVING,
        SERVING,
        (without("aiGateway", "rateLimits"), put("aiGateway", "rateLimits", value=[])),
        (("aiGateway",), ("aiGateway", "rateLimits")),
    ),
    "model-calls-are-recorded": Example(
        types.MODEL_SERVING,
        SERVING,
        (
            without("aiGateway", "inferenceTableConfig"),
            put("aiGateway", "inferenceTableConfig", "enabled", value=False),
        ),
        (("aiGateway",), ("aiGateway", "inferenceTableConfig", "enabled")),
    ),
    "pipeline-publishes-to-unity-catalog": Example(types.PIPELINE, PIPELINE, (without("catalog"),), ()),
    "production-pipeline-in-production-mode": Example(
        types.PIPELINE, PIPELINE, (put("development", value=True),), (("development",),)
    ),
}
