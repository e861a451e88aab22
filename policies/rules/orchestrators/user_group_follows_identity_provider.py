from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import one_of, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import HARNESS_USER_GROUP

RULE = Rule(
    "user-group-follows-identity-provider",
    "The identity provider owns the membership of user groups in Harness.",
    Severity.HIGH,
    "https://developer.harness.io/docs/platform/role-based-access-control/add-user-groups",
    (Theme.LIFECYCLE,),
    (HARNESS_USER_GROUP,),
    refuse(
        one_of("linked", False),
        "anybody can be put into the group by hand",
        "Leave `linked` out: single sign-on fills it.",
    ),
    Example(
        HARNESS_USER_GROUP,
        {"name": "analysts", "managedBy": "rolecall:acme"},
        (put("linked", False),),
        ("linked",),
    ),
)
