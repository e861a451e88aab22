"""Rules on data and secrets: never for everybody, never for a person.

The principal of a grant is the id of a service principal where it is not known during a preview; it is known, and
looked at again, before the grant is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.everybody import is_everybody
from rolecall.policies.properties import Properties, principal_of
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import GRANT, GRANTS, SECRET_ACCESS, SECRET_ACL

# What shows and opens the way, and lets nobody read anything.
HARMLESS = frozenset({"BROWSE", "USE_CATALOG", "USE_SCHEMA"})
UNITY = "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html"
SECRETS = "https://docs.databricks.com/en/security/auth/access-control/index.html#secret-acls"


def _entries(resource: Resource) -> Iterator[Properties]:
    """Yield the parts of a resource that each give something to one principal."""
    if resource.type == GRANTS:
        yield from resource.properties.items("grants")
    elif resource.type == SECRET_ACCESS:
        yield from resource.properties.items("entries")
    else:
        yield resource.properties


def privileges_of(resource: Resource) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield what a resource gives in Unity Catalog: where it stands, to whom, and which privileges."""
    for entry in _entries(resource):
        privileges = frozenset(str(one).upper().replace(" ", "_") for one in entry.read("privileges") or [])
        yield entry.path or "it", principal_of(entry), privileges


def _data_not_for_everybody(resource: Resource, context: Context) -> Iterator[Finding]:
    for where, principal, privileges in privileges_of(resource):
        if is_everybody(principal) and privileges - HARMLESS:
            given = ", ".join(sorted(privileges - HARMLESS))
            how = f"Allowed: {', '.join(sorted(HARMLESS))}. Bind a group of the people who need more."
            yield Finding(f"{where} gives {given} to {principal!r}, which is everybody", how)


def _data_not_to_persons(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in _entries(resource):
        entry.read("privileges")
        if "@" in principal_of(entry):
            how = "Give it to a group of the identity provider and put the person into that group."
            yield Finding(f"{entry.path or 'it'} gives privileges to a person", how)


def _secrets_not_for_everybody(resource: Resource, context: Context) -> Iterator[Finding]:
    for entry in _entries(resource):
        level = entry.read("permission")
        if is_everybody(principal_of(entry)) or "@" in principal_of(entry):
            how = "Give it to the service principals whose jobs read the secrets, or to a group that is bound."
            yield Finding(f"{entry.path or 'it'} gives {level} to {principal_of(entry)!r}", how)


RULES = (
    Rule(
        "data-not-for-everybody",
        "The group of all users reads and writes nothing in Unity Catalog.",
        (GRANTS, GRANT),
        _data_not_for_everybody,
        Severity.CRITICAL,
        UNITY,
    ),
    Rule(
        "data-to-groups-not-persons",
        "Privileges in Unity Catalog go to groups and service principals, never to persons.",
        (GRANTS, GRANT),
        _data_not_to_persons,
        Severity.HIGH,
        UNITY,
    ),
    Rule(
        "secrets-not-for-everybody",
        "Secret scopes are open neither to the group of all users nor to single persons.",
        (SECRET_ACL, SECRET_ACCESS),
        _secrets_not_for_everybody,
        Severity.CRITICAL,
        SECRETS,
    ),
)
