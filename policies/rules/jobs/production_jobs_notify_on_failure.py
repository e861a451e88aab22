from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if not context.production_of(resource):
        return
    channels = ("emailNotifications.onFailures", "webhookNotifications.onFailures")
    if not any(resource.properties.read(path) for path in channels):
        how = "Write email_notifications or webhook_notifications with on_failure: a channel, not a person."
        yield Finding("nothing is notified when a run fails in production", how)


RULE = Rule(
    "production-jobs-notify-on-failure",
    "A failing job in production sends a notification.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/jobs/notifications.html",
    (Theme.LOGGING, Theme.AVAILABILITY),
    (JOB,),
    _check,
    Example(
        JOB,
        {**compliant.JOB_WITH_NEW_CLUSTER, "webhookNotifications": {"onFailures": [{"id": "1"}]}},
        (without("webhookNotifications"), put("webhookNotifications.onFailures", [])),
        ("emailNotifications", "webhookNotifications"),
    ),
    needs_contract=True,
    needs=("production",),
    pack="compliance",
)
