"""Rules on permission objects: who may hold what, and who always keeps access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.contract.naming import SYSTEM_CATALOG
from rolecall.kinds.access import INTERFACES
from rolecall.kinds.registry import KINDS
from rolecall.policies.context import Context
from rolecall.policies.everybody import is_everybody
from rolecall.policies.hosts import catalog_of
from rolecall.policies.rights import ORCHESTRATORS, Right, Sort, rights_of
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    MWS_PERMISSION_ASSIGNMENT,
    PERMISSION_ASSIGNMENT,
    PERMISSIONS,
)
from rolecall.stack_names import ACCOUNT_STACK

VIEW_LEVELS = ("CAN_VIEW", "CAN_READ")
BREAK_GLASS = PolicyConfigSchema(
    properties={
        "break_glass_group": {"type": "string"},
        "break_glass_id": {"type": "string", "description": "id of the break-glass group in the Databricks account"},
    }
)
# What has exactly one owner, by the property that names it.
OWNED = {
    kind.access.object_property: kind.noun for kind in KINDS if kind.owner is not None and kind.owner.by == "level"
}
LISTS = "https://docs.databricks.com/en/security/auth/access-control/index.html"


def _not_to_persons(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in resource.properties.items("accessControls"):
        if entry.is_set("userName"):
            how = "Give it to a group of the identity provider and put the person into that group."
            yield Finding(f"{entry.path} gives {entry.read('permissionLevel')} to a person", how)


def _all_users_view(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in resource.properties.items("accessControls"):
        group, level = entry.read("groupName"), entry.read("permissionLevel")
        if is_everybody(group) and level not in VIEW_LEVELS:
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


# By the type of a list, the words of which break-glass has to hold one.
FULL_RIGHTS: Mapping[str, frozenset[str]] = {
    token: form.full for form in INTERFACES if form.full for token in (form.token, form.single) if token
}
# Properties that name objects on which no such word is known.
WITHOUT_FULL_RIGHTS = frozenset(
    {
        *(name for form in INTERFACES for name in form.without_full),
        *(
            kind.access.marker
            for kind in KINDS
            if not kind.access.names and kind.access.interface.full and not kind.vocabulary & kind.access.interface.full
        ),
    }
)
# Types that declare the entries of one subject, and nothing about others.
OF_ONE_SUBJECT = frozenset(form.single for form in INTERFACES if form.single)


def _break_glass_stays(resource: Resource, context: Context) -> Iterator[Finding]:
    if context.break_glass is None and goes_without_break_glass(resource, context):
        return
    if context.break_glass is None:
        how = "Write `break_glass: {group: NAME}` in the contract, or set the rule's parameter break_glass_group."
        yield Finding("the contract names no break-glass group", how)
        return
    if catalog_of(resource) == SYSTEM_CATALOG:
        return  # Databricks owns it; who may read it, the contract's auditors are
    held = [one for one in rights_of(resource) if _is_break_glass(one, resource, context)]
    how = "Keep it: it is the way in when the identity provider or the deployer fails."
    if not held:
        if resource.type not in OF_ONE_SUBJECT:
            yield Finding(f"the break-glass group {context.break_glass!r} would lose its access", how)
        return
    words = {word.strip().upper().replace(" ", "_") for one in held for word in one.what.split(",")}
    full = {word.upper() for word in FULL_RIGHTS[resource.type]}
    lesser = any(resource.properties.is_set(name) for name in WITHOUT_FULL_RIGHTS)
    if not lesser and not words & full:
        levels = " or ".join(sorted(FULL_RIGHTS[resource.type]))
        yield Finding(
            f"the break-glass group {context.break_glass!r} would keep {', '.join(sorted(words)).lower()} only",
            f"Give it {levels}. {how}",
        )


def goes_without_break_glass(resource: Resource, context: Context) -> bool:
    """Return whether a resource is the contract's own, and the contract says why it has no break-glass group.

    A contract beside a program speaks for its own objects only.
    """
    return context.no_break_glass is not None and context.place_of(resource.urn) is not None


def _is_break_glass(right: Right, resource: Resource, context: Context) -> bool:
    if right.sort is not Sort.GROUP:
        return False
    return context.key_of(right.holder, in_orchestrator=resource.type in ORCHESTRATORS) == context.break_glass


def _few_administrators(resource: Resource, context: Context) -> Iterator[Finding]:
    rights = [one for one in rights_of(resource) if "ADMIN" in one.what.split(", ")]
    if not rights:
        return
    how = "Allowed: the break-glass group. Give USER; roles give the rest where it is needed."
    for right in rights:
        if right.sort is Sort.ID:
            if not _is_the_administrator(right.holder, resource, context):
                if context.break_glass_id is None and not context.own_program:
                    what = "it makes a principal administrator of a workspace, and no id says who is break-glass"
                    yield Finding(what, f"Set the parameter `break_glass_id` to the group's id in the account. {how}")
                    continue
                yield Finding("it makes a principal administrator of a workspace", how)
        elif not _is_break_glass(right, resource, context):
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
        "exactly-one-owner",
        "Every job and SQL warehouse keeps exactly one owner.",
        (PERMISSIONS,),
        _owner_stays,
        Severity.HIGH,
        LISTS,
    ),
    Rule(
        "break-glass-stays",
        "The break-glass group keeps full rights on every permission object, list of grants, and service principal.",
        tuple(FULL_RIGHTS),
        _break_glass_stays,
        Severity.CRITICAL,
        LISTS,
        BREAK_GLASS,
        needs_contract=True,
        needs=("break_glass",),
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
        needs=("break_glass",),
    ),
)
