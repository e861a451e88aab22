"""Planned operations on each resource, from the engine's events before each step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolecall.engine.provider_reads import shown_value
from rolecall.secrecy import without_secrets

# The logical operations; the engine reports the two halves of a replacement besides.
OPERATIONS = frozenset({"create", "update", "replace", "delete", "import"})
# Stands for a value that only the service knows, once it has made the object (pulumi/sdk, go/common/resource/plugin).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
NOT_YET_KNOWN = "(known after the run)"
PULUMI = "pulumi:"

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class PropertyChange:
    """A property that a run changes.

    Attributes:
        path: the provider's path of it, such as `schedule.pauseStatus`.
        before: its value as text; empty where it had none.
        after: its value as text; empty where it has none any more.
    """

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class PlannedChange:
    """A change to one resource.

    Attributes:
        operation: create, update, replace, delete or import.
        type: its type token.
        name: its name among the stack's resources.
        connection: the name of the connection through which it is written.
        properties: what an update or a replacement changes.
        before: of an existing access list: live access where the run has refreshed it, else what was
            declared.
        after: of an access list that stays: the declared entries.
        digest: SHA-256 of what was declared before and is declared afterwards, as far as it is known before the run.
    """

    operation: str
    type: str
    name: str
    connection: str = ""
    properties: tuple[PropertyChange, ...] = ()
    before: Properties = field(default_factory=dict, compare=False)
    after: Properties = field(default_factory=dict, compare=False)
    digest: str = field(default="", compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        properties = [vars(one) for one in self.properties]
        return {"operation": self.operation, "type": self.type, "name": self.name, "properties": properties}

    @property
    def inputs(self) -> Properties:
        """The declared entries of an access list, now or before."""
        return self.after or self.before


def planned_change(event: Mapping[str, Any], is_list: Callable[[str], bool]) -> PlannedChange | None:
    """Return the change that a step makes; None where it makes none, or is about a component or connection.

    Args:
        event: the engine's event before a step.
        is_list: returns whether a type token is that of an access list, whose properties are kept.
    """
    step = event.get("metadata") or {}
    operation, token = str(step.get("op")), str(step.get("type"))
    old, new = step.get("old") or {}, step.get("new") or {}
    if operation not in OPERATIONS or token.startswith(PULUMI) or not (new or old).get("custom"):
        return None
    # urn:…::NAME::ID, of the connection's own resource.
    connection = str((new or old).get("provider") or "").rpartition("::")[0].rpartition("::")[2]
    name = str(step.get("urn")).rpartition("::")[2]
    former, declared = old.get("inputs") or {}, new.get("inputs") or {}
    properties = _changed(step, former, declared) if old and new else ()
    # The live side is in the outputs; a property that names the object may be in the inputs only.
    kept = ({**former, **(old.get("outputs") or {})}, declared) if is_list(token) else ({}, {})
    values = [[one.path, one.before, one.after] for one in properties]
    facts = json.dumps([operation, former, declared, values], sort_keys=True, default=str)
    digest = hashlib.sha256(facts.encode()).hexdigest()
    return PlannedChange(operation, token, name, connection, properties, *kept, digest)


def _changed(step: Mapping[str, Any], before: Properties, after: Properties) -> tuple[PropertyChange, ...]:
    paths = step.get("detailedDiff") or step.get("diffs") or ()
    found = (
        PropertyChange(path, _text(before, path), _text(after, path)) for path in paths if not path.startswith("__")
    )
    # Values that only the service sets are equal in declarations.
    return tuple(sorted((one for one in found if one.before != one.after), key=lambda one: one.path))


def _text(properties: Properties, path: str) -> str:
    return without_secrets(shown_value(properties, path).replace(UNKNOWN, NOT_YET_KNOWN))
