"""Shared by rules on data and secrets: the entries of grants.

The principal of a grant is the id of a service principal where it is not known during a preview; it is known, and
looked at again, before the grant is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies.properties import Properties, principal_of
from rolecall.policies.rule import Resource
from rolecall.policies.types import GRANTS, SECRET_ACCESS


def entries_of(resource: Resource) -> Iterator[Properties]:
    """Yield the parts of a resource that each grant access to one principal."""
    if resource.type == GRANTS:
        yield from resource.properties.items("grants")
    elif resource.type == SECRET_ACCESS:
        yield from resource.properties.items("entries")
    else:
        yield resource.properties


def privileges_of(resource: Resource) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield the grants of a resource in Unity Catalog: path, principal and privileges."""
    for entry in entries_of(resource):
        privileges = frozenset(str(one).upper().replace(" ", "_") for one in entry.read("privileges") or [])
        yield entry.path or "it", principal_of(entry), privileges
