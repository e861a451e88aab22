"""Groups: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/."""

from __future__ import annotations

from pydantic import Field

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.listing import Listing
from rolecall.systems.okta.client import GROUPS_PAGE, every, okta, one
from rolecall.systems.ownership import UNOWNED, is_marked, marked, may_write, require_own, require_writable, unmarked
from rolecall.systems.requests import LONGEST_WAIT, Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/api/v1/groups"
# https://developer.okta.com/docs/reference/error-codes/: "Api validation failed", duplicates too.
INVALID = "E0000001"
LONGEST_NAME = 255


class GroupInputs(Model):
    """A group that Rolecall makes."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="its name in the organization")
    description: str = Field(default="", description="what it is for")
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")
    adopt: bool = Field(default=False, description="take over a group of this name that is there already")


class Group(Resource[GroupInputs]):
    """A group that Rolecall makes in Okta."""

    token = "rolecall:okta:Group"
    description = "A group in Okta that Rolecall owns."

    def __init__(self) -> None:
        self._listing = Listing(
            lambda identity: one(f"{PATH}/{identity}"),
            lambda: every(PATH, limit=GROUPS_PAGE, filter='type eq "OKTA_GROUP"'),
            lambda item: str(item["id"]),
        )

    def create(self, inputs: GroupInputs) -> Live[GroupInputs]:
        """Make it; one that says it is ours is one that an earlier run made."""
        self._listing.forget()
        request = Request("POST", PATH, body=_body(inputs))
        try:
            made = okta().once(lambda: self._own(inputs), request, lambda answer: dict(answer.body))
        except RequestRejected as error:
            if error.code != INVALID:
                raise
            # A search may lag behind what is there.
            found = okta().poll_until(
                lambda: _named(inputs.name), lambda group: group is not None, seconds=LONGEST_WAIT
            )
            if found is None:
                raise
            what = f"Okta group {inputs.name!r} ({found['id']})"
            require_writable(what, found["profile"].get("description"), inputs.managed_by, adopt=inputs.adopt)
            made = okta().send(Request("PUT", f"{PATH}/{found['id']}", body=_body(inputs))).body
        return _live(made, inputs.managed_by)

    def existing(self, inputs: GroupInputs) -> str | None:
        """Return the id of a group of that name which is Rolecall's, or is to be taken over."""
        found = _named(inputs.name)
        if found is None or not may_write(found["profile"].get("description"), inputs.managed_by, adopt=inputs.adopt):
            return None
        return str(found["id"])

    def read(self, identity: str, declared: GroupInputs | None) -> Live[GroupInputs] | None:
        """Return it by its id; a group of the same name with another id is another group."""
        found = self._listing.get(identity)
        return _live(found, declared.managed_by if declared else "rolecall") if found else None

    def update(self, identity: str, old: GroupInputs, new: GroupInputs) -> Live[GroupInputs]:
        """Rename or describe it; its id and members stay."""
        self._listing.forget()
        return _live(okta().send(Request("PUT", f"{PATH}/{identity}", body=_body(new))).body, new.managed_by)

    def delete(self, identity: str, declared: GroupInputs) -> None:
        """Remove it, if it still has our mark."""
        self._listing.forget()
        found = one(f"{PATH}/{identity}")
        if found is None:
            return
        what = f"Okta group {found['profile']['name']!r} ({identity})"
        require_own(what, found["profile"].get("description"), declared.managed_by)
        try:
            okta().send(Request("DELETE", f"{PATH}/{identity}"))
        except ObjectMissing:
            return

    def _own(self, inputs: GroupInputs) -> Json | None:
        found = _named(inputs.name)
        if found is not None and is_marked(found["profile"].get("description"), inputs.managed_by):
            return found
        return None


def _named(name: str) -> Json | None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    groups = every(PATH, search=f'type eq "OKTA_GROUP" and profile.name eq "{quoted}"')
    return next((group for group in groups if group["profile"]["name"] == name), None)


def _body(inputs: GroupInputs) -> Json:
    return {"profile": {"name": inputs.name, "description": marked(inputs.description, inputs.managed_by)}}


def _live(group: Json, managed_by: str) -> Live[GroupInputs]:
    profile = group["profile"]
    ours = is_marked(profile.get("description"), managed_by)
    inputs = GroupInputs(
        name=profile["name"],
        description=unmarked(profile.get("description"), managed_by),
        # A removed mark shows as a difference.
        managed_by=managed_by if ours else UNOWNED,
    )
    return Live(str(group["id"]), inputs)
