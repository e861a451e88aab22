"""Answers of a later release of a service: unknown fields, new values, missing ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from rolecall.errors import SystemUnreachable

HOW = "Update Rolecall; if that changes nothing, report the answer to its maintainers."


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Raise SystemUnreachable where reading an answer fails: it is unknown, never equal, and nothing else stops.

    Args:
        what: the object or system that was read.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, yaml.YAMLError) as error:
        reason = f"has no field {error.args[0]!r}" if isinstance(error, KeyError) else "has an unknown structure"
        raise SystemUnreachable(f"the answer about {what} {reason}", HOW) from error
