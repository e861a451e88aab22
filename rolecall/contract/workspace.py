"""Workspaces: those that exist, those that Rolecall makes, and the settings of both that matter for access."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from rolecall.contract.from_environment import CIDR, IDENTIFIER, UUID, WORKSPACE_HOST
from rolecall.ids.model import Model
from rolecall.ids.name_types import GroupName, Host

# https://docs.databricks.com/en/security/auth/entitlements.html
Entitlement = Literal[
    "workspace-access",
    "databricks-sql-access",
    "workspace-consume",
    "allow-cluster-create",
    "allow-instance-pool-create",
]


def _address(text: str) -> str:
    try:
        network = ip_network(text, strict=True)
    except ValueError as error:
        raise ValueError(f"write an IPv4 address or a range in CIDR form; {error}") from error
    if network.version != 4:
        # https://docs.databricks.com/en/security/network/front-end/ip-access-list.html
        raise ValueError("IP access lists take IPv4 addresses and ranges only")
    return text


Address = Annotated[str, AfterValidator(_address)]


class NewWorkspace(Model):
    """A workspace that Rolecall makes through the account. What it needs in the cloud exists and is named by its id."""

    cloud: Literal["aws", "gcp"]
    """the cloud; on Azure, workspaces are made by Azure, and are named here by their host"""
    region: Annotated[str, Field(min_length=1), IDENTIFIER]
    """the cloud's region"""
    credentials: Annotated[str | None, IDENTIFIER] = None
    """AWS: id of the credential configuration"""
    storage: Annotated[str | None, IDENTIFIER] = None
    """AWS: id of the storage configuration"""
    project: Annotated[str | None, IDENTIFIER] = None
    """Google Cloud: id of the project"""
    network: Annotated[str | None, IDENTIFIER] = None
    """id of the network configuration"""
    private_access: Annotated[str | None, IDENTIFIER] = None
    """id of the private access settings"""
    managed_services_key: Annotated[str | None, IDENTIFIER] = None
    """id of the key that encrypts what Databricks keeps"""
    storage_key: Annotated[str | None, IDENTIFIER] = None
    """id of the key that encrypts storage"""

    @model_validator(mode="after")
    def _what_the_cloud_needs(self) -> Self:
        needed = {"aws": ("credentials", "storage"), "gcp": ("project",)}
        for cloud, names in needed.items():
            for name in names:
                if (cloud == self.cloud) != (getattr(self, name) is not None):
                    verb = "needs" if cloud == self.cloud else "has no"
                    raise ValueError(f"a workspace on {self.cloud} {verb} `{name}`")
        return self


class Tokens(Model):
    """Who may use personal access tokens in a workspace, and how long they last."""

    users: list[GroupName] = Field(default_factory=list)
    """groups whose members may have tokens; without any, only administrators"""
    max_days: Annotated[int, Field(ge=1, le=730)] = 90
    """days after which every token ends"""


class IpAccess(Model):
    """From where a workspace can be reached."""

    allow: Annotated[list[Address], CIDR] = Field(default_factory=list)
    """addresses and ranges that may; without any, all that are not blocked"""
    block: Annotated[list[Address], CIDR] = Field(default_factory=list)
    """addresses and ranges that may not"""


class Workspace(Model):
    """A Databricks workspace: one that exists (`host`), or one that Rolecall makes (`create`)."""

    host: Annotated[Host | None, WORKSPACE_HOST] = None
    """address of a workspace that exists"""
    create: NewWorkspace | None = None
    """a workspace that Rolecall makes"""
    metastore: Annotated[str | None, UUID] = None
    """id of the Unity Catalog metastore; Rolecall assigns it where it makes the workspace"""
    entitlements: dict[GroupName, list[Entitlement]] = Field(default_factory=dict)
    """what groups may do in the workspace as a whole"""
    tokens: Tokens | None = None
    """who may use tokens; without it, nothing about them is changed"""
    ip_access: IpAccess | None = None
    """from where it can be reached; without it, nothing about that is changed"""
    verbose_audit_logs: bool | None = None
    """whether commands in notebooks and queries are logged too"""
    restrict_admins: bool | None = None
    """whether administrators can let jobs run as, and give jobs to, only themselves"""

    @property
    def has_settings(self) -> bool:
        """Whether the contract declares settings of the workspace as a whole."""
        return bool(
            self.entitlements
            or self.tokens
            or self.ip_access
            or self.verbose_audit_logs is not None
            or self.restrict_admins is not None
        )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.host is None) == (self.create is None):
            raise ValueError("write either `host`, of a workspace that exists, or `create`, and not both")
        return self
