"""Service credentials: the identity of a cloud by which code reaches the cloud's services."""

from __future__ import annotations

from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import Facts
from rolecall.kinds.storage_credential import CloudIdentity, CredentialKind, identity_properties
from rolecall.kinds.workspace_binding import bound_resource


class ServiceCredential(CloudIdentity):
    """A service credential: code of its holders acts as the cloud's identity."""


def _properties(credential: ServiceCredential, facts: Facts) -> dict[str, object] | None:
    if credential.existing is not None:
        return None
    return {**identity_properties(credential, facts), "purpose": "SERVICE"}


SERVICE_CREDENTIAL = CredentialKind[ServiceCredential](
    Kind.SERVICE_CREDENTIAL,
    "https://docs.databricks.com/en/connect/unity-catalog/cloud-services/manage-service-credentials.html",
    "identities of the cloud by which code reaches its services",
    ServiceCredential,
    access=Access(GRANTS, "credential", "credential"),
    verbs={Verb.RUN: "ACCESS", Verb.MANAGE: "CREATE_CONNECTION MANAGE"},
    api=Api(find="/api/2.1/unity-catalog/credentials/{name}", id="name"),
    resource=bound_resource("databricks:index/credential:Credential", "credential", _properties),
)
