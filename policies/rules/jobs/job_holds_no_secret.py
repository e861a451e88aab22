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
from rolecall.policies.types import JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, text in texts(resource.values):
        if kind := looks_like_secret(text, path.rsplit(".", 1)[-1]):
            how = "Put it into a secret scope and refer to it: {{secrets/SCOPE/KEY}}. Then revoke it: it has been read."
            yield Finding(f"{path} looks like {kind}", how)


RULE = Rule(
    "job-holds-no-secret",
    "No secret stands in a job's parameters or configuration.",
    (JOB,),
    _check,
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/secrets/index.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(
        JOB,
        compliant.JOB,
        (
            put("tasks", 0, "notebookTask", "baseParameters", "x", value="dapi" + "0" * 32),
            put("jobClusters", 0, "newCluster", "sparkEnvVars", value={"DB_PASSWORD": "correct horse"}),
        ),
        (),
    ),
)
