"""Turn pydantic's errors into problems that name file, line, what was found and what is allowed."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rolecall.contract.source import Path, Places
from rolecall.errors import Problem

# Longest text of a found value that a message shows.
SHOWN_CHARACTERS = 60


def problems_of(
    error: ValidationError, model: type[BaseModel], places: Places, instead: Mapping[Path, str] | None = None
) -> list[Problem]:
    """Return one problem for each thing that pydantic found, without repeating what a union tried.

    Args:
        error: what pydantic found.
        model: the model that a document was held against.
        places: where its values stand.
        instead: what is shown in place of values that no message shows, by their paths.
    """
    found: dict[tuple[Any, ...], Problem] = {}
    for detail in error.errors(include_url=False):
        path = _real_path(detail["loc"], places)
        hidden = [text for one, text in (instead or {}).items() if one[: len(path)] == path]
        if hidden:
            detail["input"] = hidden[0]
        problem = _problem(detail, path, model, places)
        found.setdefault((path, problem.id), problem)
    return list(found.values())


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name that is most like the one that was found, if any is."""
    close = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return close[0] if close else None


def one_of(found: str, allowed: Iterable[str]) -> str:
    """Return the sentence that says what is allowed, with the nearest right one first."""
    names = sorted(allowed)
    guess = nearest(found, names)
    hint = f"Did you mean {guess!r}? " if guess else ""
    return f"{hint}Allowed: {', '.join(names) if names else 'nothing; there is none yet'}."


def known(noun: str, found: str, allowed: Iterable[str], places: Places, at: Path) -> Iterator[Problem]:
    """Yield the problem of a name that nothing has, with the nearest one that something has."""
    names = list(allowed)
    if found in names:
        return
    problem_id = f"unknown-{noun.replace(' ', '-')}"
    guess = nearest(found, names)
    if guess is not None and guess.casefold() == found.casefold():
        what = f"there is no {noun} {found!r}, but one that differs only in case: {guess!r}"
        yield Problem(problem_id, places.of(*at), what, f"Names are compared exactly: write {guess!r}.")
        return
    yield Problem(problem_id, places.of(*at), f"there is no {noun} {found!r}", one_of(found, names))


def _problem(detail: ErrorDetails, path: tuple[str | int, ...], model: type[BaseModel], places: Places) -> Problem:
    where, kind, context = _words(path), detail["type"], detail.get("ctx", {})
    place = places.of(*path)
    if kind == "missing":
        what = f"{_words(path[:-1]) or 'the contract'} has no {path[-1]!r}"
        return Problem("missing-key", places.of(*path[:-1]), what, f"Add `{path[-1]}: …`.")
    if kind == "extra_forbidden":
        allowed = [name for name in _keys_at(model, path[:-1]) if name]
        what = f"{_words(path[:-1]) or 'the contract'} has no key {path[-1]!r}"
        return Problem("unknown-key", place, what, one_of(str(path[-1]), allowed))
    if kind in ("enum", "literal_error"):
        allowed = [part.strip(" '\"") for part in str(context["expected"]).replace(" or ", ",").split(",")]
        what = f"{where} is {_shown(detail['input'])}"
        return Problem("wrong-value", place, what, one_of(str(detail["input"]), [one for one in allowed if one]))
    if kind in ("model_type", "dict_type", "list_type"):
        wanted = "a list (- …)" if kind == "list_type" else "a mapping (key: value)"
        return Problem("wrong-value", place, f"{where} is {_shown(detail['input'])}", f"It has to be {wanted}.")
    message = detail["msg"].removeprefix("Value error, ")
    return Problem(
        "wrong-value", place, f"{where} is {_shown(detail['input'])}", f"{message[:1].upper()}{message[1:]}."
    )


def _words(path: tuple[str | int, ...]) -> str:
    """Return a path as people write it: `projects.forecasting.bindings[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


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
