"""What rules know of the contract's groups in the identity provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rolecall.access.membership import included
from rolecall.contract.contract import Contract
from rolecall.contract.naming import group_resource
from rolecall.ids.ids import GroupId, ownership_mark


@dataclass(frozen=True)
class KnownGroup:
    """A group of the contract.

    Attributes:
        key: its key.
        external: its immutable id in the identity provider; None for a group that Rolecall makes there.
        adopt: whether a group of its name may be taken over.
        members: the members declared in the contract; None if it declares none.
        includes: keys of the groups that are directly in it.
        included: keys of all groups whose members are in it.
    """

    key: str
    external: str | None
    adopt: bool
    members: frozenset[str] | None
    includes: tuple[str, ...]
    included: tuple[str, ...]


@dataclass(frozen=True)
class IdentityFacts:
    """The contract's groups, and how they come to Databricks.

    Attributes:
        groups: the groups, by key.
        by_mark: keys of groups, by the mark that a group of ours carries in the identity provider.
        application: id of the application that provisions; None where none does.
        provisioning: who provisions: `scim`, `automatic` or `rolecall`.
        resource_names: the names of the groups' resources.
    """

    groups: Mapping[str, KnownGroup]
    by_mark: Mapping[str, str]
    application: str | None
    provisioning: str
    resource_names: frozenset[str] = frozenset()

    def externals(self, keys: tuple[str, ...]) -> frozenset[str]:
        """Return the ids of groups that the identity provider owns."""
        return frozenset(one for key in keys if (one := self.groups[key].external) is not None)

    @property
    def all_externals(self) -> frozenset[str]:
        """The ids of all groups that the identity provider owns."""
        return self.externals(tuple(self.groups))


def identity_facts(contract: Contract) -> IdentityFacts:
    """Return the groups of a contract."""
    groups = {
        key: KnownGroup(
            key,
            one.external,
            one.adopt,
            frozenset(one.members) if one.members is not None else None,
            tuple(one.includes),
            tuple(included(contract.groups, key)),
        )
        for key, one in contract.groups.items()
    }
    marks = {ownership_mark(contract.organization, GroupId(key)): key for key in contract.groups}
    application = contract.identity.application if contract.identity else None
    names = frozenset(group_resource(contract, key) for key in contract.groups)
    return IdentityFacts(groups, marks, application, contract.databricks.provisioning, names)
