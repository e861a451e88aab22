"""What policies and messages need to know of the installed systems, without importing any of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from rolecall import plugins
from rolecall.access.observation import System


@cache
def counterpart_types() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the resources of a job's counterpart by orchestrator, as `System.counterpart_types` has them.

    Raises:
        UsageError: a distribution's spec cannot be loaded.
    """
    specs = (point.load(System) for point in plugins.entry_points(plugins.SYSTEMS))
    return {one.name: one.counterpart_types for one in specs if one.counterpart_types}
