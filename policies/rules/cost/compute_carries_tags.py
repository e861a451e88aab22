from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.organization import REQUIRED_TAGS
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, INSTANCE_POOL, MODEL_SERVING, PIPELINE, SQL_ENDPOINT


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    if resource.type == SQL_ENDPOINT:
        present = {str(tag.read("key")) for tag in properties.items("tags.customTags") if tag.read("value")}
    elif resource.type == MODEL_SERVING:
        present = {str(tag.read("key")) for tag in properties.items("tags") if tag.read("value")}
    else:
        name = "tags" if resource.type == PIPELINE else "customTags"
        present = {key for key, value in (properties.read(name) or {}).items() if value}
    missing = [name for name in context.required_tags if name not in present]
    if missing:
        how = f"Required: {', '.join(context.required_tags)}."
        yield Finding(f"these tags are missing: {', '.join(missing)}; its cost has no owner", how)


RULE = Rule(
    "compute-carries-tags",
    "Compute carries the tags that say whose it is.",
    Severity.LOW,
    "https://docs.databricks.com/en/admin/account-settings/usage-detail-tags.html",
    (Theme.RECORDS,),
    (CLUSTER, SQL_ENDPOINT, INSTANCE_POOL, PIPELINE, MODEL_SERVING),
    _check,
    Example(
        SQL_ENDPOINT,
        compliant.WAREHOUSE,
        (
            without("tags"),
            put("tags.customTags.0", {"key": "other", "value": "x"}),
            put("tags.customTags.0.value", ""),
        ),
        ("tags", "tags.customTags", "tags.customTags.0"),
    ),
    parameters=PolicyConfigSchema(
        properties={"required_tags": {"type": "array", "items": {"type": "string"}, "default": [*REQUIRED_TAGS]}}
    ),
    pack="cost",
)
