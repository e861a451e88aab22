"""Connections: other databases and services, reached with the sign-in that the connection holds."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rolecall.ids.ids import ObjectId
from rolecall.ids.name_types import Name
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ALL_PRIVILEGES, GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.metastore_object import MetastoreKind, SensitiveObject, refuses_other_roles
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.spec import Data, Facts, Owner, Quota, Ref, Resource, Scope

# https://docs.databricks.com/api/workspace/connections/create: connection_type.
ConnectionType = Literal[
    "BIGQUERY",
    "DATABRICKS",
    "GLUE",
    "HIVE_METASTORE",
    "HTTP",
    "JDBC",
    "MYSQL",
    "ORACLE",
    "POSTGRESQL",
    "REDSHIFT",
    "SALESFORCE",
    "SALESFORCE_DATA_CLOUD",
    "SERVICENOW",
    "SNOWFLAKE",
    "SQLDW",
    "SQLSERVER",
    "TERADATA",
    "WORKDAY_RAAS",
]
# Options that hold a sign-in (terraform-provider-databricks, catalog/resource_connection.go), in small letters.
SECRET_OPTIONS = frozenset(
    {
        "access_token",
        "bearer_token",
        "client_secret",
        "googleserviceaccountkeyjson",
        "oauthpvtkey",
        "password",
        "pem_private_key",
        "personalaccesstoken",
        "refresh_token",
    }
)


class Connection(SensitiveObject):
    """A connection to another system. One that signs in with a password is made elsewhere, and named by `existing`."""

    type: ConnectionType | None = None
    """the system that it connects to"""
    options: dict[Annotated[str, Field(min_length=1)], str] = Field(default_factory=dict)
    """how it connects, as in the API; no password, token or key"""
    signs_in_with: Name | None = None
    """the project's service credential that it signs in with: the option `credential`"""

    @model_validator(mode="after")
    def _all_or_existing(self) -> Self:
        if self.existing is not None:
            if self.type is not None or self.options or self.signs_in_with is not None:
                raise ValueError("`existing` names a connection that is managed elsewhere: leave the rest out")
            return self
        if self.type is None:
            raise ValueError("write `type: TYPE`, or `existing: NAME` for a connection that is managed elsewhere")
        if found := sorted(option for option in self.options if option.lower() in SECRET_OPTIONS):
            raise ValueError(
                f"the option {found[0]!r} holds a secret, which is no part of a contract: make the connection "
                "elsewhere, and name it by `existing`"
            )
        if self.signs_in_with is not None and "credential" in self.options:
            raise ValueError("`signs_in_with` is the option `credential`: write one of the two")
        return self


def _properties(connection: Connection, facts: Facts) -> dict[str, object] | None:
    if connection.existing is not None:
        return None
    options: dict[str, object] = dict(connection.options)
    if connection.signs_in_with is not None:
        environment, project = facts.id.own_environment, facts.project
        named = ObjectId(environment, Kind.SERVICE_CREDENTIAL, project, connection.signs_in_with)
        options["credential"] = Ref(named)
    return {
        "name": facts.name,
        "connectionType": connection.type,
        "options": options,
        "comment": connection.description or f"Connection {facts.id.key} of {facts.project}",
    }


CONNECTION = MetastoreKind[Connection](
    Kind.CONNECTION,
    "https://docs.databricks.com/en/query-federation/connections.html",
    "other databases and services, reached with the connection's credentials",
    Connection,
    refuses=refuses_other_roles,
    refers=refers_by({"signs_in_with": "service_credentials"}),
    # https://docs.databricks.com/en/resources/limits.html (Unity Catalog)
    quota=Quota(1_000, Scope.METASTORE),
    # The provider's id of a connection is METASTORE|NAME.
    access=Access(GRANTS, "connection", "foreignConnection", output="name"),
    verbs={Verb.RUN: "USE_CONNECTION", Verb.MANAGE: "CREATE_FOREIGN_CATALOG MANAGE"},
    without_verb=ALL_PRIVILEGES,
    owner=Owner("field", "owner", "holds every privilege on it, and may grant them and change where it connects to"),
    api=Api(find="/api/2.1/unity-catalog/connections/{name}", id="name"),
    resource=Resource("databricks:index/connection:Connection", full_name=("name",), properties=_properties),
    data=Data("its sign-in, and the foreign catalogs that use it", ("name", "connectionType", "comment")),
)
