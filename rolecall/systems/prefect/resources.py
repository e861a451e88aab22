"""The resource types and functions of Prefect in the native provider."""

from __future__ import annotations

from typing import Any

from rolecall.systems.prefect.automation import Automation
from rolecall.systems.prefect.deployment import Deployment
from rolecall.systems.prefect.permissions import Permissions
from rolecall.systems.prefect.service_account import ServiceAccount
from rolecall.systems.prefect.team import Team
from rolecall.systems.prefect.variable import Variable
from rolecall.systems.prefect.work_pool import WorkPool
from rolecall.systems.resource import Function

RESOURCES = (Team, ServiceAccount, WorkPool, Variable, Deployment, Automation, Permissions)
FUNCTIONS: tuple[type[Function[Any]], ...] = ()
