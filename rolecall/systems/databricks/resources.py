"""What the native provider serves of Databricks, beside the bridged provider."""

from __future__ import annotations

from rolecall.systems.databricks.functions import GetGroups
from rolecall.systems.databricks.group_members import GroupMembers
from rolecall.systems.databricks.provisioned_group import ProvisionedGroup

RESOURCES = (GroupMembers, ProvisionedGroup)
FUNCTIONS = (GetGroups,)
