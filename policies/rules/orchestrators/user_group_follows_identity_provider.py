from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import HARNESS_USER_GROUP


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("linked") is False:
        yield Finding("anybody can be put into the group by hand", "Leave `linked` out: single sign-on fills it.")


RULE = Rule(
    "user-group-follows-identity-provider",
    "Who is in a user group in Harness, the identity provider says.",
    (HARNESS_USER_GROUP,),
    _check,
    Severity.HIGH,
    "https://developer.harness.io/docs/platform/role-based-access-control/add-user-groups",
    themes=(Theme.LIFECYCLE,),
    example=Example(
        HARNESS_USER_GROUP,
        {"name": "analysts", "managedBy": "rolecall:acme"},
        (put("linked", value=False),),
        (("linked",),),
    ),
)
