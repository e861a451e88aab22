"""Federated credentials: whose tokens an application signs in with, instead of a secret.

https://learn.microsoft.com/graph/api/resources/federatedidentitycredential; at most 20 an application.
"""

from __future__ import annotations

from pydantic import Field

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.entra.client import every, graph, one
from rolecall.systems.ownership import not_owned
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"


class CredentialInputs(Model):
    """A federated credential."""

    application_object_id: str = Field(min_length=1, description="object id of the application")
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{2,119}$", description="its name in the application")
    issuer: str = Field(min_length=1, description="address of the issuer, exactly as its tokens say it")
    subject: str = Field(min_length=1, description="the subject, exactly as the issuer's tokens say it")
    audience: str = Field(default=EXCHANGE_AUDIENCE, description="for whom the tokens have to be meant")
    description: str = Field(default="", description="what it is for")


class FederatedIdentityCredential(Resource[CredentialInputs]):
    """A workload signs in as an application with its own issuer's token."""

    token = "rolecall:entra:FederatedIdentityCredential"
    description = "A federated credential of an application in Entra ID. Its id is APPLICATION/CREDENTIAL."
    replaced_by = frozenset({"applicationObjectId", "name"})
    # An application has an issuer and subject once: https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
    deleted_first = frozenset({"name"})

    def create(self, inputs: CredentialInputs) -> Live[CredentialInputs]:
        """Make it, or find what an earlier run has made: names are unique in an application."""
        path = _path(inputs.application_object_id)

        def find() -> Json | None:
            return next((found for found in every(path) if found["name"] == inputs.name), None)

        try:
            made = graph().once(find, Request("POST", path, body=_body(inputs)), lambda answer: dict(answer.body))
        except RequestRejected as error:
            found = find()
            if found is None:
                raise
            same = (found["issuer"], found["subject"]) == (inputs.issuer, inputs.subject)
            if not same:
                raise not_owned(f"federated credential {inputs.name!r} ({found['id']})") from error
            made = found
        return Live(f"{inputs.application_object_id}/{made['id']}", inputs)

    def read(self, identity: str, declared: CredentialInputs | None) -> Live[CredentialInputs] | None:
        """Return it."""
        application, _, credential = identity.partition("/")
        found = one(f"{_path(application)}/{credential}")
        if found is None:
            return None
        inputs = CredentialInputs(
            application_object_id=application,
            name=found["name"],
            issuer=str(found.get("issuer") or ""),
            subject=str(found.get("subject") or ""),
            audience=", ".join(map(str, found.get("audiences") or [])),
            description=found.get("description") or "",
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: CredentialInputs, new: CredentialInputs) -> Live[CredentialInputs]:
        """Change issuer, subject, audience or description."""
        application, _, credential = identity.partition("/")
        path, body = f"{_path(application)}/{credential}", _body(new)

        def changed() -> Json | None:
            found = one(path)
            return found if found and all(found.get(key) == value for key, value in body.items()) else None

        graph().once(changed, Request("PATCH", path, body=body), lambda _answer: body)
        return Live(identity, new)

    def delete(self, identity: str, declared: CredentialInputs) -> None:
        """Remove it."""
        application, _, credential = identity.partition("/")
        try:
            graph().send(Request("DELETE", f"{_path(application)}/{credential}"))
        except ObjectMissing:
            return


def _path(application: str) -> str:
    return f"/v1.0/applications/{application}/federatedIdentityCredentials"


def _body(inputs: CredentialInputs) -> Json:
    return {
        "name": inputs.name,
        "issuer": inputs.issuer,
        "subject": inputs.subject,
        "audiences": [inputs.audience],
        "description": inputs.description,
    }
