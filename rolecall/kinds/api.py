"""How live objects are listed, found and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


def value_at(item: Json, path: str) -> Any:
    """Return a value in an answer by its dotted path; None where it is not there."""
    value: Any = item
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def tags_at(item: Json, path: str) -> dict[str, str]:
    """Return the tags in an answer by their dotted path: a mapping, or a list of keys and values."""
    found = value_at(item, path) if path else None
    if isinstance(found, Mapping):
        return {str(key): str(value) for key, value in found.items()}
    return {str(one["key"]): str(one["value"]) for one in found or []}


@dataclass(frozen=True)
class Api:
    """How live objects of a kind are read; `{id}` and `{name}` in a path are filled in.

    Attributes:
        list: the path that lists all of them; empty where they are found one by one.
        items: the key of the list in its answer.
        find: the path that answers one of them by its name; empty where it is found in the list.
        found: the key of the object in that answer; empty where the answer is the object.
        get: the path that answers one of them by its id, with more than the list has; empty where the list has it all.
        name: dotted path to the name in an item.
        id: dotted path to the id in an item.
        query: parameters of the list request.
        by_name: the parameter by which the list answers only items of a name; empty where it has none.
        tags: dotted path to the tags in an item; empty where the list lacks them.
        names_creator: the answers name who made an object; otherwise the deployer has to manage it directly, as its
            creator does.
        counts_unmanaged: how many the contract does not name is reported.
        runs_as: dotted path to the name of whom an object runs as, in the answer for one; empty where it has none.
    """

    list: str = ""
    items: str = ""
    find: str = ""
    found: str = ""
    get: str = ""
    name: str = "name"
    id: str = "id"
    query: Mapping[str, str | int] = field(default_factory=dict)
    by_name: str = ""
    tags: str = ""
    names_creator: bool = True
    counts_unmanaged: bool = False
    runs_as: str = ""
