"""Plain words of YAML as bundles read them: by YAML 1.2, with texts where YAML 1.1 has switches, times and dates."""

from __future__ import annotations

import math
import re
from typing import Any

_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?")
# More is no integer there, but a number with a fraction.
_LARGEST = 2**64 - 1
_SPECIAL = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}


def scalar(text: str) -> Any:
    """Return what an unquoted word stands for.

    Source: https://github.com/yaml/go-yaml (resolve.go), which the bundles' command reads YAML with, and the command's
    own libs/dyn/yamlloader/loader.go, to which zeros before a number mean nothing.
    """
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _NUMBER.fullmatch(text):
        return _finite(float(text.replace("_", "")), text)
    return text


def _integer(text: str) -> Any:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    plain = digits.replace("_", "")
    base = {"0b": 2, "0x": 16, "0o": 8}.get(plain[:2].lower(), 10)
    if base == 10 and digits.startswith("0_"):
        base = 8
    try:
        number = sign * int(plain[2:] if plain[1:2].isalpha() else plain, base)
        return number if number <= _LARGEST else float(number)
    except (ValueError, OverflowError):
        return text


def _finite(number: float, text: str) -> float | str:
    """Return a number; one that is too large is text there (strconv.ParseFloat)."""
    return number if math.isfinite(number) else text
