"""What the native provider serves of Databricks, beside the bridged provider."""

from __future__ import annotations

from rolecall.systems.databricks.functions import GetGroups, GetWorkspace
from rolecall.systems.databricks.group_members import GroupMembers
from rolecall.systems.databricks.provisioned_group import ProvisionedGroup
from rolecall.systems.databricks.secret_access import SecretAccess

RESOURCES = (GroupMembers, ProvisionedGroup, SecretAccess)
FUNCTIONS = (GetGroups, GetWorkspace)
