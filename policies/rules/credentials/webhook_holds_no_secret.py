from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MLFLOW_WEBHOOK, NOTIFICATION_DESTINATION

# What a webhook or a notification signs in with; a Slack or Teams address is a secret by itself.
_WEBHOOK = (
    "httpUrlSpec.secret",
    "httpUrlSpec.authorization",
    "jobSpec.accessToken",
    "config.genericWebhook.password",
    "config.slack.oauthToken",
    "config.pagerduty.integrationKey",
    "config.microsoftTeams.authSecret",
)


_ADDRESSES = ("httpUrlSpec.url", "config.genericWebhook.url", "config.slack.url", "config.microsoftTeams.url")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for path in _WEBHOOK:
        if resource.properties.is_set(path):
            how = "Set it by hand, or by a rotation, so that no program and no state has it."
            yield Finding(f"{path} is a secret that lasts", how)
    if resource.properties.read("httpUrlSpec.enableSslVerification") is False:
        yield Finding("it does not check whom it sends to", "Leave enableSslVerification out.")
    for path in _ADDRESSES:
        if str(resource.properties.read(path) or "").lower().startswith("http:"):
            yield Finding(f"{path} is sent over an unencrypted connection", "Write an address with https.")


RULE = Rule(
    "webhook-holds-no-secret",
    "Webhooks and notifications carry no secret, and go over encrypted connections.",
    Severity.HIGH,
    "https://docs.databricks.com/en/mlflow/model-registry-webhooks.html",
    (Theme.CREDENTIALS, Theme.ENCRYPTION),
    (MLFLOW_WEBHOOK, NOTIFICATION_DESTINATION),
    _check,
    Example(
        MLFLOW_WEBHOOK,
        {
            "events": ["REGISTERED_MODEL_CREATED"],
            "modelName": "churn",
            "httpUrlSpec": {"url": "https://hooks.acme.example/models"},
        },
        (
            put("httpUrlSpec.secret", "x"),
            put("httpUrlSpec.url", "http://hooks.acme.example"),
            put("httpUrlSpec.enableSslVerification", False),
            put("jobSpec", {"jobId": "1", "accessToken": "x"}),
        ),
        ("httpUrlSpec", "httpUrlSpec.url", "httpUrlSpec.enableSslVerification"),
    ),
)
