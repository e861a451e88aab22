"""Names of groups in what an earlier run has written: the same group may be called otherwise now.

A stack's state records which group each name stood for. Without that, a list on which a renamed group stands under its
former name would look like one that the group is taken off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rolecall.access.observation import PLATFORM
from rolecall.contract.contract import Contract
from rolecall.contract.naming import group_resource
from rolecall.engine.stack_state import RecordedGroup, StackState
from rolecall.kinds.access import RULE_SET
from rolecall.systems.databricks.lookups import Lookups

RULE_PREFIX = RULE_SET.prefix(is_group=True)
# Types of resources that are groups of the account, named after the contract's groups.
BROUGHT = ("rolecall:databricks:ProvisionedGroup", "databricks:index/group:Group")


@dataclass(frozen=True)
class GroupNames:
    """What groups are called now, by the names that an earlier run has written.

    Attributes:
        databricks: names in the account.
        orchestrators: names in orchestrators, which are the identity provider's.
    """

    databricks: Mapping[str, str] = field(default_factory=dict)
    orchestrators: Mapping[str, str] = field(default_factory=dict)

    def now(self, resource_type: str, holder: str) -> str:
        """Return a holder's name of now.

        Args:
            resource_type: the type of the list.
            holder: its name on the list, or `groups/NAME` as rules of service principals have it.
        """
        prefix = RULE_PREFIX if holder.startswith(RULE_PREFIX) else ""
        name = holder.removeprefix(prefix)
        return prefix + (self.orchestrators if is_orchestrators(resource_type) else self.databricks).get(name, name)


def is_orchestrators(resource_type: str) -> bool:
    """Return whether a list is one of an orchestrator."""
    return resource_type.startswith("rolecall:") and not resource_type.startswith(f"rolecall:{PLATFORM}:")


def names_now(contract: Contract, lookups: Lookups, states: Iterable[StackState | None]) -> GroupNames:
    """Return what the groups are called now that states name.

    Args:
        contract: the whole contract.
        lookups: what the account knows of its groups.
        states: the states that are read, the one whose lists are meant first.
    """
    databricks: dict[str, str] = {}
    orchestrators: dict[str, str] = {}
    for recorded in (one for state in states if state is not None for one in state.groups):
        key = key_now(contract, recorded)
        if key is not None:
            databricks.setdefault(recorded.name, _called(lookups, key))
            orchestrators.setdefault(recorded.orchestrators or recorded.key, _in_orchestrators(lookups, key))
    # Names that no state records: an older Rolecall wrote the contract's keys.
    live = {found.name: key for key, found in lookups.groups.items()}
    for key, former in _former_keys(contract):
        if live.get(former, key) == key:
            databricks.setdefault(former, _called(lookups, key))
        orchestrators.setdefault(former, _in_orchestrators(lookups, key))
    return GroupNames(databricks, orchestrators)


def has_recreated_groups(contract: Contract, lookups: Lookups, state: StackState) -> bool:
    """Return whether the account has a group under another id than a stack's last run knew.

    Args:
        contract: the whole contract.
        lookups: what the account knows of its groups.
        state: the stack's state.
    """
    known = [(key_now(contract, one), one.id) for one in state.groups if one.id]
    known += [(_key_of_resource(contract, one.name), one.id) for one in state.resources if one.type in BROUGHT]
    return any(lookups.ids.get(key, identity) != identity for key, identity in known if key is not None)


def _key_of_resource(contract: Contract, name: str) -> str | None:
    return next((key for key in contract.groups if group_resource(contract, key) == name), None)


def key_now(contract: Contract, recorded: RecordedGroup) -> str | None:
    """Return the key of a recorded group now: by its immutable id, else by its key without case."""
    for key, group in contract.groups.items():
        if recorded.external == (group.external or ""):
            if recorded.external:
                return key
            if recorded.key.casefold() in {one.casefold() for one in (key, *group.renamed_from)}:
                return key
    return None


def _former_keys(contract: Contract) -> Iterator[tuple[str, str]]:
    for key, group in contract.groups.items():
        for former in (key, *group.renamed_from):
            yield key, former


def _in_orchestrators(lookups: Lookups, key: str) -> str:
    return lookups.orchestrators.get(key, key)


def _called(lookups: Lookups, key: str) -> str:
    found = lookups.groups.get(key)
    return found.name if found is not None else key
