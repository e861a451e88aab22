from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import CLUSTER, CLUSTER_POLICY, GLOBAL_INIT_SCRIPT, MODEL_SERVING, PIPELINE
from rolecall.policies.written_secrets import REFERENCE, refuse_secrets

RULE = Rule(
    "compute-holds-no-secret",
    "No secret stands in the configuration of compute, pipelines, model serving or scripts.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/secrets/index.html",
    (Theme.CREDENTIALS,),
    (CLUSTER, CLUSTER_POLICY, PIPELINE, MODEL_SERVING, GLOBAL_INIT_SCRIPT),
    refuse_secrets(REFERENCE),
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (
            put("sparkEnvVars", {"DB_PASSWORD": "correct horse"}),
            put("sparkConf", {"spark.hadoop.token": "dapi" + "0" * 32}),
        ),
        (),
    ),
)
