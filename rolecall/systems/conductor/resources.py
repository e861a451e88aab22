"""The resource types and functions of Conductor in the native provider."""

from __future__ import annotations

from typing import Any

from rolecall.systems.conductor.application import Application
from rolecall.systems.conductor.group import Group
from rolecall.systems.conductor.permissions import Permissions
from rolecall.systems.conductor.task_definition import TaskDefinition
from rolecall.systems.conductor.workflow_definition import WorkflowDefinition
from rolecall.systems.resource import Function

RESOURCES = (Group, Application, TaskDefinition, WorkflowDefinition, Permissions)
FUNCTIONS: tuple[type[Function[Any]], ...] = ()
