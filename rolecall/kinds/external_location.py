"""External locations: files in the cloud's storage, reached past catalogs and schemas."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from rolecall.ids.ids import ObjectId
from rolecall.ids.name_types import Name
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ALL_PRIVILEGES, GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.metastore_object import (
    ISOLATED,
    BoundObject,
    MetastoreKind,
    SecurableName,
    refuses_other_roles,
)
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.spec import (
    HOLDS_CODE,
    Data,
    Facts,
    Owner,
    Quota,
    Ref,
    Scope,
    Steering,
)
from rolecall.kinds.workspace_binding import bound_resource

# https://docs.databricks.com/api/workspace/externallocations/create: url.
StorageUrl = Annotated[
    str,
    StringConstraints(pattern=r"^(s3|abfss|gs|r2)://[^/\s?#][^\s?#]*$", max_length=1024),
    Field(description="a path in the cloud's storage, s3://…, abfss://…, gs://… or r2://…"),
]


class ExternalLocation(BoundObject):
    """An external location: a path of the cloud's storage with the credential that reaches it."""

    url: StorageUrl | None = None
    """the path, with everything below it"""
    reached_with: Name | None = None
    """the project's storage credential that reaches it"""
    credential_name: SecurableName | None = None
    """the name of a storage credential that is managed elsewhere, in place of `reached_with`"""
    read_only: bool = False
    """whether files are only read through it"""
    skip_validation: bool = False
    """create and change it without trying the storage"""

    @model_validator(mode="after")
    def _all_or_existing(self) -> Self:
        declared = [name for name in ("url", "reached_with", "credential_name") if getattr(self, name) is not None]
        if self.existing is not None:
            if declared:
                raise ValueError(f"`existing` names a location that is managed elsewhere: leave {declared[0]!r} out")
            return self
        if "url" not in declared:
            raise ValueError("write `url: PATH`, or `existing: NAME` for a location that is managed elsewhere")
        if len(declared) != 2:
            raise ValueError("write one of `reached_with: KEY` and `credential_name: NAME`")
        return self


def url_parts(url: str) -> tuple[str, ...]:
    """Return the parts of a storage path, for comparisons; other schemes for one storage are one scheme.

    https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/index.html (s3a), …/hadoop-azure/abfs.html (abfs)
    """
    scheme, _, rest = url.partition("://")
    known = re.sub(r"^s3[an]$", "s3", scheme.casefold())
    parts = [part for part in rest.split("/") if part]
    return ("abfss" if known == "abfs" else known, *[parts[0].casefold()], *parts[1:]) if parts else (known,)


def _properties(location: ExternalLocation, facts: Facts) -> dict[str, object] | None:
    if location.existing is not None:
        return None
    credential: object = location.credential_name
    if location.reached_with is not None:
        environment, project = facts.id.own_environment, facts.project
        credential = Ref(ObjectId(environment, Kind.STORAGE_CREDENTIAL, project, location.reached_with))
    return {
        "name": facts.name,
        "url": location.url,
        "credentialName": credential,
        "comment": location.description or f"External location {facts.id.key} of {facts.project}",
        "readOnly": location.read_only,
        "isolationMode": ISOLATED,
        **({"skipValidation": True} if location.skip_validation else {}),
    }


EXTERNAL_LOCATION = MetastoreKind[ExternalLocation](
    Kind.EXTERNAL_LOCATION,
    "https://docs.databricks.com/en/connect/unity-catalog/cloud-storage/manage-external-locations.html",
    "paths of the cloud's storage, with the files in them",
    ExternalLocation,
    attributes=("name", "url"),
    steers_jobs=Steering(Verb.EDIT, HOLDS_CODE, by_code=True),
    refuses=refuses_other_roles,
    refers=refers_by({"reached_with": "storage_credentials"}),
    # https://docs.databricks.com/en/resources/limits.html (Unity Catalog)
    quota=Quota(500, Scope.METASTORE),
    access=Access(GRANTS, "external_location", "externalLocation"),
    verbs={
        Verb.VIEW: "READ_FILES",
        Verb.EDIT: "WRITE_FILES",
        # The creator of a table or volume on files owns it, and may grant others what is in it.
        Verb.MANAGE: "CREATE_EXTERNAL_TABLE CREATE_EXTERNAL_VOLUME CREATE_MANAGED_STORAGE MANAGE",
    },
    without_verb={
        **ALL_PRIVILEGES,
        "BROWSE": "it shows the location to people who may use none of its files",
        "CREATE_FOREIGN_SECURABLE": "it makes catalogs of other metastores' data",
        "EXTERNAL_USE_LOCATION": "it lets engines outside Databricks read the files",
    },
    owner=Owner("field", "owner", "holds every privilege on it, and may grant them and change its path"),
    api=Api(find="/api/2.1/unity-catalog/external-locations/{name}", id="name"),
    resource=bound_resource("databricks:index/externalLocation:ExternalLocation", "external_location", _properties),
    data=Data("the way to the files of external tables and volumes in it", ("name",)),
)
