"""Who may do what on one target, as one whole list: https://orkes.io/content/reference-docs/api/authorization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.access_list import AccessList
from rolecall.systems.conductor.application_names import ApplicationNames
from rolecall.systems.conductor.client import one, repeatedly
from rolecall.systems.removals import RemovalOverride
from rolecall.systems.requests import MISSING, Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/auth/authorization"
GROUP, USER, APPLICATION = "GROUP", "USER", "APPLICATION"
# How the ids of users begin that applications act as.
ACTS = "app:"


class Holder(Model):
    """A holder of access."""

    type: Literal["GROUP", "APPLICATION", "USER", "ROLE", "TAG"] = Field(description="what sort of subject it is")
    name: str = Field(min_length=1, description="a group's or user's id, an application's name")
    access: list[str] = Field(min_length=1, description="CREATE, READ, EXECUTE, UPDATE, DELETE; in order")


class PermissionsInputs(Model):
    """All who hold something on a target."""

    target_type: Literal["WORKFLOW_DEF", "TASK_DEF", "TAG"] = Field(description="what the target is")
    target_id: str = Field(min_length=1, description="its name; of a tag KEY:VALUE, and all that has the tag is meant")
    holders: list[Holder] = Field(default_factory=list, description="all holders; no other subject has access")
    removal_override: RemovalOverride | None = Field(default=None, description="allows removing other owners' entries")


class Permissions(Resource[PermissionsInputs]):
    """The whole list of who may do what on a definition."""

    token = "rolecall:conductor:Permissions"
    description = "All holders of access on a definition in Conductor; no other subject has any. Its id is TYPE/NAME."
    replaced_by = frozenset({"targetType", "targetId"})
    unordered = frozenset({"holders"})
    access_list = AccessList(("targetType", "targetId"))

    def __init__(self) -> None:
        self._applications = ApplicationNames()

    def create(self, inputs: PermissionsInputs) -> Live[PermissionsInputs]:
        """Write the list."""
        return self._write(inputs)

    def read(self, identity: str, declared: PermissionsInputs | None) -> Live[PermissionsInputs] | None:
        """Return the list; an empty one counts as none."""
        kind, _, name = identity.partition("/")
        found = holders(kind, name, self._applications)
        if not found:
            return None
        return Live(
            identity, PermissionsInputs.model_validate({"targetType": kind, "targetId": name, "holders": found})
        )

    def update(self, identity: str, old: PermissionsInputs, new: PermissionsInputs) -> Live[PermissionsInputs]:
        """Give what is missing before what is too much goes."""
        return self._write(new)

    def delete(self, identity: str, declared: PermissionsInputs) -> None:
        """Take everything away that was declared; what others were given by hand stays."""
        names = self._named(declared.holders)
        for holder in declared.holders:
            subject = _subject(holder, names)
            if subject is not None:
                try:
                    _send("DELETE", declared, subject, holder.access)
                except ObjectMissing:
                    continue

    def _named(self, wanted: Iterable[Holder]) -> Mapping[str, str]:
        """Return what permissions call the applications among holders, by their names."""
        return self._applications.by_name(holder.name for holder in wanted if holder.type == APPLICATION)

    def _write(self, inputs: PermissionsInputs) -> Live[PermissionsInputs]:
        names = self._named(inputs.holders)
        held = _held(inputs.target_type, inputs.target_id)
        wanted: dict[tuple[str, str], set[str]] = {}
        for holder in inputs.holders:
            subject = _subject(holder, names)
            if subject is None:
                what = f"Conductor has no application {holder.name!r}, which would hold {inputs.target_id}"
                raise RequestRejected(what, status=MISSING, code="")
            wanted.setdefault(subject, set()).update(holder.access)
        for subject, access in wanted.items():
            if missing := sorted(access - held.get(subject, set())):
                _send("POST", inputs, subject, missing)
        for subject, access in held.items():
            if extra := sorted(access - wanted.get(subject, set())):
                _send("DELETE", inputs, subject, extra)
        return Live(f"{inputs.target_type}/{inputs.target_id}", inputs)


def holders(kind: str, name: str, applications: ApplicationNames) -> list[Json]:
    """Return everybody who holds something on a target.

    Args:
        kind: what the target is.
        name: its name.
        applications: the names of applications.
    """
    found: list[Json] = []
    held = _held(kind, name)
    # A user who is no application would have them asked for each time.
    named = applications.by_subject(identity for sort, identity in held if sort == USER and identity.startswith(ACTS))
    for (sort, identity), access in sorted(held.items()):
        if sort == USER and identity in named:
            sort, identity = APPLICATION, named[identity]
        found.append({"type": sort, "name": identity, "access": sorted(access)})
    return found


def _held(kind: str, name: str) -> dict[tuple[str, str], set[str]]:
    held: dict[tuple[str, str], set[str]] = {}
    for access, subjects in (one(f"{PATH}/{kind}/{name}") or {}).items():
        for subject in subjects or []:
            held.setdefault((str(subject["type"]), str(subject["id"])), set()).add(str(access))
    return held


def _subject(holder: Holder, applications: Mapping[str, str]) -> tuple[str, str] | None:
    if holder.type != APPLICATION:
        return holder.type, holder.name
    found = applications.get(holder.name)
    return (USER, found) if found else None


def _send(method: str, inputs: PermissionsInputs, subject: tuple[str, str], access: Iterable[str]) -> None:
    body = {
        "subject": {"type": subject[0], "id": subject[1]},
        "target": {"type": inputs.target_type, "id": inputs.target_id},
        "access": sorted(access),
    }
    repeatedly(Request(method, PATH, body=body))
