"""The account's groups as parity compares them with the identity provider's: nesting taken apart, joined by ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rolecall.access.membership import GroupState, Members, Person
from rolecall.contract.contract import Contract

Json = Mapping[str, Any]


def account_groups(contract: Contract, groups: Iterable[Json], users: Iterable[Json]) -> dict[str, Members]:
    """Return the contract's groups as the account has them, by the contract's names.

    Args:
        contract: the contract.
        groups: the account's groups with `members`.
        users: the account's users.
    """
    by_id = {str(group["id"]): group for group in groups}
    by_external = by_external_id(contract, by_id.values())
    by_name = {str(group["displayName"]): group for group in by_id.values()}
    people = {str(user["id"]): user for user in users}
    # Databricks reads Entra ID itself then, and keeps no members of its own.
    listed = contract.databricks.provisioning != "automatic"
    found: dict[str, Members] = {}
    for name, declared in contract.groups.items():
        group = by_external.get(declared.external) if declared.external else by_name.get(name)
        if group is None:
            found[name] = _absent(declared.external, by_name.get(name))
            continue
        members = _everybody(str(group["id"]), by_id, people)
        external, shown = str(group.get("externalId") or ""), str(group["displayName"])
        found[name] = Members(GroupState.PRESENT, external, members, shown, listed=listed)
    return found


def by_external_id(contract: Contract, groups: Iterable[Json]) -> dict[str, Json]:
    """Return groups by external id; of several with one id, the first, but rather one with the contract's name."""
    keys = {group.external: key for key, group in contract.groups.items() if group.external}
    found: dict[str, Json] = {}
    for group in groups:
        external = str(group.get("externalId") or "")
        if external and (external not in found or group["displayName"] == keys.get(external)):
            found[external] = group
    return found


def twins(contract: Contract, groups: Iterable[Json]) -> dict[str, list[str]]:
    """Return the names of the account's groups with the external id of one group of the contract, by its key."""
    keys = {group.external: key for key, group in contract.groups.items() if group.external}
    names: dict[str, list[str]] = {}
    for group in groups:
        if (key := keys.get(str(group.get("externalId") or ""))) is not None:
            names.setdefault(key, []).append(str(group["displayName"]))
    return {key: sorted(same) for key, same in names.items() if len(same) > 1}


def live_names(groups: Mapping[str, Members]) -> dict[str, str]:
    """Return the contract's name of each group by the name that it has in the account now."""
    return {members.name: name for name, members in groups.items() if members.name}


def namesakes(contract: Contract, groups: Iterable[Json]) -> dict[str, str]:
    """Return the groups that are called like another group of the contract now, by the contract's name of that one.

    Args:
        contract: the contract.
        groups: the account's groups.
    """
    keys = {group.external: key for key, group in contract.groups.items() if group.external}
    found: dict[str, str] = {}
    for group in groups:
        name, external_id = str(group["displayName"]), str(group.get("externalId") or "")
        declared = contract.groups.get(name)
        if declared is not None and declared.external and declared.external != external_id:
            found[name] = (
                f"group {keys[external_id]}" if external_id in keys else f"another group ({external_id or 'local'})"
            )
    return found


def _absent(external: str | None, same_name: Json | None) -> Members:
    if external is None or same_name is None:
        return Members(GroupState.MISSING)
    reason = f"the account's group of this name has the external id {same_name.get('externalId') or 'none'}"
    return Members(GroupState.ANOTHER, reason=reason)


def _everybody(group_id: str, groups: Mapping[str, Json], people: Mapping[str, Json]) -> tuple[Person, ...]:
    """Return every active person in a group, through nested groups too; each once."""
    found: set[Person] = set()
    seen: set[str] = set()
    pending = [group_id]
    while pending:
        one = pending.pop()
        if one in seen:
            continue
        seen.add(one)
        for member in groups[one].get("members") or []:
            identity = str(member["value"])
            if identity in groups:
                pending.append(identity)
            elif identity in people and people[identity].get("active", True):
                user = people[identity]
                found.add(Person(str(user.get("externalId") or ""), str(user["userName"])))
    return tuple(sorted(found))
