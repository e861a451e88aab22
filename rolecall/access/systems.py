"""Facts of the installed systems for policies and messages, read without importing a system's modules."""

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
    return {one.name: one.counterpart_types for one in _systems() if one.counterpart_types}


@cache
def access_list_types() -> tuple[str, ...]:
    """Return the types of resources whose `holders` grant access in a system, by `System.access_lists`.

    Raises:
        UsageError: a distribution's spec cannot be loaded.
    """
    return tuple(f"rolecall:{one.name}:{noun}" for one in _systems() for noun in one.access_lists)


@cache
def definition_types() -> Mapping[str, str]:
    """Return the property with the content of a definition, by type, of `System.definitions`.

    Raises:
        UsageError: a distribution's spec cannot be loaded.
    """
    return {f"rolecall:{one.name}:{noun}": name for one in _systems() for noun, name in one.definitions}


@cache
def secret_references() -> tuple[str, ...]:
    """Return how references to stored secrets begin, by `System.secret_references`.

    Raises:
        UsageError: a distribution's spec cannot be loaded.
    """
    return tuple(text for one in _systems() for text in one.secret_references)


@cache
def where_editors_choose_workers() -> frozenset[str]:
    """Return the orchestrators in which an editor of a counterpart chooses the worker that runs it.

    Raises:
        UsageError: a distribution's spec cannot be loaded.
    """
    return frozenset(one.name for one in _systems() if one.editors_choose_workers)


def _systems() -> list[System]:
    return [point.load(System) for point in plugins.entry_points(plugins.SYSTEMS)]
