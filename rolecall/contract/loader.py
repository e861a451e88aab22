"""Load a contract: read its files, replace variables, take bundles in, validate, and report all problems at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from rolecall.contract.checks import check
from rolecall.contract.contract import Contract, contract_model
from rolecall.contract.environment_variables import substitute
from rolecall.contract.inclusion import take_bundles
from rolecall.contract.lifecycle import take_steps
from rolecall.contract.problems import problems_of
from rolecall.contract.secrets import secret_problems
from rolecall.contract.source import Path, Places, read_yaml
from rolecall.errors import InvalidContract, Place, Problem


@dataclass(frozen=True)
class LoadedContract:
    """A valid contract, and the file and line of everything in it."""

    contract: Contract
    places: Places
    files: tuple[str, ...]


def load_contract(path: FilePath, environment: Mapping[str, str] | None = None) -> LoadedContract:
    """Read and validate a contract with everything that it includes.

    Args:
        path: the contract's main file.
        environment: environment variables; those of this process when not given.

    Raises:
        InvalidContract: something is wrong; every problem that can be found is listed.
    """
    problems: list[Problem] = []
    files: list[str] = []
    value, places = _read_all(path, problems, files)
    if problems:
        raise InvalidContract(problems)
    problems += secret_problems(value, places)
    value = substitute(value, os.environ if environment is None else environment, places, problems)
    if not any(problem.id == "secret-in-contract" for problem in problems):
        problems += secret_problems(value, places)
    take_bundles(value, places, problems)
    take_steps(value, places, problems)
    model = contract_model(value)
    try:
        contract = model.model_validate(value)
    except ValidationError as error:
        blank = {problem.place for problem in problems if problem.id == "missing-environment-variable"}
        found = problems_of(error, model, places)
        raise InvalidContract([*problems, *(one for one in found if one.place not in blank)]) from error
    # A job that its bundle does not have has no tasks either; saying both would send the reader to the wrong place.
    not_taken = any(problem.id in ("unknown-bundle-job", "file-not-found") for problem in problems)
    found = check(contract, places)
    problems += [one for one in found if not (not_taken and one.id == "job-without-tasks")]
    if problems:
        raise InvalidContract(problems)
    return LoadedContract(contract, places, tuple(files))


def _matching(folder: FilePath, pattern: str) -> list[FilePath]:
    """Return the files that a pattern means: relative to a folder, unless it begins at the root."""
    root = FilePath(pattern).anchor
    return sorted(FilePath(root).glob(pattern.removeprefix(root)) if root else folder.glob(pattern))


def _read_all(path: FilePath, problems: list[Problem], files: list[str]) -> tuple[dict[str, Any], Places]:
    """Read the main file and those that it includes into one tree."""
    places = Places()
    tree: dict[str, Any] = {}
    pending: list[tuple[FilePath, Place | None]] = [(path, None)]
    seen: set[FilePath] = set()
    while pending:
        file, named_at = pending.pop(0)
        if file.resolve() in seen:
            continue
        seen.add(file.resolve())
        files.append(str(file))
        value = _read_one(file, named_at, places, problems, tree, is_main=named_at is None)
        patterns = value.get("include")
        for index, pattern in enumerate(patterns if isinstance(patterns, list) else []):
            place = places.of("include", index)
            matched = _matching(file.parent, str(pattern))
            if not matched:
                what = f"nothing matches include {str(pattern)!r}"
                how = f"Paths are relative to {file.parent}; check the spelling."
                problems.append(Problem("file-not-found", place, what, how))
            pending += [(one, place or Place(str(file), 1)) for one in matched]
    return tree, places


def _read_one(
    file: FilePath,
    named_at: Place | None,
    places: Places,
    problems: list[Problem],
    tree: dict[str, Any],
    *,
    is_main: bool,
) -> dict[str, Any]:
    """Read one file, add what it says to the tree, and return it."""
    try:
        document = read_yaml(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        what = f"{file} cannot be read: {reason}"
        problems.append(Problem("file-not-found", named_at, what, "Check the path, and that this user may read it."))
        return {}
    problems += document.problems
    if document.value is None and not document.problems:
        how = "Start with `version: 1`; `rolecall schema` describes the rest, stacks/ has an example."
        problems.append(Problem("empty-contract", Place(str(file), 1), f"{file} is empty", how))
    if not isinstance(document.value, dict):
        if document.value is not None:
            how = "It starts with keys, such as `version: 1`."
            problems.append(Problem("wrong-value", Place(str(file), 1), "a contract is a mapping (key: value)", how))
        return {}
    value: dict[str, Any] = document.value
    added = value if is_main else {key: item for key, item in value.items() if key != "include"}
    if tree or not is_main:
        _lay_over(tree, added, (), document.places, places, problems)
    else:
        tree.update(added)
        places.by_path.update(document.places.by_path)
    return value


def _lay_over(
    tree: dict[str, Any],
    added: dict[str, Any],
    path: Path,
    added_places: Places,
    places: Places,
    problems: list[Problem],
) -> None:
    """Add a file's mapping to the tree; what both say is declared twice, except for lists, which are joined."""
    for key, value in added.items():
        at: Path = (*path, key)
        old = tree.get(key)
        if key not in tree:
            tree[key] = value
            _copy_places(added_places, at, at, places)
        elif isinstance(old, dict) and isinstance(value, dict) and len(path) < 3:
            _lay_over(old, value, at, added_places, places, problems)
        elif isinstance(old, list) and isinstance(value, list):
            for index, item in enumerate(value):
                _copy_places(added_places, (*at, index), (*at, len(old)), places)
                old.append(item)
        else:
            what = f"{'.'.join(map(str, at))} is declared twice; first at {places.of(*at)}"
            problems.append(Problem("declared-twice", added_places.of(*at), what, "Keep one of the two."))


def _copy_places(source: Places, start: Path, to: Path, target: Places) -> None:
    target.by_path.setdefault((), source.by_path.get((), Place("", 1)))
    for path, place in source.by_path.items():
        if path[: len(start)] == start:
            target.by_path[(*to, *path[len(start) :])] = place
