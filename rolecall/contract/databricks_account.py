"""The Databricks account and who deploys to it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rolecall.contract.from_environment import ACCOUNT_HOST, UUID
from rolecall.ids.model import Model
from rolecall.ids.name_types import Host, Name, PrincipalPath


class DatabricksAccount(Model):
    """The Databricks account and who deploys to it."""

    host: Annotated[Host, ACCOUNT_HOST]
    """address of the account console"""
    account_id: Annotated[str, UUID]
    """the account's id, a UUID"""
    deployer: Annotated[str, UUID]
    """application id of the service principal that runs Rolecall; it owns the jobs"""
    previewer: Annotated[str | None, UUID] = None
    """application id of the service principal that may only preview, as in CI for pull requests"""
    administer: Literal["account", "workspaces"] = "account"
    """scope of the deployer: `workspaces` without the account, whose groups and service principals are named by their
    ids, checked, and never written"""
    service_principals: Annotated[dict[PrincipalPath, dict[Name, str]], UUID] = Field(default_factory=dict)
    """with `administer: workspaces`, the application id of PROJECT/SERVICE_PRINCIPAL in each environment"""
    provisioning: Literal["scim", "automatic", "rolecall"] = "scim"
    """who provisions people and groups here: the identity provider's application, Databricks itself, or Rolecall"""

    @property
    def has_account(self) -> bool:
        """Whether the deployer administers the account."""
        return self.administer == "account"
