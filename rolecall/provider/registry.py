"""The types that the provider serves: those of every system, in the module `resources` of its folder."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from rolecall.systems.registry import SYSTEMS
from rolecall.systems.resource import Function, Resource

_MODULES = [import_module(f"rolecall.systems.{system.name}.resources") for system in SYSTEMS]

RESOURCES: Mapping[str, type[Resource[Any]]] = MappingProxyType(
    {one.token: one for module in _MODULES for one in module.RESOURCES}
)
FUNCTIONS: Mapping[str, type[Function[Any]]] = MappingProxyType(
    {one.token: one for module in _MODULES for one in module.FUNCTIONS}
)
