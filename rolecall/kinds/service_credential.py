"""Service credentials: the identity of a cloud by which code reaches the cloud's services."""

from __future__ import annotations

from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ALL_PRIVILEGES, GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.metastore_object import MetastoreKind, refuses_other_roles
from rolecall.kinds.spec import Data, Facts, Owner, Quota, Resource, Scope
from rolecall.kinds.storage_credential import EXTERNAL_ID, CloudIdentity, identity_properties
from rolecall.kinds.workspace_binding import bound_to


class ServiceCredential(CloudIdentity):
    """A service credential: code of its holders acts as the cloud's identity."""


def _properties(credential: ServiceCredential, facts: Facts) -> dict[str, object] | None:
    if credential.existing is not None:
        return None
    return {**identity_properties(credential, facts), "purpose": "SERVICE"}


SERVICE_CREDENTIAL = MetastoreKind[ServiceCredential](
    name=Kind.SERVICE_CREDENTIAL,
    noun="service credential",
    docs="https://docs.databricks.com/en/connect/unity-catalog/cloud-services/manage-service-credentials.html",
    section="service_credentials",
    summary="identities of the cloud by which code reaches its services",
    model=ServiceCredential,
    refuses=refuses_other_roles,
    # https://docs.databricks.com/en/resources/limits.html (Unity Catalog)
    quota=Quota(200, Scope.METASTORE),
    access=Access(GRANTS, "credential", "credential"),
    verbs={Verb.RUN: "ACCESS", Verb.MANAGE: "CREATE_CONNECTION MANAGE"},
    without_verb=ALL_PRIVILEGES,
    owner=Owner("field", "owner", "holds every privilege on it, and may grant them and change the cloud's identity"),
    api=Api(find="/api/2.1/unity-catalog/credentials/{name}", id="name"),
    resource=Resource(
        "databricks:index/credential:Credential",
        full_name=("name",),
        properties=_properties,
        parts=bound_to("credential"),
    ),
    data=Data(EXTERNAL_ID, ("name",)),
)
