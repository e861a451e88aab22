"""Revoked access: lists of holders before and after each update, from the engine's events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rolecall.kinds.access import LISTS, Interface
from rolecall.systems.registry import SYSTEMS

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class HoldersChange:
    """Everybody who holds something on one object, before and after a run.

    Attributes:
        type: type token of the resource that lists them.
        resource: the resource's name.
        before: the holders now.
        after: those that the run would leave.
        inputs: what was declared of the resource; which property names the object says its kind.
    """

    type: str
    resource: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    inputs: Properties = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """The resource's name."""
        return self.resource


def _entries(list_name: str, *names: str) -> Callable[[Properties], Iterator[str]]:
    """Return what reads holders from a list, each under one of some names."""

    def read(properties: Properties) -> Iterator[str]:
        for entry in properties.get(list_name) or []:
            if isinstance(entry, Mapping):
                for name in names:
                    named = entry.get(name)
                    yield from map(str, named) if isinstance(named, list) else [str(named)] if named else []

    return read


def _entries_of(forms: Sequence[Interface]) -> Callable[[Properties], Iterator[str]]:
    """Return a reader of holders from all lists of one resource type."""
    readers = [_entries(form.entries, *form.subjects) for form in forms]

    def read(properties: Properties) -> Iterator[str]:
        for one in readers:
            yield from one(properties)

    return read


_TOKENS = dict.fromkeys(form.token for form in LISTS if form.whole)


def _of_members(properties: Properties) -> Iterator[str]:
    for member in properties.get("members") or []:
        yield str(member.get("userName")) if isinstance(member, Mapping) else str(member)


# The property of such a type with the members other than people.
NESTED = "memberGroups"
# The types that list who is in a group.
MEMBERSHIPS = tuple(token for spec in SYSTEMS for token in spec.memberships)
# The types that list everybody who holds something on an object, and how.
_LISTS: Mapping[str, Callable[[Properties], Iterator[str]]] = {
    **{token: _entries_of([form for form in LISTS if form.whole and form.token == token]) for token in _TOKENS},
    **dict.fromkeys(MEMBERSHIPS, _of_members),
}

# The property of an entry with its subject's access; the last two are used by orchestrators.
_WORDS = (*(form.word for form in LISTS if form.whole), "verb", "level")


def _reader(resource_type: str) -> Callable[[Properties], Iterator[str]] | None:
    """Return what reads holders from a type; every orchestrator's list of them is called Permissions."""
    if resource_type.startswith("rolecall:") and resource_type.endswith(":Permissions"):
        return _entries("holders", "name")
    return _LISTS.get(resource_type)


def holders_of(resource_type: str, properties: Properties) -> set[str] | None:
    """Return the subjects that a resource lists; None where its type has no list.

    Args:
        resource_type: its type token.
        properties: its inputs or outputs.
    """
    read = _reader(resource_type)
    return set(read(properties)) if read is not None else None


def holders_change(event: Mapping[str, Any]) -> HoldersChange | None:
    """Return whom an update of the engine would leave on an object; None where it is not about that.

    Args:
        event: the engine's event before a step.
    """
    payload = event.get("metadata") or {}
    read = _reader(str(payload.get("type")))
    old, new = payload.get("old") or {}, payload.get("new") or {}
    if read is None or payload.get("op") not in ("update", "replace") or not old or not new:
        return None
    # Live access is in the outputs, where the run has refreshed it.
    before = set(read(old.get("outputs") or {})) or set(read(old.get("inputs") or {}))
    before |= _others(old.get("outputs") or {})
    inputs = new.get("inputs") or {}
    if payload["type"] in MEMBERSHIPS and not isinstance(inputs.get("members"), list):
        # Not known before the group is filled; the provider judges it then.
        return None
    after = set(read(inputs)) | _others(inputs)
    name = str(payload.get("urn", "")).rpartition("::")[2]
    listed = old.get("inputs") or inputs
    return HoldersChange(str(payload["type"]), name, tuple(sorted(before)), tuple(sorted(after)), listed)


def _others(properties: Properties) -> set[str]:
    """Return the ids of a group's nested groups and service principals."""
    return {str(one) for one in properties.get(NESTED) or []}


def holders_changes(updates: Iterable[Mapping[str, Any]]) -> list[HoldersChange]:
    """Return whom each update of a run would leave on an object.

    Args:
        updates: the engine's events before the steps.
    """
    return [change for event in updates if (change := holders_change(event)) is not None]


def levels_of(resource_type: str, properties: Properties) -> dict[str, str]:
    """Return what everybody holds whom a resource lists, in the system's own words.

    Args:
        resource_type: its type token.
        properties: its inputs or outputs.
    """
    return {holder: ", ".join(words) for holder, words in _words_of(resource_type, properties).items()}


def words_of(resource_type: str, properties: Properties) -> dict[str, frozenset[str]]:
    """Return the same as `levels_of`, as sets."""
    return {holder: frozenset(words) for holder, words in _words_of(resource_type, properties).items()}


def _words_of(resource_type: str, properties: Properties) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys((*(form.entries for form in LISTS if form.whole), "holders")):
        for entry in properties.get(name) or []:
            if isinstance(entry, Mapping):
                held = next((entry[word] for word in _WORDS if entry.get(word)), "a place on its list")
                words = [str(one) for one in held] if isinstance(held, list) else [str(held)]
                for holder in holders_of(resource_type, {name: [entry]}) or ():
                    found.setdefault(holder, []).extend(words)
    return found
