"""Read YAML into plain values, and remember the file and line of every one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from rolecall.contract.yaml_problems import invalid_yaml, unreadable_character, unreadable_value
from rolecall.errors import Place, Problem
from rolecall.plain_yaml import UNREADABLE, SafeLoader

# Keys from the root to a value; integers count the items of a list.
Path = tuple[str | int, ...]

# More values than any contract has: aliases of aliases could otherwise fill the memory.
MAX_VALUES = 500_000
# Levels of nesting: a job's deepest setting is at about 15.
MAX_DEPTH = 60
# A text below these is parsed in one pass, and its values are bounded as they are built. The parser in C uses less than
# 1 kB of its stack for a level.
MANY_CHARACTERS = 8_000_000
MANY_LEVELS = 1_000
_LONG_INDENTATION = re.compile(r"[ \t?:-]{500}")
# Characters of one text: Databricks takes no setting of a job that is longer.
MAX_CHARACTERS = 100_000

MERGE = "tag:yaml.org,2002:merge"

TEXT = "tag:yaml.org,2002:str"


_TAGS: Mapping[type[yaml.Node], str] = {
    yaml.ScalarNode: SafeLoader.DEFAULT_SCALAR_TAG,
    yaml.SequenceNode: SafeLoader.DEFAULT_SEQUENCE_TAG,
    yaml.MappingNode: SafeLoader.DEFAULT_MAPPING_TAG,
}


class _Loader(SafeLoader):  # type: ignore[misc,valid-type]  # the base is chosen at run time
    """Finds out once what type a written value has: most words of a contract stand in it many times."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._plain: dict[str, str] = {}

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        # A container has no value, and a quoted scalar is text.
        if value is None or not implicit[0]:
            return _TAGS[kind]
        found = self._plain.get(value)
        if found is None:
            found = self._plain[value] = super().resolve(kind, value, implicit)
        return found


@dataclass
class Places:
    """The place of every value, by its path.

    Attributes:
        by_path: the place of its key; that of the value itself in a list.
        written: values that YAML reads as something else than text, as the file has them: `no`, `0123`, `2026-01-01`.
    """

    by_path: dict[Path, Place] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)

    def below(self, path: Path) -> Places:
        """Return the places of a value and of what it holds, by paths that begin there."""
        length = len(path)
        places = {one[length:]: place for one, place in self.by_path.items() if one[:length] == path}
        return Places(places, {one[length:]: text for one, text in self.written.items() if one[:length] == path})

    def of(self, *path: str | int) -> Place | None:
        """Return where a value stands, or the nearest value around it that stands anywhere."""
        for length in range(len(path), -1, -1):
            if place := self.by_path.get(path[:length]):
                return place
        return None


@dataclass
class Document:
    """A YAML file as plain values, where each stands, and what is wrong with it as YAML."""

    value: Any
    places: Places
    problems: list[Problem]


def read_yaml(text: str, file: str, scalar: Callable[[str], Any] | None = None) -> Document:
    """Parse YAML.

    Args:
        text: the file's content.
        file: its name, as the user should see it.
        scalar: resolves a plain scalar; by default as YAML 1.1 does.

    Returns:
        the document; a syntax error, a key that is written twice and a key that is no string are among its problems.
    """
    reader = _Reader(file, scalar)
    try:
        if _may_be_deep(text):
            _bound(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            reader.loader, reader.root = loader, node
            value = None if node is None else reader.convert(node, ())
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        return Document(None, reader.places, [invalid_yaml(error, text, file)])
    except RecursionError:
        what = "not valid YAML: its aliases and merges are nested too deep"
        return Document(None, reader.places, [Problem("invalid-yaml", Place(file, 1), what, TOO_LARGE)])
    except _TooLarge as error:
        problem = Problem("invalid-yaml", Place(file, error.line), f"not valid YAML: {error}", TOO_LARGE)
        return Document(None, reader.places, [problem])
    except yaml.YAMLError as error:
        problem = unreadable_character(error, text, file)
        return Document(None, reader.places, [problem])
    return Document(value, reader.places, reader.problems)


TOO_LARGE = (
    "A contract is plain UTF-8 text, nested as this documentation shows; long code belongs in a file of its own."
)


class _TooLarge(Exception):
    def __init__(self, what: str, line: int = 1) -> None:
        super().__init__(what)
        self.line = line


def _may_be_deep(text: str) -> bool:
    """Return whether nesting must be checked event by event before parsing; false only if the C parser can handle it.

    A level of a flow collection needs a bracket. A level in block style needs a column of indentation or an indicator
    before it, and a sequence may stand at the column of its key: at most two levels for each column.
    """
    return (
        len(text) > MANY_CHARACTERS
        or text.count("[") + text.count("{") > MANY_LEVELS
        or _LONG_INDENTATION.search(text) is not None
    )


def _bound(text: str) -> None:
    """Refuse what no contract is, before the parser builds anything of it: its recursion in C has no limit of its own.

    Raises:
        _TooLarge: it is nested too deep, or has too many values or too long a one.
        YAMLError: it is not YAML.
    """
    loader = _Loader(text)
    try:
        depth = values = 0
        while (kind := type(event := loader.get_event())) is not yaml.StreamEndEvent:
            what = ""
            if kind is yaml.ScalarEvent:
                if len(event.value) > MAX_CHARACTERS:
                    what = _too_long(event.value)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                depth -= 1
                continue
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                depth += 1
                if depth > MAX_DEPTH:
                    what = f"it is nested more than {MAX_DEPTH} levels deep"
            values += 1
            if values > MAX_VALUES:
                what = f"it contains more than {MAX_VALUES:,} values"
            if what:
                raise _TooLarge(what, event.start_mark.line + 1 if event.start_mark else 1)
    finally:
        loader.dispose()


def _too_long(text: str) -> str:
    return f"a value has {len(text):,} characters; at most {MAX_CHARACTERS:,} are allowed"


class _Reader:
    def __init__(self, file: str, scalar: Callable[[str], Any] | None) -> None:
        self.file = file
        self._scalar = scalar
        self.places = Places()
        self.problems: list[Problem] = []
        self.loader: yaml.SafeLoader
        self.root: yaml.Node | None = None
        self._values = 0
        self._merged: dict[int, Mapping[str, tuple[yaml.Node, yaml.Node]]] = {}

    def convert(self, node: yaml.Node, path: Path) -> Any:
        self._count(1)
        self.places.by_path[path] = self._place(node)
        return self._value(node, path)

    def _value(self, node: yaml.Node, path: Path) -> Any:
        if len(path) > MAX_DEPTH:
            what = f"it is nested more than {MAX_DEPTH} levels deep; does an alias hold itself?"
            raise _TooLarge(what, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item, (*path, index)) for index, item in enumerate(node.value)]
        if len(node.value) > MAX_CHARACTERS:
            raise _TooLarge(_too_long(node.value), node.start_mark.line + 1)
        if self._scalar is not None and isinstance(node, yaml.ScalarNode) and not node.style:
            return self._scalar(node.value)
        if node.tag == TEXT:
            return node.value
        try:
            value = self.loader.construct_object(node)
            if isinstance(value, bytes):
                raise ValueError("binary values have no place in a contract")
            self.places.written[path] = node.value
            return value
        except UNREADABLE as error:
            self.problems.append(unreadable_value(node.value, self._place(node), error))
            return None

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise _TooLarge(f"it contains more than {MAX_VALUES:,} values once its aliases are followed")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        by_path, file, texts = self.places.by_path, self.file, self._scalar is None and len(path) < MAX_DEPTH
        own = self._own(node)
        self._count(len(own))
        for key, (key_node, value_node) in own.items():
            below = (*path, key)
            mark = key_node.start_mark
            by_path[below] = Place(file, mark.line + 1, mark.column + 1)
            if len(key) > MAX_CHARACTERS:
                raise _TooLarge(_too_long(key), key_node.start_mark.line + 1)
            if texts and value_node.tag == TEXT and len(value_node.value) <= MAX_CHARACTERS:
                result[key] = value_node.value
            else:
                result[key] = self._value(value_node, below)
        return result

    def _own(self, node: yaml.MappingNode) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
        """Return a mapping's keys and values; report a key that is there twice."""
        pairs: list[tuple[yaml.Node, yaml.Node]] = node.value
        own = {pair[0].value: pair for pair in pairs if pair[0].tag == TEXT}
        if len(own) == len(pairs):
            return own
        own, merges = {}, False
        for pair in pairs:
            key_node = pair[0]
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == MERGE:
                merges = True
                continue
            if key_node.value in own:
                first = self._place(own[key_node.value][0])
                what = f"{key_node.value!r} is written twice in one mapping; first in line {first.line}"
                self._report("declared-twice", key_node, what, "Keep one of the two: YAML would silently use the last.")
            own[key_node.value] = pair
        return self._pairs(node) if merges else own

    def _pairs(self, node: yaml.MappingNode) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
        """Return a mapping's keys and values with those that it merges, each key once; its own go before merged ones.

        https://yaml.org/type/merge.html. The library's own merging repeats what is merged twice, and merges of merges
        grow without bound.
        """
        found = self._merged.get(id(node))
        if found is None:
            self._merged[id(node)] = {}
            merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
            own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
            for key_node, value_node in node.value:
                if not isinstance(key_node, yaml.ScalarNode):
                    self._report("invalid-yaml", key_node, "a key is not a word", "Keys are plain words.")
                elif key_node.tag == MERGE:
                    for inner in self._mappings_in(value_node):
                        for key, pair in self._pairs(inner).items():
                            merged.setdefault(key, pair)
                else:
                    own[key_node.value] = (key_node, value_node)
            self._count(len(merged))
            found = self._merged[id(node)] = {**merged, **own}
        return found

    def _mappings_in(self, node: yaml.Node) -> Iterator[yaml.MappingNode]:
        for inner in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(inner, yaml.MappingNode):
                yield inner
            else:
                what = "`<<` merges what is no mapping"
                self._report("invalid-yaml", inner, what, "Write `<<: *name`, of a mapping.")

    def _place(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        if node is self.root:
            # Of the whole file, no part is more to blame than another.
            return Place(self.file, mark.line + 1)
        return Place(self.file, mark.line + 1, mark.column + 1)

    def _report(self, problem_id: str, node: yaml.Node, what: str, allowed: str) -> None:
        self.problems.append(Problem(problem_id, self._place(node), what, allowed))


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value of a tree with its path, containers before what they hold."""
    # A stack of the values that are left, the next one last: a contract of 10,000 resources has 120,000 of them.
    left = [(path, value)]
    while left:
        path, value = left.pop()
        yield path, value
        if isinstance(value, dict):
            left += [((*path, key), value[key]) for key in reversed(value)]
        elif isinstance(value, list):
            left += [((*path, index), value[index]) for index in range(len(value) - 1, -1, -1)]


def keys_in(value: Any) -> set[str]:
    """Return the keys of every mapping in a tree."""
    found: set[str] = set()
    left = [value]
    while left:
        value = left.pop()
        if type(value) is dict:
            found.update(value)
            left += value.values()
        elif type(value) is list:
            left += value
    return found
