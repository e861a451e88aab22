from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.permissions import BREAK_GLASS, is_break_glass
from rolecall.policies.rights import Sort, rights_of
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import MWS_PERMISSION_ASSIGNMENT, PERMISSION_ASSIGNMENT
from rolecall.stack_names import ACCOUNT_STACK


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    rights = [one for one in rights_of(resource) if "ADMIN" in one.what.split(", ")]
    if not rights:
        return
    how = "Allowed: the break-glass group. Give USER; roles give the rest where it is needed."
    for right in rights:
        if right.sort is Sort.ID:
            if not _is_the_administrator(right.holder, resource, context):
                if context.break_glass_id is None and not context.own_program:
                    what = (
                        "it makes a principal administrator of a workspace, and no id identifies the break-glass group"
                    )
                    yield Finding(what, f"Set the parameter `break_glass_id` to the group's id in the account. {how}")
                    continue
                yield Finding("it makes a principal administrator of a workspace", how)
        elif not is_break_glass(right, resource, context):
            yield Finding(f"it makes {right.holder or 'a principal'} administrator of a workspace", how)


def _is_the_administrator(principal: str, resource: Resource, context: Context) -> bool:
    """Return whether a number of the account is the break-glass group's.

    Where no parameter says its id, only a run of Rolecall's own program for the account is known to name the assignment
    after that group; any other program may name one so.
    """
    if context.break_glass_id is not None:
        return principal == context.break_glass_id
    if not context.own_program or context.break_glass is None or resource.stack != ACCOUNT_STACK:
        return False
    group, separator, _ = resource.name.rpartition("/")
    return bool(separator) and group == context.break_glass_resource and resource.type == PERMISSION_ASSIGNMENT


RULE = Rule(
    "few-workspace-administrators",
    "Only the break-glass group is administrator of a workspace.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/admin/users-groups/index.html",
    (Theme.ADMINISTRATORS,),
    (PERMISSION_ASSIGNMENT, MWS_PERMISSION_ASSIGNMENT),
    _check,
    Example(
        PERMISSION_ASSIGNMENT,
        {"principalId": "1", "permissions": ["USER"]},
        (put("permissions", ["ADMIN"]),),
        ("permissions", "permissions.0"),
    ),
    parameters=BREAK_GLASS,
    needs_contract=True,
    needs=("break_glass",),
)
