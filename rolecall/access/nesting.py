"""Rights that members of a group hold because another group includes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rolecall.access.effective import Access
from rolecall.access.grant import Grant
from rolecall.contract.group import Group
from rolecall.ids.ids import GroupId, ObjectId, Subject


@dataclass(frozen=True)
class NestedGrant:
    """A grant that a group has through others.

    Attributes:
        grant: what it may do; the subject is the member group.
        source: the grant of the last group in `via`, from which it follows.
        via: the groups between, the one that it is a direct member of first.
    """

    grant: Grant
    source: Grant
    via: tuple[str, ...]


def nested_grants(
    groups: Mapping[str, Group], grants: Iterable[Grant], access: Access, *, every: bool = False
) -> Iterator[NestedGrant]:
    """Yield what groups hold through groups that include them.

    Args:
        groups: the contract's groups.
        grants: what subjects hold themselves.
        access: the highest verb of each subject on each object.
        every: also what a group has otherwise already: by itself, or a higher verb through another group.
    """
    chains = {name: dict(_members(groups, name)) for name, group in groups.items() if group.includes}
    found = [
        NestedGrant(Grant(grant.target, GroupId(member), grant.verb), grant, via)
        for grant in grants
        if isinstance(grant.subject, GroupId)
        for member, via in chains.get(grant.subject.key, {}).items()
    ]
    highest: dict[tuple[ObjectId, Subject], int] = {}
    for one in found:
        key = (one.grant.target, one.grant.subject)
        highest[key] = max(highest.get(key, -1), one.grant.verb.rank)
    for one in sorted(found, key=lambda one: (one.grant.order, one.source.order, one.via)):
        own = access.get(one.grant.target, {}).get(one.grant.subject)
        known = own is not None and own.rank >= one.grant.verb.rank
        if every or (not known and one.grant.verb.rank == highest[one.grant.target, one.grant.subject]):
            yield one


def _members(groups: Mapping[str, Group], name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each group whose members are in a group, with the way there, the shortest one."""
    seen = {name}
    pending: list[tuple[str, tuple[str, ...]]] = [(name, (name,))]
    while pending:
        outer, via = pending.pop(0)
        for member in sorted(groups[outer].includes) if outer in groups else ():
            if member not in seen:
                seen.add(member)
                yield member, via
                pending.append((member, (member, *via)))
