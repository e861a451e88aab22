"""Values of a contract, and what is allowed in their place, in the words of YAML and not of the validator."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, get_args

from pydantic import StringConstraints
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from rolecall.contract.source import Path, Places

# Characters of a found value that a message shows.
SHOWN_CHARACTERS = 60
# How sentences begin that say what a value has to be.
BE = "It has to be "
TEXT = "It has to be text."
MAPPING, LIST = "It has to be a mapping (key: value).", "It has to be a list (- …)."
# Packages with types of text.
WITH_TYPES = ("rolecall.contract.", "rolecall.ids.", "rolecall.kinds.")
# Entries of a list that a message writes as what would be right.
SHOWN_ENTRIES = 3
NUMBER, WHOLE_NUMBER = "It has to be a number.", "It has to be a whole number."
SWITCH = "It has to be true or false."
DATE = "It has to be a date, as in 2026-11-30."
# What is allowed, by the validator's types of errors.
_ALLOWED: Mapping[str, str] = {
    "string_type": TEXT,
    "bool_type": SWITCH,
    "bool_parsing": SWITCH,
    "int_type": WHOLE_NUMBER,
    "int_parsing": WHOLE_NUMBER,
    "int_parsing_size": WHOLE_NUMBER,
    "int_from_float": WHOLE_NUMBER,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "date_type": DATE,
    "date_parsing": DATE,
    "date_from_datetime_parsing": DATE,
    "date_from_datetime_inexact": DATE,
    "model_type": MAPPING,
    "model_attributes_type": MAPPING,
    "dict_type": MAPPING,
    "list_type": LIST,
}
# Sentences about a bound, with the name that the validator has for it.
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("ge", "It has to be at least {}."),
    "greater_than": ("gt", "It has to be more than {}."),
    "less_than_equal": ("le", "It has to be at most {}."),
    "less_than": ("lt", "It has to be less than {}."),
    "string_too_short": ("min_length", "It has to have at least {} characters."),
    "string_too_long": ("max_length", "It has to have at most {} characters."),
    "too_short": ("min_length", "It has to have at least {} entries."),
    "too_long": ("max_length", "It has to have at most {} entries."),
}
# Typographic quotation marks, which are part of the text in YAML.
_TYPOGRAPHIC = ("\u201c", "\u201d", "\u201e", "\u2018", "\u2019", "\u00ab", "\u00bb")


def as_written(value: Any) -> str:
    """Return a value as YAML has it."""
    if value is None or value == "None":
        return "null"
    if isinstance(value, bool) or value in ("True", "False"):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def shown_value(value: Any, places: Places, path: Path) -> str:
    """Return a found value for a message: what the file has, cut where it is long."""
    written = places.written.get(path)
    if value is None:
        return "empty"
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = repr(value) if isinstance(value, str) else written or as_written(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def allowed_instead(detail: ErrorDetails, written: str | None) -> str:
    """Return what is allowed where the validator found something else.

    Args:
        detail: what it found.
        written: the value as the file has it, where YAML reads it as something else than text.
    """
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind in _BOUNDS:
        name, sentence = _BOUNDS[kind]
        count = context[name]
        text = sentence.format(f"{count:,}" if isinstance(count, int) else count)
        return text if count != 1 else text.replace("characters", "character").replace("entries", "entry")
    if kind == "string_pattern_mismatch":
        return f"{_of_pattern(str(context['pattern']))}{_joined(value)}{_typographic(value)}"
    if kind in _ALLOWED:
        return f"{_ALLOWED[kind]}{_trap(kind, value, written)}{_typographic(value)}"
    message = detail["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{message[:1].upper()}{message[1:]}.{_typographic(value)}"


def _trap(kind: str, value: Any, written: str | None) -> str:
    """Return what the value would be, or how YAML reads it where a person means text."""
    if kind == "list_type" and isinstance(value, str) and value:
        return f" Write [{value}]." if re.fullmatch(r"[\w.@/-]+", value) else ""
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return _as_mapping(value)
    if kind != "string_type" or isinstance(value, dict | list):
        return ""
    if value is None:
        return " Write the text after the colon; '' is an empty one."
    shown = as_written(value) if written is None else written
    if isinstance(value, bool):
        noun = f"the switch {as_written(value)}"
    elif isinstance(value, date):
        noun = "a date"
    else:
        noun = f"the number {value}"
    if noun.endswith(f" {shown}"):
        return f" Write '{shown}', with the quotes."
    return f" Without quotes, {shown} is {noun}: write '{shown}'."


def _as_mapping(value: Any) -> str:
    if value is None:
        return " Write {} for an empty one."
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        more = ", …" if len(value) > SHOWN_ENTRIES else ""
        return f" Write {{{', '.join(f'{one}: …' for one in value[:SHOWN_ENTRIES])}{more}}}."
    return ""


def _typographic(value: Any) -> str:
    if isinstance(value, str) and value.startswith(_TYPOGRAPHIC):
        return " Typographic quotation marks are part of the text: write ' or \"."
    return ""


def _joined(value: Any) -> str:
    """Return the hint for a key with its value behind a colon and no space."""
    is_joined = isinstance(value, str) and re.match(r"[\w.-]+:[^\s]", value)
    return " Write a space after the colon of a key." if is_joined else ""


def _of_pattern(pattern: str) -> str:
    words = words_of_patterns().get(pattern)
    return f"Allowed: {words}." if words else "It has characters that are not allowed here."


@cache
def words_of_patterns() -> Mapping[str, str]:
    """Return what each regular expression of a type of text means in words."""
    return dict(_described_patterns())


def _described_patterns() -> Iterator[tuple[str, str]]:
    # Modules of the contract and of kinds have types of their own in addition to the common ones.
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith(WITH_TYPES)]
    for annotation in (one for module in modules for one in vars(module).values()):
        metadata = get_args(annotation)[1:]
        patterns = [one.pattern for one in metadata if isinstance(one, StringConstraints) and one.pattern]
        words = [one.description for one in metadata if isinstance(one, FieldInfo) and one.description]
        for pattern in patterns:
            if words:
                yield pattern.pattern if isinstance(pattern, re.Pattern) else pattern, words[0]
