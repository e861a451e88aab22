"""Groups assigned to enterprise applications; provisioning includes only assigned groups.

https://learn.microsoft.com/graph/api/resources/approleassignment
"""

from __future__ import annotations

from pydantic import Field

from rolecall.errors import ObjectMissing
from rolecall.systems.entra.client import every, graph
from rolecall.systems.listing import Listing
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

# "the principal is assigned to the resource app without any specific app role"
DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"


class AssignmentInputs(Model):
    """The assignment of a group, user or service principal to an application."""

    resource_id: str = Field(min_length=1, description="object id of the application's service principal")
    principal_id: str = Field(min_length=1, description="id of who is assigned")
    app_role_id: str = Field(default=DEFAULT_ROLE, description="id of the application's role; by default, none")


class AppRoleAssignment(Resource[AssignmentInputs]):
    """A group, user or service principal that is assigned to an application."""

    token = "rolecall:entra:AppRoleAssignment"
    description = "An assignment to an enterprise application in Entra ID. Its id is APPLICATION/ASSIGNMENT."
    replaced_by = frozenset({"resourceId", "principalId", "appRoleId"})

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}

    def create(self, inputs: AssignmentInputs) -> Live[AssignmentInputs]:
        """Assign it, or find that it is assigned already."""
        self._listing(inputs.resource_id).forget()
        found = _assigned(inputs)
        if found is None:
            body = {
                "principalId": inputs.principal_id,
                "resourceId": inputs.resource_id,
                "appRoleId": inputs.app_role_id,
            }
            request = Request("POST", _path(inputs.resource_id), body=body)
            # A group that was made a moment ago may not be known here yet.
            made = graph().poll_until(
                lambda: _attempt(inputs, request), lambda assignment: assignment is not None, seconds=30
            )
            found = made or graph().once(lambda: _assigned(inputs), request, lambda answer: dict(answer.body))
        return Live(f"{inputs.resource_id}/{found['id']}", inputs)

    def read(self, identity: str, declared: AssignmentInputs | None) -> Live[AssignmentInputs] | None:
        """Return whether it is assigned."""
        resource_id, _, assignment = identity.partition("/")
        found = self._listing(resource_id).get(assignment)
        if found is None:
            return None
        inputs = AssignmentInputs(
            resource_id=resource_id, principal_id=found["principalId"], app_role_id=found["appRoleId"]
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: AssignmentInputs, new: AssignmentInputs) -> Live[AssignmentInputs]:
        """Nothing of it can change in place."""
        return Live(identity, new)

    def delete(self, identity: str, declared: AssignmentInputs) -> None:
        """Take the assignment away."""
        resource_id, _, assignment = identity.partition("/")
        self._listing(resource_id).forget()
        try:
            graph().send(Request("DELETE", f"{_path(resource_id)}/{assignment}"))
        except ObjectMissing:
            return

    def _listing(self, resource_id: str) -> Listing:
        def one(assignment: str) -> Json | None:
            # Graph answers no single assignment here; the list is the only way, and it is compared with its count.
            return next((found for found in every(_path(resource_id)) if found["id"] == assignment), None)

        return self._listings.setdefault(
            resource_id, Listing(one, lambda: every(_path(resource_id)), lambda item: str(item["id"]))
        )


def _attempt(inputs: AssignmentInputs, request: Request) -> Json | None:
    try:
        return graph().once(lambda: _assigned(inputs), request, lambda answer: dict(answer.body))
    except ObjectMissing:
        return None


def _assigned(inputs: AssignmentInputs) -> Json | None:
    wanted = (inputs.principal_id, inputs.app_role_id)
    found = every(_path(inputs.resource_id), filter=f"principalId eq {inputs.principal_id}")
    return next((one for one in found if (one["principalId"], one["appRoleId"]) == wanted), None)


def _path(resource_id: str) -> str:
    return f"/v1.0/servicePrincipals/{resource_id}/appRoleAssignedTo"
