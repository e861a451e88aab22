"""Read YAML into plain values with the parser in C, which is ten times faster than the one in Python."""

from __future__ import annotations

from typing import Any

import yaml

# Wheels without it are rare.
SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Raised by the parser for `!!timestamp x`, `!!int ''`, `!!bool x`, too large numbers, and too deep nesting.
UNREADABLE = (ValueError, LookupError, AttributeError, TypeError, OverflowError, RecursionError)


def load(text: str) -> Any:
    """Return the plain values of one document.

    Raises:
        yaml.YAMLError: the text is not YAML, or a value does not match its tag or form.
    """
    try:
        return yaml.load(text, SafeLoader)  # noqa: S506 - a safe loader
    except UNREADABLE as error:
        raise yaml.YAMLError("a value does not match its tag or form, or the text is nested too deep") from error
