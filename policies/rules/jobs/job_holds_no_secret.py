from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import JOB
from rolecall.policies.written_secrets import REFERENCE, refuse_secrets

RULE = Rule(
    "job-holds-no-secret",
    "No secret stands in a job's parameters or configuration.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/secrets/index.html",
    (Theme.CREDENTIALS,),
    (JOB,),
    refuse_secrets(REFERENCE),
    Example(
        JOB,
        compliant.JOB,
        (
            put("tasks.0.notebookTask.baseParameters.x", "dapi" + "0" * 32),
            put("jobClusters.0.newCluster.sparkEnvVars", {"DB_PASSWORD": "correct horse"}),
        ),
        (),
    ),
)
