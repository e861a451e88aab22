"""Environment variables to which every contract may refer: addresses and ids that the installed systems name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rolecall import plugins

# Every `…_HOST` is an address.
HOST = "_HOST"


@dataclass(frozen=True, kw_only=True)
class SystemVariables:
    """The part of a system's spec that contracts read.

    Attributes:
        variables: environment variables with its addresses and ids, as its vendor's own tools name them; contracts may
            refer to them without declaring them. Never variables with credentials.
    """

    variables: tuple[str, ...] = ()


def is_usual(name: str) -> bool:
    """Return whether contracts may refer to a variable without declaring it.

    Raises:
        UsageError: a distribution's spec cannot be loaded.
    """
    return name.endswith(HOST) or name in _named()


@cache
def _named() -> frozenset[str]:
    points = plugins.entry_points(plugins.SYSTEMS)
    return frozenset(name for point in points for name in point.load(SystemVariables).variables)
