"""Types and functions that the native provider serves for Kubernetes."""

from __future__ import annotations

from typing import Any

from rolecall.systems.kubernetes.governed_object import GovernedObject
from rolecall.systems.resource import Function

RESOURCES = (GovernedObject,)
FUNCTIONS: tuple[type[Function[Any]], ...] = ()
