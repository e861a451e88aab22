"""Who is in the groups of a contract, as a snapshot knows it."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.access.membership import included
from rolecall.contract.contract import Contract
from rolecall.snapshots.snapshot import GroupRow, Snapshot


def people_of(snapshot: Snapshot, before: Contract, contract: Contract) -> Mapping[str, frozenset[str]]:
    """Return the people directly in each group of a contract; a group whose people are not known is left out.

    Groups are matched by their ids in the identity provider, those that Rolecall creates by their keys, former ones
    included. People who are in a group because it includes another one are left out: a contract says what it includes.

    Args:
        snapshot: the snapshot.
        before: the contract that the snapshot is of.
        contract: that contract, or a later one.
    """
    rows = rows_of(snapshot, before, contract)
    known = {one.key: frozenset(one.people) for one in snapshot.groups if one.people is not None}
    found: dict[str, frozenset[str]] = {}
    for key, row in rows.items():
        if row.people is not None:
            nested = (known.get(one, frozenset()) for one in included(before.groups, row.key))
            found[key] = frozenset(row.people).difference(*nested)
    return found


def unknown_groups(snapshot: Snapshot, before: Contract, contract: Contract) -> list[str]:
    """Return the keys of a contract's groups of whose people nothing is known."""
    rows = rows_of(snapshot, before, contract)
    return [key for key in sorted(contract.groups) if key not in rows or rows[key].people is None]


def rows_of(snapshot: Snapshot, before: Contract, contract: Contract) -> Mapping[str, GroupRow]:
    """Return the snapshot's groups by their keys in a contract; arguments as those of `people_of`."""
    rows = {one.key: one for one in snapshot.groups if one.key in before.groups}
    by_id = {external: row for key, row in rows.items() if (external := before.groups[key].external)}
    found: dict[str, GroupRow] = {}
    for key, group in contract.groups.items():
        if group.external:
            row = by_id.get(group.external)
        else:
            former = (one for one in (key, *group.renamed_from) if one in rows and not before.groups[one].external)
            row = rows.get(next(former, ""))
        if row is not None:
            found[key] = row
    return found
