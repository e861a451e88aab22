"""The types and functions of all installed systems, which the provider serves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from rolecall.errors import UsageError
from rolecall.systems.registry import SYSTEMS
from rolecall.systems.resource import Function, Resource

Served = TypeVar("Served", type[Resource[Any]], type[Function[Any]])


def require_own_token(system: str, served: Served) -> Served:
    """Return a type or function of a system.

    Raises:
        UsageError: its token could replace another system's.
    """
    if not served.token.startswith(f"rolecall:{system}:"):
        what = f"the system {system!r} declares the type {served.token!r}"
        raise UsageError(what, f"Types of a system begin with `rolecall:{system}:`.")
    return served


RESOURCES: Mapping[str, type[Resource[Any]]] = MappingProxyType(
    {one.token: require_own_token(system.name, one) for system in SYSTEMS for one in system.resources()}
)
FUNCTIONS: Mapping[str, type[Function[Any]]] = MappingProxyType(
    {one.token: require_own_token(system.name, one) for system in SYSTEMS for one in system.functions()}
)
