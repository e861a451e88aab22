from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.hosts import host_of
from rolecall.policies.rights import APPS, GIVES_RIGHTS, ORCHESTRATORS, Right, Sort, rights_of
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.state import principals_in_states
from rolecall.policies.types import (
    GROUP,
    MWS_PERMISSION_ASSIGNMENT,
    PERMISSION_ASSIGNMENT,
    PERMISSIONS,
    SERVICE_PRINCIPAL,
)

# What the account holds, and what is assigned to a workspace where it is made through one.
_IDENTITIES = (GROUP, SERVICE_PRINCIPAL)


PRODUCTION = PolicyConfigSchema(
    properties={
        "production": {
            "type": "object",
            "description": "for each production workspace, by its address, the groups that may hold rights there; "
            "a stack's name works too, and proves less: the program's author chooses it",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "principals": {
            "type": "array",
            "description": "application ids of the service principals that may hold rights there, and app:NAME for the "
            "one of an app; without a contract and without them, any may",
            "items": {"type": "string"},
            "default": [],
        },
        "break_glass_id": {"type": "string", "description": "id of the break-glass group in the Databricks account"},
    }
)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    there = context.production_of(resource)
    if resource.type in APPS:
        there |= _by_catalog(resource, context)
    if resource.type in ORCHESTRATORS:
        there |= _by_name(resource, context)
    if not there or _is_about_tokens(resource):
        return
    if resource.type in _IDENTITIES:
        yield from _comes_into_a_workspace(resource, there, context)
        return
    bound = frozenset().union(*(context.bound.get(one, frozenset()) for one in there))
    for right in rights_of(resource):
        yield from _judged(right, resource, there, bound, context)


def _comes_into_a_workspace(resource: Resource, there: frozenset[str], context: Context) -> Iterator[Finding]:
    """What is made through a workspace is assigned to it: https://docs.databricks.com/api/workspace/serviceprincipals."""
    hosts = context.hosts_for(resource)
    host = host_of(resource, hosts)
    if not context.own_program and host in hosts.environments and host != hosts.account:
        how = (
            "Make it through the account (a provider with the account's host and id), and bind groups in the contract."
        )
        yield Finding(f"it is made in a workspace of {', '.join(sorted(there))}, which admits it there", how)


def _judged(
    right: Right, resource: Resource, there: frozenset[str], bound: frozenset[str], context: Context
) -> Iterator[Finding]:
    place = ", ".join(sorted(there))
    how = f"Bind it in {place} with a ticket, or take it out. Bound there: {', '.join(sorted(bound))}."
    gives = f"{right.path} grants {right.what} to"
    if right.sort is Sort.GROUP:
        group = context.key_of(right.holder, in_orchestrator=resource.type in ORCHESTRATORS)
        if group not in bound:
            elsewhere = sorted(one for one, groups in context.bound.items() if group in groups)
            where = f"only in {', '.join(elsewhere)}" if elsewhere else "nowhere"
            yield Finding(f"{gives} {group!r}, which is bound {where}", how)
    elif right.sort is Sort.PERSON and resource.type in (PERMISSION_ASSIGNMENT, MWS_PERMISSION_ASSIGNMENT):
        yield Finding(f"{gives} a person", how)
    elif right.sort is Sort.PRINCIPAL and resource.type in ORCHESTRATORS:
        if not any(right.holder.startswith(f"{one}-") for one in there):
            yield Finding(f"{gives} {right.holder!r}, a service principal of another environment", how)
    elif right.sort is Sort.PRINCIPAL and right.holder and not _may_hold(right.holder, resource, context):
        tell = "Allowed: those of the contract, by `rolecall up`, and those of the rule's parameter `principals`."
        yield Finding(
            f"{gives} the service principal {right.holder}, which is none of the organization's known ones", tell
        )
    elif right.sort is Sort.ID and right.holder != context.break_glass_id:
        yield from _numbered(right, resource, context)


def _may_hold(application_id: str, resource: Resource, context: Context) -> bool:
    """Return whether a service principal may hold rights in production.

    The contract names principals and knows no ids. A run of Rolecall's own program declares those of the contract only;
    what another program declares is compared with ids that the states or a parameter have.
    """
    if context.own_program or context.principals is None or application_id in context.principals:
        return True
    return application_id in principals_in_states(resource.urn, context.principal_marks)


def _numbered(right: Right, resource: Resource, context: Context) -> Iterator[Finding]:
    holder = right.holder or "a holder that is not known yet"
    if resource.type == MWS_PERMISSION_ASSIGNMENT:
        how = "Use a PermissionAssignment with the workspace's own provider."
        yield Finding(f"it assigns {holder} to a workspace by its numeric id", how)
    elif not context.has_contract:
        # Rolecall's own programs name groups by their number; who they are, the contract states.
        how = "Name the group: `groupName`, which Databricks resolves itself."
        yield Finding(f"it grants {holder} access to production, and the id is of no known holder", how)


def _by_name(resource: Resource, context: Context) -> frozenset[str]:
    """Return the production environments that a target in an orchestrator is of: its name begins with it."""
    target = str(resource.properties.read("targetId") or "")
    if resource.properties.read("targetType") == "TAG" or "*" in target:
        # It is about whatever carries the tag or fits the pattern, in every environment.
        return context.protected
    name = re.sub(r"^databricks-jobs?-as-", "", target.rpartition("/")[2]).replace("_", "-").lower()
    return frozenset(one for one in context.protected if name.startswith(f"{one.replace('_', '-').lower()}-"))


def _by_catalog(resource: Resource, context: Context) -> frozenset[str]:
    """Return the production environments whose catalogs an app reads, from whatever workspace."""
    found: frozenset[str] = frozenset()
    for used in resource.properties.items("resources"):
        name = str(used.read("ucSecurable.securableFullName") or "").split(".")[0].strip("` ").lower()
        found |= context.hosts.catalogs.get(name, frozenset())
    return found & context.protected


def _is_about_tokens(resource: Resource) -> bool:
    """Return whether the list is of token users; rules of their own judge it, and a token grants no right."""
    properties = resource.properties
    objects = [name for name in properties.names if name.endswith(("Id", "Path", "Name"))]
    return resource.type == PERMISSIONS and properties.is_set("authorization") and not objects


RULE = Rule(
    "production-only-for-bound-groups",
    "No right on production, in any form, for a group that is not bound there.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/auth/access-control/index.html",
    (Theme.LEAST_PRIVILEGE, Theme.ENVIRONMENTS),
    (*GIVES_RIGHTS, *_IDENTITIES),
    _check,
    Example(
        PERMISSIONS,
        compliant.PERMISSIONS,
        (put("accessControls.3", {"groupName": "engineers", "permissionLevel": "CAN_VIEW"}),),
        (compliant.ENTRIES, "accessControls.1", "accessControls.1.groupName"),
    ),
    parameters=PRODUCTION,
    needs_contract=True,
    needs=("production",),
)
