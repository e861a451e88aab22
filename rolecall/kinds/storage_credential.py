"""Storage credentials: the identity of a cloud by which a metastore reaches files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ALL_PRIVILEGES, GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.clouds import Cloud
from rolecall.kinds.metastore_object import ISOLATED, BoundObject, MetastoreKind, refuses_other_roles
from rolecall.kinds.spec import Data, Facts, Owner, Quota, Refusal, Scope, Value
from rolecall.kinds.workspace_binding import bound_resource

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
RoleArn = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$"),
    Field(description="the ARN of an IAM role, arn:aws:iam::ACCOUNT:role/NAME"),
]
# https://learn.microsoft.com/azure/databricks/connect/unity-catalog/cloud-storage/azure-managed-identities
ConnectorId = Annotated[
    str,
    StringConstraints(
        pattern=r"(?i)^/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]+/providers/Microsoft\.Databricks/accessConnectors/[^/]+$"
    ),
    Field(description="the resource id of an access connector, /subscriptions/…/accessConnectors/NAME"),
]


class CloudIdentity(BoundObject):
    """An object of a metastore that acts as an identity of the cloud; that of its environment's cloud counts."""

    aws_iam_role: RoleArn | None = None
    """AWS: the IAM role that it assumes"""
    azure_access_connector: ConnectorId | None = None
    """Azure: the access connector whose managed identity it uses"""
    azure_managed_identity: Annotated[str, Field(min_length=1)] | None = None
    """Azure: the user-assigned identity of the connector; without it, the connector's own"""
    skip_validation: bool = False
    """create and change it without trying the cloud's identity"""

    @model_validator(mode="after")
    def _identity_of_connector(self) -> Self:
        for name in ("aws_iam_role", "azure_access_connector") if self.existing is not None else ():
            if getattr(self, name) is not None:
                raise ValueError(f"`existing` names a credential that is managed elsewhere: leave `{name}` out")
        if self.azure_managed_identity is not None and self.azure_access_connector is None:
            raise ValueError("`azure_managed_identity` is one of an `azure_access_connector`, which is missing")
        return self

    def identity_on(self, cloud: Cloud) -> tuple[str, dict[str, str]] | None:
        """Return the provider's property and value for a cloud; None where the cloud needs one that is missing.

        On Google Cloud, Databricks makes the service account:
        https://docs.databricks.com/gcp/en/connect/unity-catalog/cloud-storage/storage-credentials.html
        """
        if cloud == "gcp":
            return "databricksGcpServiceAccount", {}
        if cloud == "azure":
            if self.azure_access_connector is None:
                return None
            identity = {"managedIdentityId": self.azure_managed_identity} if self.azure_managed_identity else {}
            return "azureManagedIdentity", {"accessConnectorId": self.azure_access_connector, **identity}
        return ("awsIamRole", {"roleArn": self.aws_iam_role}) if self.aws_iam_role is not None else None


class StorageCredential(CloudIdentity):
    """A storage credential; Unity Catalog takes external locations that use it, and no key of a storage account."""

    read_only: bool = False
    """whether files are only read with it"""


def identity_properties(value: CloudIdentity, facts: Facts) -> dict[str, object]:
    """Return the properties that storage and service credentials have in common.

    Raises:
        ValueError: it has no identity of the cloud; the contract's checks refuse that.
    """
    found = value.identity_on(facts.cloud)
    if found is None:
        raise ValueError(f"{facts.id} has no identity on {facts.cloud}")
    name, identity = found
    noun = facts.id.kind.replace("_", " ").capitalize()
    return {
        "name": facts.name,
        name: identity,
        "comment": value.description or f"{noun} {facts.id.key} of {facts.project}",
        "isolationMode": ISOLATED,
        **({"skipValidation": True} if value.skip_validation else {}),
    }


def _properties(credential: StorageCredential, facts: Facts) -> dict[str, object] | None:
    if credential.existing is not None:
        return None
    return {**identity_properties(credential, facts), "readOnly": credential.read_only}


# The cloud's identity trusts the id that Databricks assigns to one credential.
_DATA = Data("the id that the cloud's identity trusts: a credential that is made again has another one", ("name",))
_OWNER = Owner("field", "owner", "holds every privilege on it, and may grant them and change the cloud's identity")
# https://docs.databricks.com/en/resources/limits.html (Unity Catalog)
_QUOTA = Quota(200, Scope.METASTORE)


@dataclass(frozen=True, kw_only=True)
class CredentialKind(MetastoreKind[Value]):
    """A kind of identities of the cloud in a metastore."""

    refuses: Callable[[Value, Verb, str, bool], Refusal | None] | None = refuses_other_roles
    quota: Quota | None = _QUOTA
    without_verb: Mapping[str, str] = field(default_factory=lambda: ALL_PRIVILEGES)
    owner: Owner | None = _OWNER
    data: Data | None = _DATA


STORAGE_CREDENTIAL = CredentialKind[StorageCredential](
    Kind.STORAGE_CREDENTIAL,
    "https://docs.databricks.com/en/connect/unity-catalog/cloud-storage/manage-storage-credentials.html",
    "identities of the cloud by which external locations are reached",
    StorageCredential,
    access=Access(GRANTS, "storage_credential", "storageCredential"),
    verbs={
        Verb.VIEW: "READ_FILES",
        Verb.EDIT: "WRITE_FILES",
        Verb.MANAGE: "CREATE_EXTERNAL_LOCATION CREATE_EXTERNAL_TABLE MANAGE",
    },
    api=Api(find="/api/2.1/unity-catalog/storage-credentials/{name}", id="name"),
    resource=bound_resource("databricks:index/storageCredential:StorageCredential", "storage_credential", _properties),
)
