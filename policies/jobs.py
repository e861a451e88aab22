"""Rules on who jobs run as, what code they run, and what they carry."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.contract.secrets import looks_like_secret
from rolecall.policies.compute import definition_of
from rolecall.policies.context import REQUIRED_TAGS, Context
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER_POLICY, JOB, REPO

# Tags that say which of the versions is meant now; a version's own tag stays where it is.
MOVING_TAGS = frozenset(
    {
        *("current", "dev", "edge", "head", "latest", "live", "main", "master", "nightly", "next", "prod"),
        *("production", "release", "stable", "staging", "test"),
    }
)


def _runs_as_service_principal(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Write `run_as: NAME` in the job; NAME is one of the project's service_principals."
    if not resource.properties.is_set("runAs"):
        yield Finding("it runs as whoever deploys it", how)
    elif resource.properties.is_set("runAs.userName"):
        yield Finding("it runs as a person", how)
    elif not resource.properties.is_set("runAs.servicePrincipalName"):
        yield Finding("it runs as nobody in particular", how)


def _has_tags(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type == JOB:
        tags = resource.properties.read("tags") or {}
        missing = [name for name in context.required_tags if not resource.properties.read(f"tags.{name}")]
        present = ", ".join(sorted(tags)) or "none"
    else:
        definition = definition_of(resource.properties) or {}
        fixed = {
            name.removeprefix("custom_tags.")
            for name, element in definition.items()
            if name.startswith("custom_tags.") and element.get("type") == "fixed" and element.get("value")
        }
        missing = [name for name in context.required_tags if name not in fixed]
        present = ", ".join(sorted(fixed)) or "none"
    if missing:
        how = f"Required: {', '.join(context.required_tags)}. Rolecall sets them for all that a contract declares."
        yield Finding(f"these tags are missing: {', '.join(missing)}; it has {present}", how)


def _holds_no_secret(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, text in texts(resource.values):
        if kind := looks_like_secret(text, path.rsplit(".", 1)[-1]):
            how = "Put it into a secret scope and refer to it: {{secrets/SCOPE/KEY}}. Then revoke it: it has been read."
            yield Finding(f"{path} looks like {kind}", how)


def _production_code_is_pinned(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack not in context.protected:
        return
    how = "Write git_tag or git_commit, so that what runs is what was reviewed."
    source = resource.properties if resource.type == REPO else resource.properties.within("gitSource")
    if source is None:
        return
    commit = "commitHash" if resource.type == REPO else "commit"
    tag = str(source.read("tag") or "")
    if source.is_set("branch") or not (tag or source.is_set(commit)):
        yield Finding("it runs whatever a Git branch holds at the time, in production", how)
    elif tag.rpartition("/")[2].casefold() in MOVING_TAGS:
        yield Finding(f"the tag {tag!r} moves with each release, so the code that runs is unknown", how)


def _failures_are_told(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack not in context.protected:
        return
    told = ("emailNotifications.onFailures", "webhookNotifications.onFailures")
    if not any(resource.properties.read(path) for path in told):
        how = "Write email_notifications or webhook_notifications with on_failure: a channel, not a person."
        yield Finding("nobody hears of it when a run fails in production", how)


RULES = (
    Rule(
        "job-runs-as-service-principal",
        "Every job runs as a service principal.",
        (JOB,),
        _runs_as_service_principal,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/jobs/privileges.html#run-a-job-as-a-service-principal",
    ),
    Rule(
        "required-tags",
        "Jobs and cluster policies carry the tags that say whose they are.",
        (JOB, CLUSTER_POLICY),
        _has_tags,
        Severity.LOW,
        "https://docs.databricks.com/en/admin/account-settings/usage-detail-tags.html",
        PolicyConfigSchema(
            properties={"required_tags": {"type": "array", "items": {"type": "string"}, "default": [*REQUIRED_TAGS]}}
        ),
    ),
    Rule(
        "job-holds-no-secret",
        "No secret stands in a job's parameters or configuration.",
        (JOB,),
        _holds_no_secret,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/security/secrets/index.html",
    ),
    Rule(
        "production-code-is-pinned",
        "In production a job's code comes from a Git commit, or from a tag that stays where it is.",
        (JOB, REPO),
        _production_code_is_pinned,
        Severity.HIGH,
        "https://docs.databricks.com/en/jobs/configure-job.html#use-git-with-jobs",
        needs_contract=True,
        needs=("production",),
    ),
)
COMPLIANCE_RULES = (
    Rule(
        "production-jobs-notify-on-failure",
        "Somebody hears of it when a job fails in production.",
        (JOB,),
        _failures_are_told,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/jobs/notifications.html",
        needs_contract=True,
        needs=("production",),
    ),
)
