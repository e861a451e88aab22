from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import HARNESS_ROLE

# https://developer.harness.io/docs/platform/role-based-access-control/permissions-reference#pipelines
PIPELINE_RIGHTS = frozenset(
    {"core_pipeline_view", "core_pipeline_execute", "core_pipeline_edit", "core_pipeline_delete"}
)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    extra = sorted(str(one) for one in resource.properties.read("permissions") or [] if one not in PIPELINE_RIGHTS)
    if extra:
        how = f"Allowed: {', '.join(sorted(PIPELINE_RIGHTS))}."
        yield Finding(f"the role allows more than viewing, running and editing a pipeline: {', '.join(extra)}", how)


RULE = Rule(
    "role-is-about-pipelines",
    "A role in Harness is about pipelines, and administers nothing.",
    Severity.CRITICAL,
    "https://developer.harness.io/docs/platform/role-based-access-control/permissions-reference",
    (Theme.ADMINISTRATORS, Theme.LEAST_PRIVILEGE),
    (HARNESS_ROLE,),
    _check,
    Example(
        HARNESS_ROLE,
        {"identifier": "run", "managedBy": "rolecall:acme", "permissions": ["core_pipeline_execute"]},
        (put("permissions.0", "core_organization_edit"),),
        ("permissions", "permissions.0"),
    ),
)
