from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import always, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.rule import Rule
from rolecall.policies.types import GROUP_MEMBER

RULE = Rule(
    "members-come-from-identity-provider",
    "Only the identity provider adds members to groups.",
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/users-groups/scim/index.html",
    (Theme.LIFECYCLE,),
    (GROUP_MEMBER,),
    refuse(
        always,
        "it puts a member into a group past the identity provider",
        "Put the member into the group in the identity provider; a nested group gets all access of the outer one.",
    ),
    Example(GROUP_MEMBER, {"groupId": "1", "memberId": "2"}, (), ()),
)
