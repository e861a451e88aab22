"""The engine's integrity check of a deployment (pulumi/pkg, resource/stack/snapshot/integrity.go)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PROVIDER = "pulumi:providers:"


def integrity_problems(stack: str, deployment: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the engine would refuse a deployment.

    Args:
        stack: the stack's name, which every resource has in its own.
        deployment: as `pulumi stack export` writes it.
    """
    seen: set[str] = set()
    current: set[str] = set()
    connections: set[str] = set()
    for one in deployment.get("resources") or []:
        urn = str(one.get("urn") or "")
        if not urn.startswith(f"urn:pulumi:{stack}::"):
            yield f"{urn or 'a resource without a name'} is not of stack {stack}"
        if not one.get("type"):
            yield f"{urn} has no type"
        if one.get("id") and not one.get("custom"):
            yield f"{urn} is a component and has an id"
        if str(one.get("type")).startswith(PROVIDER):
            connections.add(f"{urn}::{one.get('id')}")
        connection = one.get("provider")
        if connection and connection not in connections and not one.get("pendingReplacement"):
            yield f"{urn} names a connection that is not before it: {connection}"
        yield from (f"{urn} names what is not before it: {name}" for name in _named(one) if name not in seen)
        if not one.get("delete"):
            if urn in current:
                yield f"{urn} is there twice"
            current.add(urn)
        seen.add(urn)


def _named(one: Mapping[str, Any]) -> Iterator[str]:
    yield from (one[key] for key in ("parent", "deletedWith") if one.get(key))
    yield from one.get("dependencies") or []
    for names in (one.get("propertyDependencies") or {}).values():
        yield from names or []
