"""Who has which role on a resource group, as one whole list of role assignments.

https://developer.harness.io/docs/platform/role-based-access-control/rbac-in-harness#role-assignments
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from rolecall.systems.access_list import AccessList
from rolecall.systems.harness.client import data, every, harness, one, remove
from rolecall.systems.harness.identifiers import identifier
from rolecall.systems.harness.resource_group import PATH as RESOURCE_GROUPS
from rolecall.systems.removals import RemovalOverride
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/authz/api/roleassignments"
USER_GROUP, SERVICE_ACCOUNT, USER = "USER_GROUP", "SERVICE_ACCOUNT", "USER"


class Holder(Model):
    """A holder of a role."""

    type: Literal["USER_GROUP", "SERVICE_ACCOUNT", "USER"] = Field(description="what sort of principal it is")
    name: str = Field(min_length=1, description="a group's name, a service principal's, or a user's id")
    access: str = Field(min_length=1, description="the role's identifier")


class PermissionsInputs(Model):
    """All who have a role on a resource group."""

    target_id: str = Field(min_length=1, description="the resource group's identifier")
    holders: list[Holder] = Field(default_factory=list, description="all holders of a role; no other subject has one")
    removal_override: RemovalOverride | None = Field(default=None, description="allows removing other owners' entries")


class Permissions(Resource[PermissionsInputs]):
    """The whole list of role assignments on a resource group."""

    token = "rolecall:harness:Permissions"
    description = "All holders of a role on a resource group in Harness; no other subject has one."
    replaced_by = frozenset({"targetId"})
    unordered = frozenset({"holders"})
    access_list = AccessList(("targetId",))

    def create(self, inputs: PermissionsInputs) -> Live[PermissionsInputs]:
        """Write the list."""
        return self._write(inputs)

    def read(self, identity: str, declared: PermissionsInputs | None) -> Live[PermissionsInputs] | None:
        """Return the list; one of a resource group that is gone is gone with it."""
        if one(f"{RESOURCE_GROUPS}/{identity}") is None:
            return None
        known = declared.holders if declared else []
        names: dict[tuple[str, str], str] = {(one_.type, identifier(one_.name)): one_.name for one_ in known}
        found = [_holder(assignment, names) for assignment in assignments(identity)]
        # An empty list counts as none: an import, or the next run, re-creates it.
        if not found:
            return None
        return Live(identity, PermissionsInputs(target_id=identity, holders=sorted(found, key=str)))

    def update(self, identity: str, old: PermissionsInputs, new: PermissionsInputs) -> Live[PermissionsInputs]:
        """Give what is missing before what is too much goes."""
        return self._write(new)

    def delete(self, identity: str, declared: PermissionsInputs) -> None:
        """Take everything away that was declared; what others were given by hand stays."""
        ours = {_key(_assignment(holder, identity)) for holder in declared.holders}
        for assignment in assignments(identity):
            if _key(assignment) in ours:
                remove(f"{PATH}/{assignment['identifier']}")

    def _write(self, inputs: PermissionsInputs) -> Live[PermissionsInputs]:
        wanted = {_key(one_): one_ for holder in inputs.holders if (one_ := _assignment(holder, inputs.target_id))}
        held = {_key(one_): one_ for one_ in assignments(inputs.target_id) if not one_.get("disabled")}
        missing = [one_ for key, one_ in wanted.items() if key not in held]
        if missing:
            _give(inputs.target_id, missing)
        for key, assignment in held.items():
            if key not in wanted:
                remove(f"{PATH}/{assignment['identifier']}")
        return Live(inputs.target_id, inputs)


def assignments(resource_group: str) -> list[Json]:
    """Return all role assignments on a resource group."""
    return every_assignment({"resourceGroupFilter": [resource_group]})


def every_assignment(chosen: Json, level: Mapping[str, str] | None = None) -> list[Json]:
    """Return the role assignments that a filter chooses: the project's, or those of another level."""
    found = every(
        f"{PATH}/filter",
        method="POST",
        body=chosen,
        key=lambda item: str(item["roleAssignment"]["identifier"]),
        query=level,
    )
    return [dict(item["roleAssignment"]) for item in found]


def _give(resource_group: str, missing: Iterable[Json]) -> None:
    """Make role assignments, all with one request; those that are there by now are left out of it by Harness."""
    wanted = {_key(one_) for one_ in missing}

    def made() -> list[Json] | None:
        found = assignments(resource_group)
        return found if wanted <= {_key(one_) for one_ in found} else None

    request = Request("POST", f"{PATH}/multi", body={"roleAssignments": [*missing]})
    answered = harness().once(made, request, lambda answer: list(data(answer) or []))
    given = {_key(one_.get("roleAssignment", one_)) for one_ in answered}
    if not wanted <= given and made() is None:
        raise harness().broken(f"role assignments on {resource_group}: some were not made, without a word")


def _assignment(holder: Holder, resource_group: str) -> Json:
    """Return a role assignment; its identifier is the same each time, so that none is made twice."""
    principal = identifier(holder.name) if holder.type != USER else holder.name
    digest = hashlib.sha256(f"{resource_group}/{holder.type}/{principal}/{holder.access}".encode()).hexdigest()[:20]
    return {
        "identifier": f"rolecall_{digest}",
        "resourceGroupIdentifier": resource_group,
        "roleIdentifier": holder.access,
        "principal": {"scopeLevel": "project", "identifier": principal, "type": holder.type},
        "disabled": False,
        "managed": False,
    }


def holder_of(assignment: Json) -> tuple[str, str]:
    """Return the sort and the identifier of who has a role.

    What belongs to the organization or the account has that before its identifier, as pipelines write it, since the
    project may have a group of the same name: https://developer.harness.io/docs/platform/references/entity-identifier-reference
    """
    principal = assignment["principal"]
    sort, identity = str(principal["type"]), str(principal["identifier"])
    level = _LEVELS.get(str(principal.get("scopeLevel") or "").lower(), "") if sort != USER else ""
    return sort, level + identity


_LEVELS = {"organization": "org.", "account": "account."}


def _key(assignment: Json) -> tuple[str, str, str]:
    return *holder_of(assignment), str(assignment["roleIdentifier"])


def _holder(assignment: Json, names: Mapping[tuple[str, str], str]) -> Holder:
    sort, identity, role = _key(assignment)
    # A role that is switched off is no role.
    access = f"{role} (disabled)" if assignment.get("disabled") else role
    return Holder.model_validate({"type": sort, "name": names.get((sort, identity), identity), "access": access})
