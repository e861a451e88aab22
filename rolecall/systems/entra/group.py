"""Security groups: https://learn.microsoft.com/graph/api/resources/group."""

from __future__ import annotations

from pydantic import Field

from rolecall.errors import ObjectMissing
from rolecall.systems.entra.client import every, graph, one, seen_after_creation
from rolecall.systems.listing import Listing
from rolecall.systems.ownership import UNOWNED, is_marked, marked, may_write, require_own, require_writable, unmarked
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/v1.0/groups"
FIELDS = "id,displayName,description,mailNickname"


class GroupInputs(Model):
    """A group that Rolecall makes."""

    display_name: str = Field(min_length=1, max_length=256, description="its name in the tenant")
    description: str = Field(default="", description="what it is for")
    mail_nickname: str = Field(
        pattern=r"^[A-Za-z0-9._\-]{1,64}$",
        description="what it is found by again; names of groups are not unique in Entra ID",
    )
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")
    adopt: bool = Field(default=False, description="take over a group of this mailNickname that is there already")


class Group(Resource[GroupInputs]):
    """A security group that Rolecall makes in Entra ID."""

    token = "rolecall:entra:Group"
    description = "A security group in Entra ID that Rolecall owns."

    def __init__(self) -> None:
        self._listing = Listing(
            lambda identity: one(f"{PATH}/{identity}", select=FIELDS),
            lambda: every(PATH, select=FIELDS),
            lambda item: str(item["id"]),
        )

    def create(self, inputs: GroupInputs) -> Live[GroupInputs]:
        """Make it; names are not unique, so that what an earlier run has made is looked for first."""
        self._listing.forget()
        found = _by_nickname(inputs.mail_nickname)
        if found is not None:
            what = f"Entra group {inputs.display_name!r} ({found['id']})"
            require_writable(what, found.get("description"), inputs.managed_by, adopt=inputs.adopt)
            return self.update(str(found["id"]), inputs, inputs)
        body = {
            **_body(inputs),
            "mailEnabled": False,
            "securityEnabled": True,
            "groupTypes": [],
        }
        made = graph().once(
            lambda: _by_nickname(inputs.mail_nickname),
            Request("POST", PATH, body=body),
            lambda answer: dict(answer.body),
        )
        seen_after_creation(f"{PATH}/{made['id']}")
        return Live(str(made["id"]), inputs)

    def existing(self, inputs: GroupInputs) -> str | None:
        """Return the id of a group of that nickname which is Rolecall's, or is to be taken over."""
        found = _by_nickname(inputs.mail_nickname)
        if found is None or not may_write(found.get("description"), inputs.managed_by, adopt=inputs.adopt):
            return None
        return str(found["id"])

    def read(self, identity: str, declared: GroupInputs | None) -> Live[GroupInputs] | None:
        """Return it by its id; a group of the same name with another id is another group."""
        found = self._listing.get(identity)
        if found is None:
            return None
        managed_by = declared.managed_by if declared else "rolecall"
        ours = is_marked(found.get("description"), managed_by)
        inputs = GroupInputs(
            display_name=str(found.get("displayName") or ""),
            description=unmarked(found.get("description"), managed_by),
            mail_nickname=str(found.get("mailNickname") or ""),
            # A removed mark shows as a difference.
            managed_by=managed_by if ours else UNOWNED,
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: GroupInputs, new: GroupInputs) -> Live[GroupInputs]:
        """Rename or describe it; its id and members stay. Sent again it does the same, so a lost answer is no loss."""
        self._listing.forget()
        body = _body(new)

        def changed() -> Json | None:
            found = one(f"{PATH}/{identity}", select=FIELDS)
            return found if found and all(found.get(key) == value for key, value in body.items()) else None

        graph().once(changed, Request("PATCH", f"{PATH}/{identity}", body=body), lambda _answer: body)
        return Live(identity, new)

    def delete(self, identity: str, declared: GroupInputs) -> None:
        """Remove it, if it still has our mark; for 30 days it can be had back."""
        self._listing.forget()
        found = one(f"{PATH}/{identity}", select=FIELDS)
        if found is None:
            return
        require_own(f"Entra group {found['displayName']!r} ({identity})", found.get("description"), declared.managed_by)
        try:
            graph().send(Request("DELETE", f"{PATH}/{identity}"))
        except ObjectMissing:
            return


def _by_nickname(nickname: str) -> Json | None:
    return next(every(PATH, filter=f"mailNickname eq '{nickname}'", select=FIELDS), None)


def _body(inputs: GroupInputs) -> Json:
    """Return what can be changed in place, the nickname among it: https://learn.microsoft.com/graph/api/group-update."""
    return {
        "displayName": inputs.display_name,
        "description": marked(inputs.description, inputs.managed_by),
        "mailNickname": inputs.mail_nickname,
    }
