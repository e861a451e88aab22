"""Groups assigned to applications; provisioning includes only assigned groups.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGroups/
"""

from __future__ import annotations

from pydantic import Field

from rolecall.errors import ObjectMissing
from rolecall.systems.listing import Listing
from rolecall.systems.okta.client import PAGE, every, okta, one
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource


class AssignmentInputs(Model):
    """A group's assignment to an application."""

    app_id: str = Field(min_length=1, description="id of the application")
    group_id: str = Field(min_length=1, description="id of the group")


class AppGroupAssignment(Resource[AssignmentInputs]):
    """A group that is assigned to an application."""

    token = "rolecall:okta:AppGroupAssignment"
    description = "A group that is assigned to an application in Okta. Its id is APPLICATION/GROUP."
    replaced_by = frozenset({"appId", "groupId"})

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}

    def create(self, inputs: AssignmentInputs) -> Live[AssignmentInputs]:
        """Assign it; assigning twice is the same as once."""
        self._listing(inputs.app_id).forget()
        okta().send(Request("PUT", _path(inputs.app_id, inputs.group_id), body={}))
        return Live(f"{inputs.app_id}/{inputs.group_id}", inputs)

    def read(self, identity: str, declared: AssignmentInputs | None) -> Live[AssignmentInputs] | None:
        """Return whether it is assigned."""
        app_id, _, group_id = identity.partition("/")
        if self._listing(app_id).get(group_id) is None:
            return None
        return Live(identity, AssignmentInputs(app_id=app_id, group_id=group_id))

    def update(self, identity: str, old: AssignmentInputs, new: AssignmentInputs) -> Live[AssignmentInputs]:
        """Nothing of it can change in place."""
        return Live(identity, new)

    def delete(self, identity: str, declared: AssignmentInputs) -> None:
        """Take the assignment away."""
        self._listing(declared.app_id).forget()
        try:
            okta().send(Request("DELETE", _path(declared.app_id, declared.group_id)))
        except ObjectMissing:
            return

    def _listing(self, app_id: str) -> Listing:
        def get(group_id: str) -> Json | None:
            found: Json | None = one(_path(app_id, group_id))
            return found

        return self._listings.setdefault(
            app_id,
            Listing(get, lambda: every(f"/api/v1/apps/{app_id}/groups", limit=PAGE), lambda item: str(item["id"])),
        )


def _path(app_id: str, group_id: str) -> str:
    return f"/api/v1/apps/{app_id}/groups/{group_id}"
