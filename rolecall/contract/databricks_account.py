"""The Databricks account and who deploys to it."""

from __future__ import annotations

from typing import Literal

from rolecall.ids.model import Model
from rolecall.ids.name_types import Host


class DatabricksAccount(Model):
    """The Databricks account and who deploys to it."""

    host: Host
    """address of the account console"""
    account_id: str
    """the account's id, a UUID"""
    deployer: str
    """application id of the service principal that runs Rolecall; it owns the jobs"""
    previewer: str | None = None
    """application id of the service principal that may only preview, as in CI for pull requests"""
    provisioning: Literal["scim", "automatic", "rolecall"] = "scim"
    """who provisions people and groups here: the identity provider's application, Databricks itself, or Rolecall"""
