"""Metastores of Unity Catalog, and privileges to create objects in them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rolecall.contract.from_environment import UUID
from rolecall.ids.model import Model
from rolecall.ids.name_types import GroupName

# https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html (metastore); the names
# are those of databricks-sdk-py, databricks/sdk/service/catalog.py `Privilege`.
MetastorePrivilege = Literal[
    "CREATE_CATALOG",
    "CREATE_CLEAN_ROOM",
    "CREATE_CONNECTION",
    "CREATE_EXTERNAL_LOCATION",
    "CREATE_MATERIALIZED_VIEW",
    "CREATE_PROVIDER",
    "CREATE_RECIPIENT",
    "CREATE_SERVICE_CREDENTIAL",
    "CREATE_SHARE",
    "CREATE_STORAGE_CREDENTIAL",
    "MANAGE_ALLOWLIST",
    "SET_SHARE_PERMISSION",
    "USE_CONNECTION",
    "USE_MARKETPLACE_ASSETS",
    "USE_PROVIDER",
    "USE_RECIPIENT",
    "USE_SHARE",
]


class Metastore(Model):
    """A metastore of Unity Catalog that workspaces of the contract share."""

    id: Annotated[str, UUID]
    """its id, as workspaces of the contract name it in `metastore`"""
    privileges: dict[GroupName, list[MetastorePrivilege]] = Field(default_factory=dict)
    """privileges of groups on the metastore; grants to other principals are left unchanged, and parity reports them"""
