"""Resolution of `${…}` references in a bundle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from rolecall.contract.bundles.conversion import text_of
from rolecall.contract.bundles.nodes import NOTHING, Node
from rolecall.errors import Problem

# libs/dyn/dynvar/ref.go
# Possessive: a text that looks like a reference, as `${NAME:-default}` of a shell, is read once.
_SEGMENT = r"[^\W\d_](?:[^\W_]|[-_]++(?=[^\W_]))*+"
_INDICES = r"(?:\[[0-9]+\])*+"
_REFERENCE = re.compile(rf"\$\{{({_SEGMENT}(?:\.{_SEGMENT}{_INDICES})*+{_INDICES})\}}")
_INDEX = re.compile(r"\[([0-9]+)\]")
# References to other objects of the contract; they are resolved with the job.
_LEFT = "resources"
# From there on, numbers within a text have an exponent.
_FEWEST, _MOST = 1e-4, 1e21
UNRESOLVED = "unresolved-bundle-reference"


@dataclass
class References:
    """Replaces the references of one target.

    Attributes:
        root: the bundle with its target's changes, for `${bundle.…}` and `${workspace.…}`.
        variables: each variable's value; a variable without one is not among them.
        looked_up: the variables that the workspace would be asked for.
        problems: unresolved references are appended to it.
    """

    root: Node
    variables: dict[str, Node]
    looked_up: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)

    def resolve(self, node: Node, seen: tuple[str, ...] = ()) -> Node:
        """Return a tree with every reference replaced.

        Args:
            node: the tree.
            seen: the references that are being replaced, which may not come again.
        """
        if isinstance(node.value, dict):
            return replace(node, value={key: self.resolve(one, seen) for key, one in node.value.items()})
        if isinstance(node.value, list):
            return replace(node, value=[self.resolve(one, seen) for one in node.value])
        if not isinstance(node.value, str) or "${" not in node.value:
            return node
        whole = _REFERENCE.fullmatch(node.value)
        if whole is not None:
            found = self._value(whole.group(1), node, seen)
            # A value stands where it is used: relative paths in it are relative to that file.
            return node if found is None else replace(found, place=node.place)

        def text(match: re.Match[str]) -> str:
            found = self._value(match.group(1), node, seen)
            if found is None:
                return match.group(0)
            if isinstance(found.value, dict | list):
                self._report(node, match.group(0), "a mapping or a list cannot be part of a longer text")
            return _within_text(found.value)

        return replace(node, value=_REFERENCE.sub(text, node.value))

    def _value(self, name: str, node: Node, seen: tuple[str, ...]) -> Node | None:
        """Return the value of a reference; None for one that is unresolved or not resolved here."""
        section, _, rest = name.partition(".")
        if section == _LEFT:
            return None
        if name in seen:
            self._report(node, f"${{{name}}}", f"it refers to itself: {' → '.join((*seen, name))}")
            return None
        path = [*_path(rest)]
        if section == "var" and path:
            start, path = self.variables.get(str(path[0]), NOTHING), path[1:]
        elif section == "variables" and path[1:2] == ["value"]:
            # What ${var.NAME} is short for (bundle/config/mutator/resolve_variable_references.go).
            start, path = self.variables.get(str(path[0]), NOTHING), path[2:]
        elif section in ("bundle", "workspace"):
            start = self.root.get(section)
        else:
            start = NOTHING
        found = self._at(start, path, (*seen, name))
        if found.value is None:
            self._report(node, f"${{{name}}}", self._way(section, rest), undefined=True)
            return None
        return self.resolve(found, (*seen, name))

    def _at(self, node: Node, path: list[str | int], seen: tuple[str, ...]) -> Node:
        """Return the value below a node, resolving references on the way."""
        for step in path:
            if isinstance(node.value, str) and _REFERENCE.fullmatch(node.value):
                node = self.resolve(node, seen)
            value: Any = node.value
            if isinstance(step, str):
                node = node.get(step)
            elif isinstance(value, list) and step < len(value):
                node = value[step]
            else:
                return NOTHING
        return node

    def _report(self, node: Node, reference: str, why: str, *, undefined: bool = False) -> None:
        what = f"the bundle's {reference} is not defined" if undefined else f"{reference}: {why}"
        how = why if undefined else "Write the value itself, or refer to another variable."
        self.problems.append(Problem(UNRESOLVED, node.place, what, how))

    def _way(self, section: str, name: str) -> str:
        """Return how to resolve an undefined reference."""
        if section == "var" and name in self.looked_up:
            return f"The variable {name!r} is looked up in the workspace, which `check` does not ask: write its value."
        if section == "var":
            return (
                f"Give the variable {name!r} a default in the bundle, or a value in the target named like the "
                "environment; BUNDLE_VAR_… and variable files are not read."
            )
        if section == "bundle" and name.startswith("git"):
            return "It changes with each commit; write `bundle.git` in the bundle, or leave it out."
        if section == "workspace" and name.startswith("current_user"):
            return (
                "It is a name that Databricks has for the deployer, which `check` does not ask for: write the value, "
                "such as a schema of its own for each target."
            )
        if section == "workspace" and name.endswith("_path"):
            return "Set workspace.root_path in the bundle, or in the target named like the environment."
        return "Rolecall knows ${var.…}, ${bundle.…}, ${workspace.…} and ${resources.…}; write it out."


def _within_text(value: Any) -> str:
    """Return a value as it is within a longer text, where numbers may have an exponent (dyn.Value.AsAny)."""
    is_short = not isinstance(value, float) or value == 0 or _FEWEST <= abs(value) < _MOST
    return text_of(value) if is_short else repr(value)


def _path(text: str) -> Iterator[str | int]:
    for part in text.split(".") if text else ():
        yield part.partition("[")[0]
        yield from map(int, _INDEX.findall(part))
