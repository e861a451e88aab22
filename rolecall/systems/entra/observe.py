"""Read who is in the contract's groups in Entra ID, through nested groups too."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.access.membership import GroupState, Members, Person
from rolecall.access.observation import Observation
from rolecall.contract.contract import Contract
from rolecall.errors import BrokenList, ObjectMissing
from rolecall.ids.ids import GroupId, ownership_mark
from rolecall.systems.entra.client import every, graph, one
from rolecall.systems.entra.functions import FIELDS as USER_FIELDS
from rolecall.systems.entra.group import FIELDS, PATH
from rolecall.systems.entra.ways import entra_ways
from rolecall.systems.observer import Observer
from rolecall.systems.ownership import is_marked
from rolecall.systems.requests import Json


def observe(contract: Contract) -> Observation:
    """Return the contract's groups with everybody in them.

    Raises:
        SystemUnreachable: Entra ID does not answer, or its list of groups is broken.
        SystemRefused: it refuses the caller.
    """
    observer = Observer(graph)
    listed = list(every(PATH, select=FIELDS))
    by_id = {str(group["id"]): group for group in listed}
    return observer.groups(contract, listed, lambda name: _read(contract, name, by_id), entra_ways)


def _read(contract: Contract, name: str, by_id: Mapping[str, Json]) -> Members:
    declared = contract.groups[name]
    same_name = [group for group in by_id.values() if group["displayName"] == name]
    if declared.external:
        # What the list lacks is asked for itself: a list that was cut off must not look like a group that is gone.
        found = by_id.get(declared.external) or one(f"{PATH}/{declared.external}", select=FIELDS)
        if found is None and same_name:
            reason = f"{declared.external} is gone; {same_name[0]['id']} has its name and is another group"
            return Members(GroupState.ANOTHER, reason=reason)
    else:
        mark = ownership_mark(contract.organization, GroupId(name))
        found = next((group for group in same_name if is_marked(group.get("description"), mark)), None)
        if found is None and same_name:
            reason = f"group {same_name[0]['id']} has the name, and is not Rolecall's"
            return Members(GroupState.ANOTHER, name=name, reason=reason)
    return _members(found) if found else Members(GroupState.MISSING)


def _members(group: Json) -> Members:
    identity, name = str(group["id"]), str(group["displayName"])
    try:
        users = list(every(f"{PATH}/{identity}/transitiveMembers/microsoft.graph.user", select=USER_FIELDS))
    except ObjectMissing:
        return Members(GroupState.MISSING)
    except BrokenList as error:
        return Members(GroupState.UNKNOWN, identity, name=name, reason=error.what)
    people = [Person(str(user["id"]), str(user["userPrincipalName"])) for user in users if user.get("accountEnabled")]
    return Members(GroupState.PRESENT, identity, tuple(sorted(people)), name)
