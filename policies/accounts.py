"""Rules on people, groups and administrators: the identity provider says who they are, and nobody goes around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.everybody import is_everybody
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    ACCESS_CONTROL_RULE_SET,
    GROUP,
    GROUP_MEMBER,
    GROUP_ROLE,
    SERVICE_PRINCIPAL,
    SERVICE_PRINCIPAL_ROLE,
    USER,
    USER_ROLE,
)

SYNC = "https://docs.databricks.com/en/admin/users-groups/scim/index.html"
ADMINISTRATORS = "https://docs.databricks.com/en/admin/users-groups/index.html"
PRINCIPAL_ROLES = "https://docs.databricks.com/en/security/auth/access-control/service-principal-acl.html"


def _no_person_declared(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Take it out: automatic identity management or SCIM brings the person, and takes them away again."
    yield Finding("it makes a person whom the identity provider does not know to belong here", how)


def _members_by_identity_provider(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Put the member into the group in the identity provider; a nested group gets all that the outer one holds."
    yield Finding("it puts a member into a group past the identity provider", how)


def _no_takeover(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("force"):
        how = "Leave `force` out, and import the existing one if it is meant: `pulumi import`."
        yield Finding("`force` takes over whatever has its name already, with all that it holds", how)


def _no_account_administrator(resource: Resource, context: Context) -> Iterator[Finding]:
    role = str(resource.properties.read("role") or "")
    if re.search(r"admin|manager|assumer", role, re.I):
        how = "Account administrators are named in the account console, by two people, and few in number."
        yield Finding(f"it gives the role {role}", how)
    elif "instance-profile/" in role or role.startswith("arn:"):
        how = "Access data through Unity Catalog, which checks the caller's grants."
        yield Finding("it lets a principal use an instance profile, whose rights nobody sees here", how)


def _principals_managed_by_groups(resource: Resource, context: Context) -> Iterator[Finding]:
    for rule in resource.properties.items("grantRules"):
        role = str(rule.read("role") or "")
        if "admin" in role.lower():
            how = "Account administrators are named in the account console, by two people, and few in number."
            yield Finding(f"{rule.path} gives the role {role}", how)
        for principal in rule.known("principals"):
            kind, _, name = str(principal).partition("/")
            if kind == "users":
                how = "Give the role to a group of the identity provider."
                yield Finding(f"{rule.path} gives {rule.read('role')} to a person", how)
            elif kind == "groups" and is_everybody(name):
                how = "Give the role to the group whose jobs run as this principal."
                yield Finding(f"{rule.path} gives {rule.read('role')} to {name!r}, which is everybody", how)


RULES = (
    Rule(
        "persons-come-from-identity-provider",
        "No person is declared: the identity provider brings people and takes them away.",
        (USER,),
        _no_person_declared,
        Severity.HIGH,
        SYNC,
    ),
    Rule(
        "members-come-from-identity-provider",
        "Nobody, and no other group, is put into a group past the identity provider.",
        (GROUP_MEMBER,),
        _members_by_identity_provider,
        Severity.HIGH,
        SYNC,
    ),
    Rule(
        "no-forced-takeover",
        "Nothing that exists already is taken over by force.",
        (GROUP, SERVICE_PRINCIPAL, USER),
        _no_takeover,
        Severity.HIGH,
        "https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/group#force",
    ),
    Rule(
        "no-strong-role-by-the-side",
        "No administrator's role and no instance profile is given to a principal.",
        (GROUP_ROLE, USER_ROLE, SERVICE_PRINCIPAL_ROLE),
        _no_account_administrator,
        Severity.CRITICAL,
        ADMINISTRATORS,
    ),
    Rule(
        "service-principals-managed-by-groups",
        "Who uses or manages a service principal is a group, neither a person nor everybody.",
        (ACCESS_CONTROL_RULE_SET,),
        _principals_managed_by_groups,
        Severity.CRITICAL,
        PRINCIPAL_ROLES,
    ),
)
