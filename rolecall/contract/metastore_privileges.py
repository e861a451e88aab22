"""Privileges of groups on metastores, as resources and comparisons need them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.contract.contract import Contract

# With USE_SHARE, its holder opens any share to recipients, also to one of its own:
# https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html
OPENS_SHARES = "SET_SHARE_PERMISSION"
# Its holder determines which init scripts and libraries shared clusters accept:
# https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/allowlist.html
ALLOWS_CODE = "MANAGE_ALLOWLIST"


@dataclass(frozen=True)
class MetastoreGrant:
    """The privileges of a group on a metastore.

    Attributes:
        key: the metastore's key in the contract.
        metastore: its id.
        workspace: the first workspace that it is assigned to, by which it is reached.
        group: the group's key.
        privileges: the privileges, in order.
    """

    key: str
    metastore: str
    workspace: str
    group: str
    privileges: tuple[str, ...]


def metastore_grants(contract: Contract) -> Iterator[MetastoreGrant]:
    """Yield the privileges that the contract declares, in a fixed order."""
    for key, declared in sorted(contract.metastores.items()):
        assigned = [name for name, one in contract.workspaces.items() if is_same(one.metastore, declared.id)]
        for group, privileges in sorted(declared.privileges.items()):
            if assigned and privileges:
                yield MetastoreGrant(key, declared.id, assigned[0], group, tuple(sorted({*privileges})))


def is_same(first: str | None, second: str | None) -> bool:
    """Return whether two ids name the same metastore."""
    return (first or "").casefold() == (second or "").casefold()
