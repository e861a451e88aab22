"""Read a contract's files into one tree: each within its scope, no declaration in two files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, get_origin

from pydantic import ValidationError

from rolecall.contract.contract import Contract
from rolecall.contract.problems import known, problems_of
from rolecall.contract.repository import MISSING, inside, matching, name_of_file, outside, read_text, repository_of
from rolecall.contract.scopes import PLATFORM_SCOPE, FileScope, Inclusion, out_of_scope, scope_of
from rolecall.contract.secrets import comment_problems
from rolecall.contract.source import Path, Places, read_yaml
from rolecall.contract.yaml_problems import unreadable_file
from rolecall.errors import Place, Problem

# Sections in which each name is a declaration of its own, which one file makes; other parts are in one file only.
BY_NAME = frozenset(name for name, one in Contract.model_fields.items() if get_origin(one.annotation) is dict) | {
    "projects"
}


@dataclass
class ContractFiles:
    """A contract's files, read.

    Attributes:
        repository: the folder that all of them are in.
        tree: what they say together.
        places: where it stands.
        scopes: what each file may hold, by its name as problems have it, in the order of reading.
        inclusions: what they include, file by file.
    """

    repository: FilePath
    tree: dict[str, Any] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    scopes: dict[str, FileScope] = field(default_factory=dict)
    inclusions: list[IncludedFiles] = field(default_factory=list)


@dataclass(frozen=True)
class IncludedFiles:
    """One line of an `include`: the files that it names, those that are not there included.

    Attributes:
        folder: the folder that its path is relative to.
        inclusion: the path, and what the files may hold.
        said: where it stands.
    """

    folder: FilePath
    inclusion: Inclusion
    said: Place


@dataclass(frozen=True)
class _Included:
    """A file that is to be read, and whether its name was written without a wildcard."""

    path: FilePath
    scope: FileScope
    exactly: bool


def read_files(main: FilePath, problems: list[Problem]) -> ContractFiles:
    """Read a contract's main file and all that it includes.

    Args:
        main: the main file.
        problems: what is wrong with the files is appended to it.
    """
    return _Reading(main, problems).all()


class _Reading:
    def __init__(self, main: FilePath, problems: list[Problem]) -> None:
        self._main = main
        self._problems = problems
        self._found = ContractFiles(repository_of(main))
        self._places: dict[FilePath, Places] = {}

    def all(self) -> ContractFiles:
        """Return the merged content of the main file and its includes."""
        pending = [_Included(self._main, PLATFORM_SCOPE, exactly=True)]
        seen: dict[FilePath, _Included] = {}
        while pending:
            included = pending.pop(0)
            real = included.path.resolve()
            if (first := seen.setdefault(real, included)) is not included:
                self._same_scope(first, included)
                continue
            document = self._read(included)
            if included.scope.is_platform:
                pending += self._included_by(included.path, document.get("include"))
                pending.sort(key=lambda one: not one.exactly)
        return self._found

    def _same_scope(self, first: _Included, second: _Included) -> None:
        """Report a file that two lines include for different things; a file's own line goes before a pattern."""
        differ = (first.scope.sections, first.scope.projects) != (second.scope.sections, second.scope.projects)
        if differ and first.scope.said is not None and not (first.exactly and not second.exactly):
            what = f"{second.path} is included for {second.scope}, and for {first.scope} at {first.scope.said}"
            self._problems.append(Problem("declared-twice", second.scope.said, what, "Include it once."))

    def _read(self, included: _Included) -> dict[str, Any]:
        """Read one file, merge it into the tree, and return it."""
        path, scope = included.path, included.scope
        name = name_of_file(path)
        self._found.scopes[name] = scope
        try:
            text = read_text(path)
            document = read_yaml(text, name)
        except (OSError, UnicodeDecodeError, ValueError) as error:
            self._problems.append(unreadable_file(name, scope.said, error))
            return {}
        self._problems += [*document.problems, *comment_problems(text, name)]
        self._places[path] = document.places
        if document.value is None and not document.problems:
            how = "Start with `version: 1`; `rolecall schema` describes the rest, stacks/ has an example."
            self._problems.append(Problem("empty-contract", Place(name, 1), f"{path} is empty", how))
        if not isinstance(document.value, dict):
            if document.value is not None:
                how = "It starts with keys, such as `version: 1`."
                what = "a contract is a mapping (key: value)"
                self._problems.append(Problem("wrong-value", Place(name, 1), what, how))
            return {}
        beyond = list(out_of_scope(document.value, scope, path, document.places, Contract.model_fields))
        self._problems += beyond
        if scope.said is None:
            self._found.tree.update(document.value)
            self._found.places.by_path.update(document.places.by_path)
            self._found.places.written.update(document.places.written)
        elif not beyond:
            self._add(document.value, document.places)
        return document.value

    def _add(self, added: dict[str, Any], added_places: Places) -> None:
        """Merge a file into the tree: new names of a section, or a section that no other file has."""
        tree, taken = self._found.tree, set[Path]()
        for key, value in added.items():
            if key == "include":
                continue
            old = tree.get(key)
            if key not in tree:
                tree[key] = value
                taken.add((key,))
            elif key in BY_NAME and isinstance(old, dict) and isinstance(value, dict):
                for name, declared in value.items():
                    if name in old:
                        self._twice((key, name), added_places)
                    else:
                        old[name] = declared
                        taken.add((key, name))
            else:
                self._twice((key,), added_places)
        target, written = self._found.places.by_path, self._found.places.written
        is_taken = {path for path in added_places.written if path[:1] in taken or path[:2] in taken}
        written.update({path: added_places.written[path] for path in is_taken})
        for path, place in added_places.by_path.items():
            if path[:1] in taken or path[:2] in taken:
                target[path] = place

    def _twice(self, path: Path, added_places: Places) -> None:
        what = f"{'.'.join(map(str, path))} is declared twice; first at {self._found.places.of(*path)}"
        how = "Declare it in one file: keep one of the two, or merge them."
        self._problems.append(Problem("declared-twice", added_places.of(*path), what, how))

    def _included_by(self, file: FilePath, written: Any) -> list[_Included]:
        """Return the files that a platform file includes."""
        found: list[_Included] = []
        if written is not None and not isinstance(written, list):
            what = f"`include` of {file.name} is no list"
            how = "Write a list: [groups.yaml, {path: projects/*.yaml, only: projects}]."
            place = self._places[file].of("include") or Place(str(file), 1)
            self._problems.append(Problem("wrong-value", place, what, how))
            return found
        for index, entry in enumerate(written or []):
            place = self._places[file].of("include", index) or Place(str(file), 1)
            inclusion = self._inclusion(entry, place)
            if inclusion is None:
                continue
            self._found.inclusions.append(IncludedFiles(file.parent, inclusion, place))
            before = len(self._problems)
            matched = matching(self._found.repository, file.parent, inclusion.path, place, self._problems)
            if not matched and len(self._problems) == before:
                what = f"nothing matches include {inclusion.path!r}"
                how = f"Paths are relative to {file.parent}; check the spelling."
                self._problems.append(Problem(MISSING, place, what, how))
            exactly = not any(letter in inclusion.path for letter in "*?[")
            for one in matched:
                real = inside(self._found.repository, one)
                if real is None:
                    self._problems.append(outside(str(one), place))
                elif not real.is_dir():
                    scope = scope_of(inclusion, one, self._folders(one, real), place)
                    found.append(_Included(one, scope, exactly))
        return found

    def _folders(self, path: FilePath, real: FilePath) -> set[str]:
        """Return the names of the folders between the main file and another, as written and with links followed."""
        start = self._main.resolve().parent
        folders = (path.parent.resolve(), FilePath(os.path.abspath(path.parent)), real.parent)
        return {part for folder in folders for part in FilePath(os.path.relpath(folder, start)).parts}

    def _inclusion(self, entry: Any, place: Place) -> Inclusion | None:
        try:
            inclusion = Inclusion.model_validate({"path": entry} if isinstance(entry, str) else entry)
        except ValidationError as error:
            self._problems += problems_of(error, Inclusion, Places({(): place}), at=("include",))
            return None
        for name in inclusion.only if isinstance(inclusion.only, list) else ():
            self._problems += known("section", name, Contract.model_fields, Places({(): place}), ())
        return inclusion
