"""Secret scopes: who may read and write secrets. The values are never in a contract."""

from __future__ import annotations

from rolecall.contract.model import Model
from rolecall.contract.names import Host
from rolecall.contract.project_object import ProjectObject


class KeyVault(Model):
    """An Azure Key Vault that holds the values."""

    resource_id: str
    """the vault's resource id"""
    dns_name: Host
    """the vault's address, https://…"""


class SecretScope(ProjectObject):
    """A secret scope; its values come at run time, from here or from a key vault."""

    key_vault: KeyVault | None = None
    """the Azure Key Vault that holds the values; without it, Databricks does"""
