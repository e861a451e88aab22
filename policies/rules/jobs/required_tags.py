from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies import compliant
from rolecall.policies.compute import definition_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.organization import REQUIRED_TAGS
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER_POLICY, JOB


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
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


RULE = Rule(
    "required-tags",
    "Jobs and cluster policies carry the tags that say whose they are.",
    Severity.LOW,
    "https://docs.databricks.com/en/admin/account-settings/usage-detail-tags.html",
    (Theme.RECORDS,),
    (JOB, CLUSTER_POLICY),
    _check,
    Example(
        JOB,
        compliant.JOB,
        (without("tags.owner"), without("tags"), put("tags.project", "")),
        ("tags", "tags.owner"),
    ),
    parameters=PolicyConfigSchema(
        properties={"required_tags": {"type": "array", "items": {"type": "string"}, "default": [*REQUIRED_TAGS]}}
    ),
)
