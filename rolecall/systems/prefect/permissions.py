"""Who may do what with a deployment or a work pool, as one whole list: Prefect Cloud's `access` of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.access_list import AccessList
from rolecall.systems.prefect.access import LEVELS, strongest
from rolecall.systems.prefect.actors import SERVICE_ACCOUNT, TEAM, USER, Actors
from rolecall.systems.prefect.client import prefect
from rolecall.systems.prefect.deployment import deployment
from rolecall.systems.prefect.service_account import account_name, principal_of
from rolecall.systems.removals import RemovalOverride
from rolecall.systems.requests import MISSING, Json, Request
from rolecall.systems.resource import Live, Model, Resource

DEPLOYMENT, WORK_POOL = "DEPLOYMENT", "WORK_POOL"


class Holder(Model):
    """A holder of access."""

    type: Literal["TEAM", "SERVICE_ACCOUNT", "USER"] = Field(description="what sort of subject it is")
    name: str = Field(min_length=1, description="a team's name, a service principal's, or a user's address")
    access: Literal["VIEW", "RUN", "MANAGE"] = Field(description="what it may do; the stronger includes the weaker")


class PermissionsInputs(Model):
    """All who hold something."""

    target_type: Literal["DEPLOYMENT", "WORK_POOL"] = Field(description="what the target is")
    target_id: str = Field(min_length=1, description="a work pool's name; a deployment's flow and name, FLOW/NAME")
    holders: list[Holder] = Field(default_factory=list, description="all holders; no other subject has access")
    managed_by: str = Field(min_length=1, description="whose the service accounts among the holders are")
    removal_override: RemovalOverride | None = Field(default=None, description="allows removing other owners' entries")


class Permissions(Resource[PermissionsInputs]):
    """The whole list of who may do what with a deployment or a work pool."""

    token = "rolecall:prefect:Permissions"
    description = "All holders of access on a deployment or work pool in Prefect Cloud; no other subject has any."
    replaced_by = frozenset({"targetType", "targetId"})
    unordered = frozenset({"holders"})
    access_list = AccessList(("targetType", "targetId"), levels=LEVELS)

    def __init__(self) -> None:
        self._actors = Actors()

    def create(self, inputs: PermissionsInputs) -> Live[PermissionsInputs]:
        """Write the list."""
        return self._write(inputs)

    def read(self, identity: str, declared: PermissionsInputs | None) -> Live[PermissionsInputs] | None:
        """Return the list; an empty one counts as none."""
        kind, _, name = identity.partition("/")
        managed_by = declared.managed_by if declared else "rolecall"
        path = _path(kind, name)
        found = holders(path, managed_by) if path else []
        if not found:
            return None
        values = {"targetType": kind, "targetId": name, "holders": found, "managedBy": managed_by}
        return Live(identity, PermissionsInputs.model_validate(values))

    def update(self, identity: str, old: PermissionsInputs, new: PermissionsInputs) -> Live[PermissionsInputs]:
        """Write the list, which takes the place of the one before."""
        return self._write(new)

    def delete(self, identity: str, declared: PermissionsInputs) -> None:
        """Take everything away that was declared; what others were given by hand stays."""
        path = _path(declared.target_type, declared.target_id)
        if path is None:
            return
        ours = {(holder.type, holder.name) for holder in declared.holders}
        left = [one for one in holders(path, declared.managed_by) if (one["type"], one["name"]) not in ours]
        kept = [Holder.model_validate(one) for one in left]
        try:
            _send(path, kept, declared.managed_by, self._actors)
        except ObjectMissing:
            return

    def _write(self, inputs: PermissionsInputs) -> Live[PermissionsInputs]:
        path = _path(inputs.target_type, inputs.target_id)
        if path is None:
            what = f"Prefect has no deployment {inputs.target_id!r}, whose access list was to be written"
            raise RequestRejected(what, status=MISSING, code="")
        _send(path, inputs.holders, inputs.managed_by, self._actors)
        return Live(f"{inputs.target_type}/{inputs.target_id}", inputs)


def holders(path: str, managed_by: str) -> list[Json]:
    """Return everybody who holds something.

    Args:
        path: where the list is.
        managed_by: owner of the service accounts; those of others appear by their own names.
    """
    held: dict[tuple[str, str], set[str]] = {}
    try:
        listed: Mapping[str, Any] = prefect().get(path) or {}
    except ObjectMissing:
        return []
    for level in LEVELS:
        for actor in listed.get(f"{level.lower()}_actors") or []:
            held.setdefault(_named(actor, managed_by), set()).add(level)
    return [{"type": sort, "name": name, "access": strongest(levels)} for (sort, name), levels in sorted(held.items())]


def access_path(deployment_id: str) -> str:
    """Return where the list of a deployment is."""
    return f"/deployments/{deployment_id}/access"


def _path(kind: str, name: str) -> str | None:
    if kind == WORK_POOL:
        return f"/work_pools/{name}/access"
    found = deployment(*name.split("/", 1))
    return access_path(found["id"]) if found else None


def _named(actor: Json, managed_by: str) -> tuple[str, str]:
    sort = {"team": TEAM, "service_account": SERVICE_ACCOUNT}.get(str(actor.get("type")), USER)
    name = str(actor.get("name") or actor["id"])
    if sort == SERVICE_ACCOUNT:
        return sort, principal_of(name, managed_by) or name
    return sort, str(actor.get("email") or name) if sort == USER else name


def _actor(holder: Holder, managed_by: str) -> tuple[str, str]:
    """Return a holder's sort, and its name in Prefect."""
    name = account_name(holder.name, managed_by) if holder.type == SERVICE_ACCOUNT else holder.name
    return holder.type, name


def _send(path: str, wanted: Sequence[Holder], managed_by: str, actors: Actors) -> None:
    known = actors.ids(_actor(holder, managed_by) for holder in wanted)
    if unknown := [holder.name for holder in wanted if _actor(holder, managed_by) not in known]:
        what = f"Prefect does not know {', '.join(sorted(unknown))}, who would hold something"
        raise RequestRejected(what, status=MISSING, code="")
    lists: dict[str, list[str]] = {f"{level.lower()}_{sort}_ids": [] for level in LEVELS for sort in ("actor", "team")}
    for holder in wanted:
        sort = "team" if holder.type == TEAM else "actor"
        lists[f"{holder.access.lower()}_{sort}_ids"].append(known[_actor(holder, managed_by)])
    prefect().send(Request("PUT", path, body={"access_control": lists}))
