"""Planned deletions and replacements, from the engine's events before each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.engine.stack_state import Resource


@dataclass(frozen=True)
class Departure(Resource):
    """A resource that a run deletes, or replaces by another one.

    Attributes:
        replaced: whether another one takes its place.
    """

    replaced: bool = False


def departure_of(event: Mapping[str, Any]) -> Departure | None:
    """Return what a step deletes or replaces; None where it does neither, or is about a component or connection.

    Args:
        event: the engine's event before a step.
    """
    payload = event.get("metadata") or {}
    old = payload.get("old") or {}
    if payload.get("op") not in ("delete", "replace") or not old.get("custom") or not old.get("id"):
        return None
    token = str(payload.get("type"))
    if token.startswith("pulumi:"):
        return None
    connection = str(old.get("provider") or "").rpartition("::")[0].rpartition("::")[2]
    inputs, outputs = old.get("inputs") or {}, old.get("outputs") or {}
    replaced = payload["op"] == "replace"
    return Departure(
        str(payload["urn"]), token, str(old["id"]), inputs, outputs, connection, custom=True, replaced=replaced
    )
