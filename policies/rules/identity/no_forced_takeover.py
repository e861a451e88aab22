from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import GROUP, SERVICE_PRINCIPAL, USER


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("force"):
        how = "Leave `force` out, and import the existing one if it is meant: `pulumi import`."
        yield Finding("`force` takes over whatever has its name already, with all that it holds", how)


RULE = Rule(
    "no-forced-takeover",
    "Nothing that exists already is taken over by force.",
    (GROUP, SERVICE_PRINCIPAL, USER),
    _check,
    Severity.HIGH,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/group#force",
    themes=(Theme.LIFECYCLE,),
    example=Example(SERVICE_PRINCIPAL, {"displayName": "trainer"}, (put("force", value=True),), (("force",),)),
)
