from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.contract.secrets import looks_like_secret
from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, CLUSTER_POLICY, GLOBAL_INIT_SCRIPT, MODEL_SERVING, PIPELINE

REFERENCE = "Put it into a secret scope and refer to it: {{secrets/SCOPE/KEY}}. Then revoke it: it has been read."


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, text in texts(resource.values):
        if kind := looks_like_secret(text, path.rsplit(".", 1)[-1]):
            yield Finding(f"{path} looks like {kind}", REFERENCE)


RULE = Rule(
    "compute-holds-no-secret",
    "No secret stands in the configuration of compute, pipelines, model serving or scripts.",
    (CLUSTER, CLUSTER_POLICY, PIPELINE, MODEL_SERVING, GLOBAL_INIT_SCRIPT),
    _check,
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/secrets/index.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(
        CLUSTER,
        compliant.CLUSTER,
        (
            put("sparkEnvVars", value={"DB_PASSWORD": "correct horse"}),
            put("sparkConf", "spark.hadoop.token", value="dapi" + "0" * 32),
        ),
        (),
    ),
)
