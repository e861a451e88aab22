"""The JSON documents of commands, validated against the schemas that Rolecall ships."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from rolecall.documents.registry import DOCUMENTS, schema_of


@cache
def _validator(command: str) -> Any:
    return Draft202012Validator(schema_of(command))


def command_of(arguments: Sequence[str]) -> str:
    """Return the command of a command line."""
    return next(name for size in (2, 1) if (name := " ".join(arguments[:size])) in DOCUMENTS)


def document(arguments: Sequence[str], text: str) -> dict[str, Any]:
    """Return the document that a command wrote; it has to conform to its schema."""
    found: dict[str, Any] = json.loads(text)
    wrong = _validator(command_of(arguments)).iter_errors(found)
    errors = [f"{'.'.join(map(str, one.path))}: {one.message}" for one in wrong]
    assert not errors, errors
    assert found["schema_version"] == 1
    return found


def stacks(text: str) -> dict[str, dict[str, Any]]:
    """Return the outcomes by stack in the document of `up`, `preview` or `destroy`."""
    found: dict[str, dict[str, Any]] = document(("up",), text)["stacks"]
    return found
