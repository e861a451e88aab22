"""Planned changes to resources of certain types, from the engine's events before each step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

# Logical operations; the engine reports the two halves of a replacement besides.
_OPERATIONS = frozenset({"create", "update", "replace", "delete"})


@dataclass(frozen=True)
class Change:
    """A resource that a run creates, updates, replaces or deletes.

    Attributes:
        type: its type token.
        former: its name among the stack's resources so far; empty for a new one.
        name: its name afterwards; empty for a deleted one.
        connection: the name of the connection through which it is written.
        inputs: the properties that are declared afterwards; empty for a deleted one.
    """

    type: str
    former: str
    name: str
    connection: str
    inputs: Mapping[str, Any]


def change_of(event: Mapping[str, Any], types: Collection[str]) -> Change | None:
    """Return the change that a step makes; None where it makes none, or is about another type.

    Args:
        event: the engine's event before a step.
        types: the type tokens to report.
    """
    step = event.get("metadata") or {}
    token = str(step.get("type"))
    if token not in types or step.get("op") not in _OPERATIONS:
        return None
    old, new = step.get("old") or {}, step.get("new") or {}
    former, name = (str(one.get("urn") or "").rpartition("::")[2] for one in (old, new))
    # urn:…::NAME::ID, of the connection's own resource.
    connection = str((new or old).get("provider") or "").rpartition("::")[0].rpartition("::")[2]
    return Change(token, former, name, connection, new.get("inputs") or {})
