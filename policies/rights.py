"""Who gets a right by a resource, whatever its form: lists of permissions, grants, secret ACLs, roles, assignments.

A rule on rights reads this and no form of its own, so that no form is a way around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rolecall.access.systems import access_list_types
from rolecall.ids.id_text import id_text
from rolecall.kinds.access import RULE_SET
from rolecall.kinds.registry import KINDS
from rolecall.policies.clusters import clusters_of
from rolecall.policies.properties import Properties, principal_of
from rolecall.policies.rule import Resource
from rolecall.policies.securables import OWNED
from rolecall.policies.types import (
    ACCESS_CONTROL_RULE_SET,
    ALERT_V2,
    APP,
    APP_SPACE,
    CLUSTER,
    GRANT,
    GRANTS,
    JOB,
    MWS_PERMISSION_ASSIGNMENT,
    PERMISSION_ASSIGNMENT,
    PERMISSIONS,
    PIPELINE,
    SECRET_ACCESS,
    SECRET_ACL,
    SECRET_SCOPE,
)

# Properties of grants that name what recipients hold.
_FOR_RECIPIENTS = tuple(kind.access.object_property for kind in KINDS if kind.held_by_recipients)
ORCHESTRATORS = access_list_types()
# Types with a `runAs` property.
RUN_AS = (JOB, PIPELINE, ALERT_V2)
# What gives rights to a service principal of its own: https://docs.databricks.com/en/dev-tools/databricks-apps/auth.html
APPS = (APP, APP_SPACE)
GIVES_RIGHTS = (
    *(PERMISSIONS, GRANTS, GRANT, SECRET_ACL, SECRET_ACCESS, SECRET_SCOPE, ACCESS_CONTROL_RULE_SET),
    *(PERMISSION_ASSIGNMENT, MWS_PERMISSION_ASSIGNMENT, *ORCHESTRATORS, *OWNED),
    *RUN_AS,
    *APPS,
    CLUSTER,
)
# Application ids of service principals; Databricks makes them of this form.
_APPLICATION_ID = re.compile(r"(?i)^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\d+)$")
_SORTS = {
    "GROUP": "group",
    "TEAM": "group",
    "USER_GROUP": "group",
    "APPLICATION": "principal",
    "SERVICE_ACCOUNT": "principal",
}


class Sort(StrEnum):
    """The sort of a holder."""

    GROUP = "group"
    PRINCIPAL = "principal"
    PERSON = "person"
    ID = "id"


@dataclass(frozen=True)
class Right:
    """A right of one holder.

    Attributes:
        path: where it stands in the resource.
        sort: what sort of holder it is; `ID` where the resource names a number of the account.
        holder: the group's name, the application id, the address or the number.
        what: the right, in the system's words.
    """

    path: str
    sort: Sort
    holder: str
    what: str


def rights_of(resource: Resource) -> Iterator[Right]:
    """Yield the rights that a resource grants, and their holders; ids of resources to be created are left out.

    Raises:
        Unknown: a value is not known during this preview.
    """
    kind, properties = resource.type, resource.properties
    if kind == PERMISSIONS:
        for entry in properties.items("accessControls"):
            yield from _named(entry, str(entry.read("permissionLevel")))
    elif is_for_recipients(resource):
        return
    elif kind in (GRANTS, SECRET_ACCESS):
        for entry in properties.items("grants" if kind == GRANTS else "entries"):
            yield from _principal(entry)
    elif kind in (GRANT, SECRET_ACL):
        yield from _principal(properties)
    elif kind == SECRET_SCOPE:
        if holder := properties.read("initialManagePrincipal"):
            yield Right("initialManagePrincipal", Sort.GROUP, str(holder), "MANAGE")
    elif kind == ACCESS_CONTROL_RULE_SET:
        for rule in properties.items("grantRules"):
            for one in rule.known("principals"):
                sort, _, name = str(one).partition("/")
                yield Right(rule.path, _of_rule_set(sort), name, str(rule.read("role")))
    elif kind in (PERMISSION_ASSIGNMENT, MWS_PERMISSION_ASSIGNMENT):
        what = ", ".join(map(str, properties.read("permissions") or []))
        yield from _named(properties, what)
        if properties.is_set("principalId"):
            yield Right("principalId", Sort.ID, id_text(properties.known_or_none("principalId")), what)
    elif kind in ORCHESTRATORS:
        for holder in properties.items("holders"):
            sort = Sort(_SORTS.get(str(holder.read("type")), "person"))
            yield Right(holder.path, sort, str(holder.read("name")), str(holder.read("access")))
    elif kind in RUN_AS:
        yield from _runs_as(properties)
        yield from _dedicated(resource) if kind == JOB else ()
    elif kind == CLUSTER:
        yield from _dedicated(resource)
    elif kind in APPS:
        yield from _of_app(properties)
    elif properties.is_set("owner") and (owner := properties.known_or_none("owner")):
        yield Right("owner", sort_of(str(owner)), str(owner), "everything, as its owner")


def is_for_recipients(resource: Resource) -> bool:
    """Return whether a list is of recipients outside the account, which alone hold shares."""
    return resource.type in (GRANTS, GRANT) and any(resource.properties.is_set(name) for name in _FOR_RECIPIENTS)


def sort_of(principal: str) -> Sort:
    """Return the sort of a principal that Databricks distinguishes by its form only."""
    if "@" in principal:
        return Sort.PERSON
    return Sort.PRINCIPAL if _APPLICATION_ID.match(principal) else Sort.GROUP


def _named(entry: Properties, what: str) -> Iterator[Right]:
    group = entry.read("groupName")
    path = entry.path or "it"
    if group is not None:
        yield Right(path, Sort.GROUP, str(group), what)
    if entry.is_set("userName"):
        yield Right(path, Sort.PERSON, str(entry.known_or_none("userName") or ""), what)
    if entry.is_set("servicePrincipalName"):
        yield Right(path, Sort.PRINCIPAL, str(entry.known_or_none("servicePrincipalName") or ""), what)


def _runs_as(properties: Properties) -> Iterator[Right]:
    """Yield whom something runs as; rules of their own refuse persons."""
    for name, sort in (("servicePrincipalName", Sort.PRINCIPAL), ("groupName", Sort.GROUP)):
        if properties.is_set(f"runAs.{name}"):
            holder = properties.known_or_none(f"runAs.{name}")
            yield Right("runAs", sort, str(holder or ""), "running in production")


def _dedicated(resource: Resource) -> Iterator[Right]:
    for cluster in clusters_of(resource):
        if holder := str(cluster.known_or_none("singleUserName") or ""):
            yield Right(cluster.path or "singleUserName", sort_of(holder), holder, "all that runs there")


def _of_app(properties: Properties) -> Iterator[Right]:
    """Yield the grants of an app to its own service principal, whose id is unknown until the app is created."""
    for used in properties.items("resources"):
        for name in used.names:
            part = used.within(name) if isinstance(used.read(name), dict) else None
            if part is not None and (level := part.read("permission")):
                yield Right(f"{used.path}.{name}", Sort.PRINCIPAL, f"app:{properties.read('name')}", str(level))


def _principal(entry: Properties) -> Iterator[Right]:
    privileges = entry.read("privileges")
    what = ", ".join(map(str, privileges)) if privileges else str(entry.read("permission") or "")
    holder = principal_of(entry)
    if holder:
        yield Right(entry.path or "it", sort_of(holder), holder, what)


def _of_rule_set(sort: str) -> Sort:
    return dict(zip(RULE_SET.prefixes, (Sort.GROUP, Sort.PRINCIPAL), strict=True)).get(f"{sort}/", Sort.PERSON)
