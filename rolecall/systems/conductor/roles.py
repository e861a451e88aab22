"""What roles give on every workflow: Orkes' roles are the cluster's, whatever permissions say.

https://orkes.io/content/access-control-and-security/users-and-groups#roles. Administrators may do everything and are
left out, as Databricks' are.
"""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.systems.conductor.access import DELETE, EXECUTE, READ, UPDATE
from rolecall.systems.conductor.application_names import ApplicationNames
from rolecall.systems.conductor.client import every
from rolecall.systems.conductor.permissions import ACTS, APPLICATION, GROUP, USER
from rolecall.systems.requests import Json

ADMIN = "ADMIN"
GIVES: Mapping[str, frozenset[str]] = {
    "WORKFLOW_MANAGER": frozenset({READ, EXECUTE}),
    "METADATA_MANAGER": frozenset({READ, UPDATE, DELETE}),
}


def held_by_role(applications: ApplicationNames) -> dict[tuple[str, str], set[str]]:
    """Return who may do what on every workflow by a role, by the sort and the name of who has it.

    Args:
        applications: the names of applications, which are users that a list names by their ids.

    Raises:
        BrokenList: a list is none.
    """
    held = {(GROUP, str(group["id"])): _given(group) for group in every("/groups")}
    users = {str(user["id"]): _given(user) for user in every("/users?apps=true")}
    named = applications.by_subject(who for who, access in users.items() if access and who.startswith(ACTS))
    for identity, access in users.items():
        held[(APPLICATION, named[identity]) if identity in named else (USER, identity)] = access
    return {who: access for who, access in held.items() if access}


def _given(who: Json) -> set[str]:
    return {access for role in role_names(who) for access in GIVES.get(role, ())}


def role_names(who: Json) -> list[str]:
    """Return the names of the roles that a group or a user has."""
    return [str(role["name"] if isinstance(role, dict) else role) for role in who.get("roles") or []]


def administrators() -> list[tuple[str, str]]:
    """Return the sort and id of everyone with the role ADMIN: groups, people and applications.

    Raises:
        BrokenList: a list is none.
    """
    found = [(GROUP, str(one["id"])) for one in every("/groups") if ADMIN in role_names(one)]
    users = [str(one["id"]) for one in every("/users?apps=true") if ADMIN in role_names(one)]
    return [*found, *((APPLICATION if one.startswith(ACTS) else USER, one) for one in users)]
