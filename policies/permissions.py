"""Rules on permission objects: who may hold what, and who always keeps access."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from policies.context import Context
from policies.properties import principal_of
from policies.rule import Finding, Resource, Rule
from policies.types import (
    ACCESS_CONTROL_RULE_SET,
    GRANTS,
    MWS_PERMISSION_ASSIGNMENT,
    PERMISSION_ASSIGNMENT,
    PERMISSIONS,
    SECRET_ACCESS,
)
from rolecall.contract.naming import ALL_USERS

VIEW_LEVELS = ("CAN_VIEW", "CAN_READ")
BREAK_GLASS = PolicyConfigSchema(properties={"break_glass_group": {"type": "string"}})
PRODUCTION = PolicyConfigSchema(
    properties={
        "production": {
            "type": "object",
            "description": "for each production stack, the groups that may hold rights there",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        }
    }
)
# What has exactly one owner, by the property that names it.
OWNED = {"jobId": "job", "sqlEndpointId": "SQL warehouse"}
LISTS = "https://docs.databricks.com/en/security/auth/access-control/index.html"


def _not_to_persons(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in resource.properties.items("accessControls"):
        if entry.is_set("userName"):
            how = "Give it to a group of the identity provider and put the person into that group."
            yield Finding(f"{entry.path} gives {entry.read('permissionLevel')} to a person", how)


def _all_users_view(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in resource.properties.items("accessControls"):
        group, level = entry.read("groupName"), entry.read("permissionLevel")
        if group in ALL_USERS and level not in VIEW_LEVELS:
            how = f"Allowed: {' or '.join(VIEW_LEVELS)}. Bind a group of the people who need more."
            yield Finding(f"{entry.path} gives {level} to {group!r}, which is everybody", how)


def _owner_stays(resource: Resource, context: Context) -> Iterator[Finding]:
    noun = next((noun for name, noun in OWNED.items() if resource.properties.is_set(name)), None)
    if noun is None:
        return
    owners = [e for e in resource.properties.items("accessControls") if e.read("permissionLevel") == "IS_OWNER"]
    if len(owners) != 1:
        yield Finding(f"the {noun} would have {len(owners) or 'no'} owners", "Name exactly one, a service principal.")
    elif owners[0].is_set("groupName"):
        how = f"Databricks lets only a service principal or user own a {noun}."
        yield Finding(f"the {noun} would be owned by a group", how)


def _groups(resource: Resource) -> list[str]:
    """Return the groups that hold something on an object, whatever the form of its list."""
    if resource.type == GRANTS:
        return [principal_of(entry) for entry in resource.properties.items("grants")]
    if resource.type == SECRET_ACCESS:
        return [principal_of(entry) for entry in resource.properties.items("entries")]
    if resource.type == ACCESS_CONTROL_RULE_SET:
        named = [one for rule in resource.properties.items("grantRules") for one in rule.known("principals")]
        return [str(one).removeprefix("groups/") for one in named]
    return [entry.read("groupName") for entry in resource.properties.items("accessControls")]


def _break_glass_stays(resource: Resource, context: Context) -> Iterator[Finding]:
    if context.break_glass is None:
        how = "Write `break_glass: {group: NAME}` in the contract, or set the rule's parameter break_glass_group."
        yield Finding("the contract names no break-glass group", how)
        return
    if context.break_glass not in [context.key_of(group) for group in _groups(resource)]:
        how = "Keep it in: without it nobody gets in when the identity provider or the deployer fails."
        yield Finding(f"the break-glass group {context.break_glass!r} would lose its access", how)


def _production_only_for_bound(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack not in context.protected:
        return
    bound = context.bound.get(resource.stack, frozenset())
    for entry in resource.properties.items("accessControls"):
        group = context.key_of(entry.read("groupName"))
        if group is not None and group not in bound:
            elsewhere = sorted(stack for stack, groups in context.bound.items() if group in groups)
            where = f"only in {', '.join(elsewhere)}" if elsewhere else "nowhere"
            how = f"Bind it in {resource.stack} with a ticket, or take it out. Bound there: {', '.join(sorted(bound))}."
            yield Finding(
                f"{entry.path} gives {entry.read('permissionLevel')} to {group!r}, which is bound {where}", how
            )


def _few_administrators(resource: Resource, context: Context) -> Iterator[Finding]:
    if "ADMIN" not in (resource.properties.read("permissions") or []):
        return
    if context.break_glass is None or not _is_of_break_glass(resource.name, context):
        how = "Allowed: the break-glass group. Give USER; roles give the rest where it is needed."
        yield Finding("it makes a principal administrator of a workspace", how)


def _is_of_break_glass(name: str, context: Context) -> bool:
    """Say whether an assignment is the break-glass group's, by its name: GROUP/WORKSPACE, elsewhere GROUP-WORKSPACE."""
    group, separator, _ = name.rpartition("/")
    return group == context.break_glass_resource if separator else name.startswith(f"{context.break_glass}-")


RULES = (
    Rule(
        "permissions-to-groups-not-persons",
        "Permissions go to groups and service principals, never to persons.",
        (PERMISSIONS,),
        _not_to_persons,
        Severity.HIGH,
        LISTS,
    ),
    Rule(
        "all-users-only-view",
        "The group of all users never gets more than view.",
        (PERMISSIONS,),
        _all_users_view,
        Severity.CRITICAL,
        LISTS,
    ),
    Rule(
        "owner-stays",
        "Every job and SQL warehouse keeps exactly one owner.",
        (PERMISSIONS,),
        _owner_stays,
        Severity.HIGH,
        LISTS,
    ),
    Rule(
        "break-glass-stays",
        "The break-glass group stays on every permission object, every list of grants, and every service principal.",
        (PERMISSIONS, GRANTS, ACCESS_CONTROL_RULE_SET, SECRET_ACCESS),
        _break_glass_stays,
        Severity.CRITICAL,
        LISTS,
        BREAK_GLASS,
        needs_contract=True,
    ),
    Rule(
        "production-only-for-bound-groups",
        "No right on production for a group that is not bound there.",
        (PERMISSIONS,),
        _production_only_for_bound,
        Severity.CRITICAL,
        LISTS,
        PRODUCTION,
        needs_contract=True,
    ),
    Rule(
        "few-workspace-administrators",
        "Only the break-glass group is administrator of a workspace.",
        (PERMISSION_ASSIGNMENT, MWS_PERMISSION_ASSIGNMENT),
        _few_administrators,
        Severity.CRITICAL,
        "https://docs.databricks.com/en/admin/users-groups/index.html",
        BREAK_GLASS,
        needs_contract=True,
    ),
)
