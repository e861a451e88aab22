"""Values that know where they stand, and how bundles merge them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rolecall.contract.source import Document, Path, Places
from rolecall.errors import Place


@dataclass(frozen=True)
class Node:
    """A value of a document.

    Attributes:
        value: a mapping or a list of nodes, or a plain value.
        place: where it stands; None for what Rolecall adds.
    """

    value: Any
    place: Place | None = None

    def get(self, *keys: str) -> Node:
        """Return the node under keys; one without a value where there is none."""
        found = self
        for key in keys:
            found = found.value.get(key, NOTHING) if isinstance(found.value, dict) else NOTHING
        return found

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the entries of a mapping; nothing for other values."""
        yield from self.value.items() if isinstance(self.value, dict) else ()

    def elements(self) -> Iterator[Node]:
        """Yield the elements of a list; nothing for other values."""
        yield from self.value if isinstance(self.value, list) else ()

    def with_entry(self, key: str, value: Node) -> Node:
        """Return a copy of a mapping with an entry; of any other value, a mapping with it alone."""
        return replace(self, value={**(self.value if isinstance(self.value, dict) else {}), key: value})

    def without(self, *keys: str) -> Node:
        """Return a copy of a mapping without some keys."""
        return replace(self, value={key: one for key, one in self.items() if key not in keys})


NOTHING = Node(None)


def nodes_of(document: Document) -> Node:
    """Return a document as nodes."""

    def node(value: Any, path: Path) -> Node:
        if isinstance(value, dict):
            value = {key: node(item, (*path, key)) for key, item in value.items()}
        elif isinstance(value, list):
            value = [node(item, (*path, index)) for index, item in enumerate(value)]
        return Node(value, document.places.of(*path))

    return node(document.value, ())


def plain(node: Node, places: Places, path: Path = ()) -> Any:
    """Return a node as plain values.

    Args:
        node: the node.
        places: where each value stands is added to it.
        path: the path of the node itself.
    """
    if node.place is not None:
        places.by_path[path] = node.place
    if isinstance(node.value, dict):
        return {key: plain(item, places, (*path, key)) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item, places, (*path, index)) for index, item in enumerate(node.value)]
    return node.value


def merge(base: Node, over: Node) -> Node:
    """Lay one value over another: mappings key by key, lists one after the other, anything else as it is in `over`.

    Null takes nothing away (libs/dyn/merge/merge.go).
    """
    if over.value is None:
        return base
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        merged = {**base.value, **{key: merge(base.get(key), one) for key, one in over.value.items()}}
        return Node(merged, base.place)
    if isinstance(base.value, list) and isinstance(over.value, list):
        return Node([*base.value, *over.value], base.place)
    return over


def merge_by_key(elements: Node, key: str) -> Node:
    """Merge the elements of a list that have the same key, in the order of their first (elements_by_key.go)."""
    if not isinstance(elements.value, list):
        return elements
    found: dict[str, Node] = {}
    for position, element in enumerate(elements.value):
        name = element.get(key).value
        # An element without a key is reported by the job's own checks.
        mark = str(name) if name is not None else f"\0{position}"
        found[mark] = merge(found[mark], element) if mark in found else element
    return replace(elements, value=[*found.values()])
