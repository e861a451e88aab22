"""What belongs to the whole organization: its Databricks account, workspaces, environments and the emergency group."""

from __future__ import annotations

from typing import Literal

from rolecall.contract.model import Model
from rolecall.contract.names import GroupName, Host, Name


class IdentityProvider(Model):
    """Where people and groups live."""

    provider: Literal["okta", "entra"]
    """which identity provider it is"""
    issuer: str
    """its OpenID Connect issuer, an address"""


class DatabricksAccount(Model):
    """The Databricks account and who deploys to it."""

    host: Host
    """address of the account console"""
    account_id: str
    """the account's id, a UUID"""
    deployer: str
    """application id of the service principal that runs Rolecall; it owns the jobs"""


class Workspace(Model):
    """A Databricks workspace that exists."""

    host: Host
    """address of the workspace"""


class Environment(Model):
    """A stage that the same projects and roles go through, each with its own objects."""

    workspace: Name
    """the workspace that holds its objects; environments may share one"""
    protected: bool = False
    """production: policies are stricter there"""


class BreakGlass(Model):
    """Who keeps access when all else fails."""

    group: GroupName
    """a group that is administrator of every workspace and stays on every object"""
