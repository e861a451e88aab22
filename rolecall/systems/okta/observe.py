"""Read who is in the contract's groups in Okta."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.access.membership import GroupState, Members, Person
from rolecall.access.observation import Observation
from rolecall.contract.contract import Contract
from rolecall.errors import BrokenList, ObjectMissing
from rolecall.ids.ids import GroupId, ownership_mark
from rolecall.systems.observer import Observer
from rolecall.systems.okta.client import GROUPS_PAGE, MEMBERS_PAGE, every, okta, one
from rolecall.systems.okta.group import PATH
from rolecall.systems.okta.ways import okta_ways
from rolecall.systems.ownership import is_marked
from rolecall.systems.requests import Json


def observe(contract: Contract) -> Observation:
    """Return the contract's groups with everybody in them.

    Raises:
        SystemUnreachable: Okta does not answer, or its list of groups is broken.
        SystemRefused: it refuses the caller.
    """
    observer = Observer(okta)
    listed = list(every(PATH, limit=GROUPS_PAGE, expand="stats"))
    by_id = {str(group["id"]): group for group in listed}
    by_name = {str(group["profile"]["name"]): group for group in listed if group.get("type") == "OKTA_GROUP"}
    return observer.groups(contract, listed, lambda name: _read(contract, name, by_id, by_name), okta_ways)


def _read(contract: Contract, name: str, by_id: Mapping[str, Json], by_name: Mapping[str, Json]) -> Members:
    declared = contract.groups[name]
    if declared.external:
        # What the list lacks is asked for itself: a list that was cut off must not look like a group that is gone.
        found = by_id.get(declared.external) or one(f"{PATH}/{declared.external}", expand="stats")
        if found is None:
            return _absent(declared.external, by_name.get(name))
    else:
        found = by_name.get(name)
        if found is None:
            return Members(GroupState.MISSING)
        if not is_marked(found["profile"].get("description"), ownership_mark(contract.organization, GroupId(name))):
            reason = f"group {found['id']} has the name, and is not Rolecall's"
            return Members(GroupState.ANOTHER, name=name, reason=reason)
    return _members(found)


def _absent(external: str, same_name: Json | None) -> Members:
    if same_name is None:
        return Members(GroupState.MISSING)
    reason = f"{external} is gone; {same_name['id']} has its name and is another group"
    return Members(GroupState.ANOTHER, reason=reason)


def _members(group: Json) -> Members:
    identity, name = str(group["id"]), str(group["profile"]["name"])
    try:
        listed = list(every(f"{PATH}/{identity}/users", limit=MEMBERS_PAGE))
    except ObjectMissing:
        return Members(GroupState.MISSING)
    except BrokenList as error:
        return Members(GroupState.UNKNOWN, identity, name=name, reason=error.what)
    count = ((group.get("_embedded") or {}).get("stats") or {}).get("usersCount")
    if count is not None and int(count) != len(listed):
        reason = f"Okta lists {len(listed)} members; its statistics count {count}"
        return Members(GroupState.UNKNOWN, identity, name=name, reason=reason)
    people = [Person(str(user["id"]), str(user["profile"]["login"])) for user in listed if _is_active(user)]
    return Members(GroupState.PRESENT, identity, tuple(sorted(people)), name)


def _is_active(user: Json) -> bool:
    return user.get("status") != "DEPROVISIONED"
