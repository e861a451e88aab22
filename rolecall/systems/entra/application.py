"""Applications and their service principals: https://learn.microsoft.com/graph/api/resources/application."""

from __future__ import annotations

from pydantic import Field

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.entra.client import every, graph, one, seen_after_creation
from rolecall.systems.ownership import UNOWNED, is_marked, marked, not_owned, require_own, unmarked
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

APPLICATIONS = "/v1.0/applications"
PRINCIPALS = "/v1.0/servicePrincipals"


class ApplicationInputs(Model):
    """An application that Rolecall makes."""

    display_name: str = Field(
        min_length=1, max_length=256, description="its name in the tenant, which need not be unique"
    )
    description: str = Field(default="", description="what it is for")
    managed_by: str = Field(min_length=1, description="whose it is, unique: an application is found by it again")


class Application(Resource[ApplicationInputs]):
    """An application without any secret: it signs in by federated credentials only."""

    token = "rolecall:entra:Application"
    description = "An application in Entra ID that Rolecall owns; it has no secret."
    computed = {"applicationId": "the application (client) id"}

    def create(self, inputs: ApplicationInputs) -> Live[ApplicationInputs]:
        """Make it; names are not unique, so that what an earlier run has made is looked for first."""
        found = _own(inputs)
        if found is None:
            request = Request("POST", APPLICATIONS, body={**_body(inputs), "signInAudience": "AzureADMyOrg"})
            found = graph().once(lambda: _own(inputs), request, lambda answer: dict(answer.body))
            seen_after_creation(f"{APPLICATIONS}/{found['id']}")
        return _live(found, inputs.managed_by)

    def read(self, identity: str, declared: ApplicationInputs | None) -> Live[ApplicationInputs] | None:
        """Return it by its object id."""
        found = one(f"{APPLICATIONS}/{identity}")
        return _live(found, declared.managed_by if declared else "rolecall") if found else None

    def update(self, identity: str, old: ApplicationInputs, new: ApplicationInputs) -> Live[ApplicationInputs]:
        """Update its name or description, if it still has our mark; its id and credentials stay."""
        found = one(f"{APPLICATIONS}/{identity}")
        if found is not None and not is_marked(found.get("description"), old.managed_by):
            raise not_owned(f"Entra application {found['displayName']!r} ({identity})")
        body = _body(new)

        def changed() -> Json | None:
            found = one(f"{APPLICATIONS}/{identity}")
            return found if found and all(found.get(key) == value for key, value in body.items()) else None

        graph().once(changed, Request("PATCH", f"{APPLICATIONS}/{identity}", body=body), lambda _answer: body)
        return _live(graph().get(f"{APPLICATIONS}/{identity}"), new.managed_by)

    def delete(self, identity: str, declared: ApplicationInputs) -> None:
        """Remove it, if it still has our mark."""
        found = one(f"{APPLICATIONS}/{identity}")
        if found is None:
            return
        what = f"Entra application {found['displayName']!r} ({identity})"
        require_own(what, found.get("description"), declared.managed_by)
        try:
            graph().send(Request("DELETE", f"{APPLICATIONS}/{identity}"))
        except ObjectMissing:
            return


class ServicePrincipalInputs(Model):
    """The service principal of an application in this tenant."""

    application_id: str = Field(min_length=1, description="the application (client) id")


class ServicePrincipal(Resource[ServicePrincipalInputs]):
    """What an application is in a tenant: who gets access."""

    token = "rolecall:entra:ServicePrincipal"
    description = "The service principal of an application in Entra ID."
    replaced_by = frozenset({"applicationId"})

    def create(self, inputs: ServicePrincipalInputs) -> Live[ServicePrincipalInputs]:
        """Make it, or find it: an application has one."""

        def find() -> Json | None:
            return next(every(PRINCIPALS, filter=f"appId eq '{inputs.application_id}'"), None)

        def attempt() -> Json | None:
            try:
                request = Request("POST", PRINCIPALS, body={"appId": inputs.application_id})
                return graph().once(find, request, lambda answer: dict(answer.body))
            except RequestRejected:
                # It is there already, or the application, made a moment ago, is not known here yet.
                return find()

        found = graph().poll_until(attempt, lambda principal: principal is not None, seconds=30)
        if found is None:
            raise graph().broken(f"the application {inputs.application_id} is not known yet")
        return Live(str(found["id"]), inputs)

    def read(self, identity: str, declared: ServicePrincipalInputs | None) -> Live[ServicePrincipalInputs] | None:
        """Return it by its object id."""
        found = one(f"{PRINCIPALS}/{identity}")
        return Live(identity, ServicePrincipalInputs(application_id=found["appId"])) if found else None

    def update(
        self, identity: str, old: ServicePrincipalInputs, new: ServicePrincipalInputs
    ) -> Live[ServicePrincipalInputs]:
        """Nothing of it can change in place."""
        return Live(identity, new)

    def delete(self, identity: str, declared: ServicePrincipalInputs) -> None:
        """Remove it."""
        try:
            graph().send(Request("DELETE", f"{PRINCIPALS}/{identity}"))
        except ObjectMissing:
            return


def _own(inputs: ApplicationInputs) -> Json | None:
    found = every(APPLICATIONS, filter=f"displayName eq '{inputs.display_name}'")
    return next((one for one in found if is_marked(one.get("description"), inputs.managed_by)), None)


def _body(inputs: ApplicationInputs) -> Json:
    return {"displayName": inputs.display_name, "description": marked(inputs.description, inputs.managed_by)}


def _live(found: Json, managed_by: str) -> Live[ApplicationInputs]:
    ours = is_marked(found.get("description"), managed_by)
    inputs = ApplicationInputs(
        display_name=str(found.get("displayName") or ""),
        description=unmarked(found.get("description"), managed_by),
        managed_by=managed_by if ours else UNOWNED,
    )
    return Live(str(found["id"]), inputs, {"applicationId": str(found["appId"])})
