"""Examples for rules on cost; in the stack they are tried in, `dev`, nothing is protected."""

from __future__ import annotations

import json
from typing import Any

from rolecall.policies import types
from tests.policies.example import Example, put, without
from tests.policies.examples_compute import CLUSTER

TAGS = {"project": "p", "environment": "dev", "owner": "o"}
WAREHOUSE: dict[str, Any] = {
    "name": "reports",
    "clusterSize": "Small",
    "autoStopMins": 10,
    "maxNumClusters": 2,
    "tags": {"customTags": [{"key": key, "value": value} for key, value in TAGS.items()]},
}
POOL: dict[str, Any] = {
    "instancePoolName": "p",
    "nodeTypeId": "i3.xlarge",
    "idleInstanceAutoterminationMinutes": 10,
    "maxCapacity": 20,
    "minIdleInstances": 0,
    "customTags": TAGS,
}
JOB: dict[str, Any] = {
    "name": "train",
    "timeoutSeconds": 3600,
    "maxConcurrentRuns": 1,
    "tasks": [
        {
            "taskKey": "a",
            "maxRetries": 2,
            "notebookTask": {"notebookPath": "/a"},
            "newCluster": {"numWorkers": 2, "awsAttributes": {"availability": "SPOT_WITH_FALLBACK"}},
        }
    ],
}
SERVING: dict[str, Any] = {
    "name": "churn",
    "config": {
        "servedEntities": [{"entityName": "acme.churn.model", "entityVersion": "1", "scaleToZeroEnabled": True}]
    },
}
POLICY: dict[str, Any] = {
    "name": "small",
    "definition": json.dumps({"autoscale.max_workers": {"type": "range", "maxValue": 8}}),
}
CLUSTERS_PATHS = (("tasks",), ("tasks", 0), ("tasks", 0, "newCluster"))


def limited(**elements: Any) -> str:
    return json.dumps(elements)


EXAMPLES: dict[str, Example] = {
    "cluster-ends-when-idle": Example(
        types.CLUSTER,
        CLUSTER,
        (
            put("autoterminationMinutes", value=0),
            put("autoterminationMinutes", value=121),
            without("autoterminationMinutes"),
        ),
        (("autoterminationMinutes",),),
    ),
    "warehouse-stops-when-idle": Example(
        types.SQL_ENDPOINT,
        WAREHOUSE,
        (put("autoStopMins", value=0), put("autoStopMins", value=121)),
        (("autoStopMins",),),
    ),
    "pool-releases-idle-machines": Example(
        types.INSTANCE_POOL,
        POOL,
        (
            put("idleInstanceAutoterminationMinutes", value=121),
            without("idleInstanceAutoterminationMinutes"),
        ),
        (("idleInstanceAutoterminationMinutes",),),
    ),
    "pool-is-bounded": Example(
        types.INSTANCE_POOL,
        POOL,
        (without("maxCapacity"), put("minIdleInstances", value=3)),
        (("maxCapacity",), ("minIdleInstances",)),
        stack="dev",
    ),
    "warehouse-is-small": Example(
        types.SQL_ENDPOINT,
        WAREHOUSE,
        (
            put("clusterSize", value="4X-Large"),
            put("clusterSize", value="Gigantic"),
            put("maxNumClusters", value=6),
        ),
        (("clusterSize",), ("maxNumClusters",)),
    ),
    "clusters-are-small": Example(
        types.JOB,
        JOB,
        (
            put("tasks", 0, "newCluster", "numWorkers", value=33),
            put("tasks", 0, "newCluster", "autoscale", value={"minWorkers": 1, "maxWorkers": 200}),
        ),
        CLUSTERS_PATHS,
    ),
    "cluster-policy-limits-size": Example(
        types.CLUSTER_POLICY,
        POLICY,
        (
            put("definition", value="{}"),
            put("definition", value="no json"),
            put("definition", value=limited(num_workers={"type": "fixed", "value": 33})),
            put("definition", value=limited(num_workers={"type": "range", "minValue": 1})),
        ),
        (("definition",), ("policyFamilyId",)),
    ),
    "spot-outside-production": Example(
        types.JOB,
        JOB,
        (
            put("tasks", 0, "newCluster", "awsAttributes", "availability", value="ON_DEMAND"),
            put("tasks", 0, "newCluster", "azureAttributes", value={"availability": "ON_DEMAND_AZURE"}),
        ),
        CLUSTERS_PATHS,
        stack="dev",
    ),
    "job-has-timeout": Example(
        types.JOB,
        JOB,
        (without("timeoutSeconds"), put("timeoutSeconds", value=0)),
        (("timeoutSeconds",),),
    ),
    "retries-are-limited": Example(
        types.JOB,
        JOB,
        (put("tasks", 0, "maxRetries", value=-1),),
        (("tasks",), ("tasks", 0), ("tasks", 0, "maxRetries")),
    ),
    "runs-are-limited": Example(types.JOB, JOB, (put("maxConcurrentRuns", value=11),), (("maxConcurrentRuns",),)),
    "model-service-sleeps-when-idle": Example(
        types.MODEL_SERVING,
        SERVING,
        (
            put("config", "servedEntities", 0, "scaleToZeroEnabled", value=False),
            without("config", "servedEntities", 0, "scaleToZeroEnabled"),
        ),
        (("config",), ("config", "servedEntities"), ("config", "servedEntities", 0)),
        stack="dev",
    ),
    "pipeline-rests-outside-production": Example(
        types.PIPELINE,
        {"name": "features", "continuous": False},
        (put("continuous", value=True),),
        (("continuous",),),
        stack="dev",
    ),
    "compute-carries-tags": Example(
        types.SQL_ENDPOINT,
        WAREHOUSE,
        (
            without("tags"),
            put("tags", "customTags", 0, value={"key": "other", "value": "x"}),
            put("tags", "customTags", 0, "value", value=""),
        ),
        (("tags",), ("tags", "customTags"), ("tags", "customTags", 0)),
    ),
}
