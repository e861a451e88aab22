"""Groups: https://orkes.io/content/access-control-and-security/users-and-groups; members come with single sign-on."""

from __future__ import annotations

from pydantic import Field

from rolecall.errors import ObjectMissing
from rolecall.systems.conductor.access import TASK, WORKFLOW
from rolecall.systems.conductor.client import conductor, every, one, repeatedly
from rolecall.systems.conductor.definitions import TASKS, WORKFLOWS
from rolecall.systems.conductor.roles import role_names
from rolecall.systems.listing import Listing
from rolecall.systems.ownership import (
    UNOWNED,
    is_marked,
    is_marked_by_organization,
    marked,
    require_own,
    require_writable,
    unmarked,
)
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource


class GroupInputs(Model):
    """A group of the identity provider, as Conductor knows it."""

    name: str = Field(min_length=1, description="its id: the group's name in the identity provider")
    description: str = Field(default="", description="what it is for")
    roles: list[str] = Field(default_factory=lambda: ["USER"], description="what its members may do in the cluster")
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")
    adopt: bool = Field(default=False, description="take over a group of this name that is there already")


class Group(Resource[GroupInputs]):
    """A group that is mapped from the identity provider."""

    token = "rolecall:conductor:Group"
    description = "A group in Conductor that single sign-on fills from the identity provider's group of its name."
    replaced_by = frozenset({"name"})
    unordered = frozenset({"roles"})

    def __init__(self) -> None:
        self._listing = Listing(
            lambda name: one(f"/groups/{name}"), lambda: every("/groups"), lambda item: str(item["id"])
        )

    def create(self, inputs: GroupInputs) -> Live[GroupInputs]:
        """Create it; one with our mark was created by an earlier run."""
        found = one(f"/groups/{inputs.name}")
        if found is not None:
            what = f"Conductor group {inputs.name!r}"
            require_writable(what, found.get("description"), inputs.managed_by, adopt=inputs.adopt)
        return self._write(inputs)

    def read(self, identity: str, declared: GroupInputs | None) -> Live[GroupInputs] | None:
        """Return it."""
        found = self._listing.get(identity)
        return _live(found, declared.managed_by if declared else "rolecall") if found else None

    def update(self, identity: str, old: GroupInputs, new: GroupInputs) -> Live[GroupInputs]:
        """Update description and roles; members stay."""
        return self._write(new)

    def delete(self, identity: str, declared: GroupInputs) -> None:
        """Delete it, if its mark still names this owner; one with access granted by others is kept, unmarked."""
        found = one(f"/groups/{identity}")
        if found is None:
            return
        require_own(f"Conductor group {identity!r}", found.get("description"), declared.managed_by)
        self._listing.forget()
        if _is_used_by_others(identity, declared.managed_by):
            body = {"description": unmarked(found.get("description"), declared.managed_by), "roles": declared.roles}
            repeatedly(Request("PUT", f"/groups/{identity}", body=body))
            return
        try:
            conductor().send(Request("DELETE", f"/groups/{identity}"))
        except ObjectMissing:
            return

    def _write(self, inputs: GroupInputs) -> Live[GroupInputs]:
        self._listing.forget()
        body = {"description": marked(inputs.description, inputs.managed_by), "roles": list(inputs.roles)}
        repeatedly(Request("PUT", f"/groups/{inputs.name}", body=body))
        return Live(inputs.name, inputs)


def _is_used_by_others(identity: str, managed_by: str) -> bool:
    """Return whether a group holds something on what is not ours: that would go with the group, without a word."""
    granted = (one(f"/groups/{identity}/permissions") or {}).get("grantedAccess") or []
    return any(not _is_our_target(access["target"], managed_by) for access in granted)


def _is_our_target(target: Json, managed_by: str) -> bool:
    path = {WORKFLOW: WORKFLOWS, TASK: TASKS}.get(str(target["type"]))
    # A deleted object has no owner.
    found = one(f"{path}/{target['id']}") if path else {}
    return found is None or is_marked_by_organization(found.get("description"), managed_by)


def _live(group: Json, managed_by: str) -> Live[GroupInputs]:
    inputs = GroupInputs(
        name=group["id"],
        description=unmarked(group.get("description"), managed_by),
        roles=role_names(group),
        managed_by=managed_by if is_marked(group.get("description"), managed_by) else UNOWNED,
    )
    return Live(inputs.name, inputs)
