"""Numbers that are valid and are not what their author wrote: `1:30`, `0600`, `true` for a number, too many digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from rolecall.contract.source import Path, Places
from rolecall.errors import Problem

ID = "wrong-value"
# YAML 1.1, https://yaml.org/type/int.html: numbers to the base of 60, and octal ones.
_SIXTIES = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
# Every service and the engine have numbers of 64 bits.
LARGEST = 2**63 - 1
SHOWN_DIGITS = 30


def misread_values(tree: Any, contract: BaseModel, places: Places) -> Iterator[Problem]:
    """Yield a problem for each number that its file does not show.

    Args:
        tree: the contract as plain values.
        contract: the valid contract.
        places: where values stand, and how they are written.
    """
    for path, written in places.written.items():
        value = _in_tree(tree, path)
        where = _shown(path)
        if isinstance(value, bool):
            taken = _in_model(contract, path)
            if isinstance(taken, int | float) and not isinstance(taken, bool):
                yield Problem(ID, places.of(*path), f"{where} is {written}", "It has to be a number.")
        elif isinstance(value, int | float):
            if _SIXTIES.fullmatch(written) or _OCTAL.fullmatch(written):
                how = f"YAML reads it as the number {value}: write that, or '{written}' with quotes if it is text."
                yield Problem(ID, places.of(*path), f"{where} is {written}", how)
            elif isinstance(value, int) and abs(value) > LARGEST:
                digits = written if len(written) <= SHOWN_DIGITS else f"{written[:SHOWN_DIGITS]}…"
                yield Problem(ID, places.of(*path), f"{where} is {digits}", f"It has to be at most {LARGEST:,}.")


def _in_tree(tree: Any, path: Path) -> Any:
    for part in path:
        if isinstance(tree, dict) or (isinstance(tree, list) and isinstance(part, int) and part < len(tree)):
            tree = tree.get(part) if isinstance(tree, dict) else tree[int(part)]
        else:
            return None
    return tree


def _in_model(value: Any, path: Path) -> Any:
    for part in path:
        if isinstance(value, BaseModel):
            fields = type(value).model_fields.items()
            name = next((name for name, field in fields if part in (field.alias, name)), None)
            value = getattr(value, name) if name is not None else None
        elif isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def _shown(path: Path) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
