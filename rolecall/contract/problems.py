"""Turn pydantic's errors into problems that name file, line, what was found and what is allowed."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rolecall.contract.source import Path, Places
from rolecall.contract.value_words import BE, allowed_instead, as_written, shown_value
from rolecall.errors import Problem


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    places: Places,
    instead: Mapping[Path, str] | None = None,
    *,
    at: Path = (),
) -> list[Problem]:
    """Return one problem for each thing that pydantic found, without repeating what a union tried.

    Args:
        error: what pydantic found.
        model: the model that a document was held against.
        places: where its values stand.
        instead: what is shown in place of values that no message shows, by their paths.
        at: the path of the model in the contract, for messages.
    """
    found: dict[tuple[Any, ...], Problem] = {}
    missing: dict[Path, list[str]] = {}
    meant: set[Path] = set()
    for detail in error.errors(include_url=False):
        path = _real_path(detail["loc"], places)
        hidden = [text for one, text in (instead or {}).items() if one[: len(path)] == path]
        if hidden:
            detail["input"] = hidden[0]
        if detail["type"] == "missing":
            missing.setdefault(path[:-1], []).append(str(path[-1]))
            continue
        if detail["type"] == "extra_forbidden":
            guess = nearest(str(path[-1]), _keys_at(model, path[:-1]))
            meant |= {(*path[:-1], guess)} if guess else set()
        problem = _problem(detail, path, model, places, at)
        first = found.setdefault((path, problem.id), problem)
        if first.allowed != problem.allowed:
            found[path, problem.id] = replace(first, allowed=_either(first.allowed, problem.allowed))
    # What is wrong within a list is no reason to want a single value in its place.
    within = {path[:length] for path, _ in found for length in range(len(path))}
    found = {key: one for key, one in found.items() if key[0] not in within or not one.what.endswith(" is a list")}
    # A misspelt key is reported as such, and not as a missing one too.
    left = {path: [name for name in names if (*path, name) not in meant] for path, names in missing.items()}
    return [*found.values(), *(_missing(path, names, places, at) for path, names in left.items() if names)]


def _missing(path: Path, names: Sequence[str], places: Places, at: Path) -> Problem:
    what = f"{_words((*at, *path)) or 'the contract'} has no {', '.join(map(repr, names))}"
    return Problem("missing-key", places.of(*path), what, f"Add {', '.join(f'`{name}: …`' for name in names)}.")


def _either(first: str, second: str) -> str:
    """Return what is allowed by either of two alternatives, where one sentence can say so."""
    if not (first.startswith(BE) and second.startswith(BE)) or first.count(".") > 1 or "write" in first + second:
        return first
    return f"{first.rstrip('.')}, or {second.removeprefix(BE)}"


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name that is most like the one that was found, if any is."""
    names = list(allowed)
    same = [one for one in names if one.casefold() == name.casefold()]
    close = same or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return close[0] if close else None


def one_of(found: str, allowed: Iterable[str]) -> str:
    """Return the sentence with the allowed values, the closest match first."""
    names = sorted(allowed)
    guess = nearest(found, names)
    hint = f"Did you mean {guess!r}? " if guess else ""
    return f"{hint}Allowed: {', '.join(names) if names else 'nothing; there is none yet'}."


def known(
    noun: str, found: str, allowed: Iterable[str], places: Places, at: Path, *, shown: str = ""
) -> Iterator[Problem]:
    """Report a reference to an undeclared name, and suggest the closest match.

    Args:
        noun: what the name is of, as the problem's id has it.
        found: the name.
        allowed: the names that there are.
        places: where values are.
        at: the path of the name.
        shown: what the name is of, for the message, where that is more than the noun.
    """
    names = allowed if isinstance(allowed, Collection) else list(allowed)
    if found in names:
        return
    problem_id = f"unknown-{noun.replace(' ', '-')}"
    noun = shown or noun
    guess = nearest(found, names)
    if guess is not None and guess.casefold() == found.casefold():
        what = f"there is no {noun} {found!r}, but one that differs only in case: {guess!r}"
        yield Problem(problem_id, places.of(*at), what, f"Names are compared exactly: write {guess!r}.")
        return
    yield Problem(problem_id, places.of(*at), f"there is no {noun} {found!r}", one_of(found, names))


def _problem(detail: ErrorDetails, path: Path, model: type[BaseModel], places: Places, at: Path) -> Problem:
    where, kind, context = _words((*at, *path)), detail["type"], detail.get("ctx", {})
    place = places.of(*path)
    if kind == "extra_forbidden":
        allowed = [name for name in _keys_at(model, path[:-1]) if name]
        what = f"{_words((*at, *path[:-1])) or 'the contract'} has no key {path[-1]!r}"
        return Problem("unknown-key", place, what, one_of(str(path[-1]), allowed))
    if kind in ("enum", "literal_error"):
        allowed = [as_written(part) for part in _expected(str(context["expected"]))]
        value = detail["input"]
        what = f"{where} is {shown_value(value, places, path)}"
        if isinstance(value, str) and value in allowed and kind == "literal_error":
            return Problem("wrong-value", place, what, f"Write it without quotes: {value}.")
        if isinstance(value, list):
            return Problem("wrong-value", place, what, f"Write one value, no list. {one_of('', allowed)}")
        return Problem("wrong-value", place, what, one_of(str(value), allowed))
    if detail["loc"][-1:] == ("[key]",):
        holder = _words((*at, *path[:-1])) or "the contract"
        what = f"{holder} has the name {shown_value(detail['input'], places, path)}"
        return Problem("wrong-value", place, what, allowed_instead(detail, None))
    what = f"{where or 'the contract'} is {shown_value(detail['input'], places, path)}"
    how = allowed_instead(detail, places.written.get(path))
    return Problem("wrong-value", place, what, f"{how}{_as_model(detail, model, path)}")


def _as_model(detail: ErrorDetails, model: type[BaseModel], path: Path) -> str:
    """Return a text as the mapping that is meant, where that has one required key."""
    value = detail["input"]
    if detail["type"] not in ("model_type", "model_attributes_type") or not isinstance(value, str) or not value:
        return ""
    current: Any = model
    for part in path:
        current = _step(current, part)
    required = [
        field.alias or name
        for kind in _models(current)
        for name, field in kind.model_fields.items()
        if field.is_required()
    ]
    return f" Write {{{required[0]}: {value}}}." if len(required) == 1 else ""


def _expected(text: str) -> list[str]:
    """Return the values of pydantic's list `'a', 'b' or 'c'`."""
    found = [part.strip(" '\"") for part in text.replace(" or ", ",").split(",")]
    return [one for one in found if one]


def _words(path: tuple[str | int, ...]) -> str:
    """Return a path as people write it: `projects.forecasting.bindings[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _real_path(location: tuple[str | int, ...], places: Places) -> tuple[str | int, ...]:
    """Return pydantic's location without what it adds: names of the alternatives of a union, and `[key]`."""
    path: tuple[str | int, ...] = ()
    for index, part in enumerate(location):
        longer = (*path, part)
        is_last = index == len(location) - 1
        looks_added = isinstance(part, str) and (
            part == "[key]" or "[" in part or part in ("str", "Kind") or part[:1].isupper() or part.startswith("lit")
        )
        if longer in places.by_path or (is_last and not looks_added):
            path = longer
    return path


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the model at a path knows."""
    current: Any = model
    for part in path:
        current = _step(current, part)
    return [field.alias or name for kind in _models(current) for name, field in kind.model_fields.items()]


def _step(annotation: Any, part: str | int) -> Any:
    for kind in _models(annotation):
        for name, field in kind.model_fields.items():
            if part in (name, field.alias):
                return field.annotation
    for inner in _containers(annotation):
        if get_origin(inner) is dict:
            return get_args(inner)[1]
        if get_origin(inner) is list:
            return get_args(inner)[0]
    return None


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [one for one in _alternatives(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]


def _containers(annotation: Any) -> list[Any]:
    return [one for one in _alternatives(annotation) if get_origin(one) in (dict, list)]


def _alternatives(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return [one for part in get_args(annotation) for one in _alternatives(part)]
    if origin is typing.Annotated:
        return _alternatives(get_args(annotation)[0])
    return [annotation]
