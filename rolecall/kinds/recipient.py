"""Recipients: organizations outside, to which shares give data by Delta Sharing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_network
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.metastore_object import NAMES, MetastoreKind, MetastoreObject, securable_name
from rolecall.kinds.spec import Data, Facts, Naming, Owner, Quota, Resource, Scope, Surroundings

# https://docs.databricks.com/api/workspace/recipients/create: data_recipient_global_metastore_id.
GlobalMetastoreId = Annotated[
    str,
    StringConstraints(pattern=r"^(aws|azure|gcp):[a-z0-9-]+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    Field(description="CLOUD:REGION:UUID, as `CURRENT_METASTORE()` returns it at the recipient"),
]


def _network(text: str) -> str:
    ip_network(text)
    return text


# https://docs.databricks.com/api/workspace/recipients/create: ip_access_list.
Network = Annotated[str, AfterValidator(_network), Field(description="an address or a network, such as 203.0.113.0/24")]


class Recipient(MetastoreObject):
    """An organization outside: either one with a metastore of its own, or one that signs in with a token that ends."""

    metastore_id: GlobalMetastoreId | None = None
    """the recipient's metastore, where it is on Databricks"""
    expires: date | None = None
    """the last day on which its token works, where it is not on Databricks"""
    addresses: list[Network] = Field(default_factory=list)
    """the addresses from which it reads; needed for a token"""

    @model_validator(mode="after")
    def _one_sign_in(self) -> Self:
        if self.existing is not None:
            if self.metastore_id is not None or self.expires is not None or self.addresses:
                raise ValueError("`existing` names a recipient that is managed elsewhere: leave the rest out")
            return self
        if (self.metastore_id is None) == (self.expires is None):
            raise ValueError("write one of `metastore_id: CLOUD:REGION:UUID` and `expires: YYYY-MM-DD` of its token")
        if self.metastore_id is not None and self.addresses:
            # https://docs.databricks.com/en/delta-sharing/access-list.html: of recipients with tokens
            raise ValueError("`addresses` are those of a token: leave them out beside `metastore_id`")
        if self.expires is not None and not self.addresses:
            raise ValueError("a token works from anywhere: write the recipient's `addresses`")
        return self

    @property
    def ends_at(self) -> int | None:
        """When its token ends, in milliseconds since 1970; None for a recipient on Databricks."""
        if self.expires is None:
            return None
        end = datetime.combine(self.expires + timedelta(days=1), time(), UTC)
        return int(end.timestamp()) * 1000


def folded_name(value: object, identity: ObjectId, around: Surroundings) -> str:
    """Return the name in small letters, as Unity Catalog keeps it."""
    return securable_name(value, identity, around).lower()


FOLDED: Naming[Any] = Naming(folded_name, NAMES)


def _properties(recipient: Recipient, facts: Facts) -> dict[str, object] | None:
    if recipient.existing is not None:
        return None
    signs_in: dict[str, object] = {"authenticationType": "TOKEN", "expirationTime": recipient.ends_at}
    if recipient.metastore_id is not None:
        signs_in = {"authenticationType": "DATABRICKS", "dataRecipientGlobalMetastoreId": recipient.metastore_id}
    addresses = {"ipAccessList": {"allowedIpAddresses": sorted(recipient.addresses)}} if recipient.addresses else {}
    comment = recipient.description or f"Recipient {facts.id.key} of {facts.project}"
    return {"name": facts.name, "comment": comment, **signs_in, **addresses}


RECIPIENT = MetastoreKind[Recipient](
    Kind.RECIPIENT,
    "https://docs.databricks.com/en/delta-sharing/create-recipient.html",
    "external organizations, which read shares",
    Recipient,
    held_by_groups=False,
    # https://docs.databricks.com/en/resources/limits.html (Delta Sharing)
    quota=Quota(5_000, Scope.METASTORE),
    naming=FOLDED,
    # A recipient has no access list: shares list it.
    access=Access(GRANTS, "recipient", "recipient"),
    verbs={},
    without_verb={},
    owner=Owner("field", "owner", "may rotate its token, change its addresses and delete it"),
    api=Api(find="/api/2.1/unity-catalog/recipients/{name}", id="name"),
    resource=Resource("databricks:index/recipient:Recipient", full_name=("name",), properties=_properties),
    data=Data(
        "the recipient's sign-in, which another one of its name does not have",
        ("name", "authenticationType", "dataRecipientGlobalMetastoreId"),
    ),
)
