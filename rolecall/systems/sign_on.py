"""Names of groups in orchestrators.

Single sign-on fills an orchestrator's group from the identity provider's group of the same name. So a group there has
its current name in the identity provider, regardless of its key in the contract.

https://orkes.io/content/access-control-and-security/users-and-groups
https://developer.harness.io/docs/platform/role-based-access-control/add-user-groups
https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-teams
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from pydantic import TypeAdapter, ValidationError

from rolecall.access.effective import Access
from rolecall.contract.contract import Contract
from rolecall.contract.naming import taken_for
from rolecall.ids.name_types import GroupName
from rolecall.systems.orchestrator import Counterparts
from rolecall.systems.registry import ORCHESTRATORS

# Names are a part of addresses in Conductor (/groups/NAME), and Prefect refuses these letters.
_RESERVED_LETTERS = frozenset('/%?#&<>\\"')
_NAME: TypeAdapter[str] = TypeAdapter(GroupName)


@dataclass(frozen=True)
class SignOnNames:
    """What the identity provider calls the contract's groups that hold something in orchestrators.

    Attributes:
        names: the current name of each group whose name is not its key, by key.
        unusable: the same, of groups that orchestrators cannot have under this name; they keep their key there.
        taken: each group that has its key there, and the group that is called like that key now.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)


def sign_on_names(contract: Contract, access: Access, account: Callable[[], Mapping[str, str]] = dict) -> SignOnNames:
    """Ask the identity provider for the names of the groups that hold something in an orchestrator.

    Args:
        contract: the contract.
        access: its grants.
        account: returns the names of groups in the account by key; where the contract names no identity provider.

    Raises:
        SystemUnreachable: the identity provider does not answer.
        SystemRefused: it refuses the caller.
    """
    holders = {key for system in ORCHESTRATORS for key in Counterparts(system, contract).groups(access)}
    ids = {key: one.external for key in sorted(holders) if (one := contract.groups.get(key)) and one.external}
    if not ids:
        return SignOnNames()
    if contract.identity is None:
        live = {key: name for key, name in account().items() if key in ids}
    else:
        module = import_module(f"rolecall.systems.{contract.identity.provider}.group_names")
        found: Mapping[str, str] = module.group_names([*ids.values()])
        live = {key: found[identity] for key, identity in ids.items() if identity in found}
    return chosen_names(contract, live)


def chosen_names(contract: Contract, live: Mapping[str, str]) -> SignOnNames:
    """Return which of the current names orchestrators can have; two groups never get one name.

    Args:
        contract: the contract.
        live: current names by key.
    """
    changed = {key: name for key, name in live.items() if name != key}
    names = {key: name for key, name in changed.items() if _is_usable(name)}
    while True:
        by_called: dict[str, list[str]] = {}
        for key in contract.groups:
            by_called.setdefault(names.get(key, key).casefold(), []).append(key)
        shared = {key for keys in by_called.values() if len(keys) > 1 for key in keys if key in names}
        if not shared:
            break
        names = {key: name for key, name in names.items() if key not in shared}
    unusable = {key: name for key, name in changed.items() if key not in names}
    by_name = {name.casefold(): key for key, name in unusable.items()}
    called = {key: names.get(key, key).casefold() for key in contract.groups}
    taken = {key: other for key, name in called.items() if (other := by_name.get(name)) and other != key}
    return SignOnNames(names, unusable, taken)


def _is_usable(name: str) -> bool:
    try:
        _NAME.validate_python(name)
    except ValidationError:
        return False
    return taken_for(name) is None and not _RESERVED_LETTERS & {*name}
