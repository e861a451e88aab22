"""The types that the provider serves. A system brings its own; adding one is adding a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rolecall.systems.databricks import resources as databricks
from rolecall.systems.entra import resources as entra
from rolecall.systems.okta import resources as okta
from rolecall.systems.resource import Function, Resource

_SYSTEMS = (databricks, entra, okta)

RESOURCES: Mapping[str, type[Resource[Any]]] = MappingProxyType(
    {one.token: one for system in _SYSTEMS for one in system.RESOURCES}
)
FUNCTIONS: Mapping[str, type[Function[Any]]] = MappingProxyType(
    {one.token: one for system in _SYSTEMS for one in system.FUNCTIONS}
)
