"""The resource types and functions of Harness in the native provider."""

from __future__ import annotations

from typing import Any

from rolecall.systems.harness.permissions import Permissions
from rolecall.systems.harness.pipeline import Pipeline
from rolecall.systems.harness.resource_group import ResourceGroup
from rolecall.systems.harness.role import Role
from rolecall.systems.harness.service_account import ServiceAccount
from rolecall.systems.harness.user_group import UserGroup
from rolecall.systems.resource import Function

RESOURCES = (UserGroup, ServiceAccount, Role, ResourceGroup, Pipeline, Permissions)
FUNCTIONS: tuple[type[Function[Any]], ...] = ()
