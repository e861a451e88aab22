"""Checks of rules as facts: which property violates a rule, in which parts of a resource, and the finding's texts.

A rule whose check needs more than these is a function of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rolecall.policies.context import Context
from rolecall.policies.properties import Properties
from rolecall.policies.resource import Resource
from rolecall.policies.rule import Check, Finding

# Yields one value, which messages show, for each violation in a part of a resource; reading an unknown one raises.
Test = Callable[[Properties], Iterable[object]]
# Yields the parts of a resource that a test reads.
Parts = Callable[[Resource], Iterable[Properties]]
_PLACE = re.compile(r"\{(part|value)\}")


def _whole(resource: Resource) -> Iterator[Properties]:
    yield resource.properties


def refuse(test: Test, found: str, allowed: str, parts: Parts = _whole) -> Check:
    """Return a check with one finding for each violation.

    Args:
        test: what violates the rule.
        found: the finding; `{part}` is the path of the part (`it` for the resource), `{value}` is what the test yields.
        allowed: what is allowed and how to fix it, with the same places.
        parts: the parts of a resource that are tested; the whole resource by default.
    """

    def check(resource: Resource, context: Context) -> Iterator[Finding]:
        for part in parts(resource):
            for value in test(part):
                places = {"part": part.path or "it", "value": "" if value is None else str(value)}
                yield Finding(_filled(found, places), _filled(allowed, places))

    return check


def _filled(text: str, places: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: places[match[1]], text)


def each(*checks: Check) -> Check:
    """Return a check with the findings of several."""

    def check(resource: Resource, context: Context) -> Iterator[Finding]:
        for one in checks:
            yield from one(resource, context)

    return check


def items(name: str) -> Parts:
    """Return the parts that a list of the resource consists of."""
    return lambda resource: resource.properties.items(name)


def always(_part: Properties) -> Iterator[object]:
    """Test that fails whatever the resource holds: the type alone violates the rule."""
    yield None


def is_set(*paths: str) -> Test:
    """Return a test that yields each path with a value, known or not."""
    return lambda part: (path for path in paths if part.is_set(path))


def not_set(*paths: str) -> Test:
    """Return a test that yields each path without a value."""
    return lambda part: (path for path in paths if not part.is_set(path))


def is_on(*paths: str) -> Test:
    """Return a test that yields each path whose value is true or not empty."""
    return lambda part: (path for path in paths if part.read(path))


def not_on(path: str) -> Test:
    """Return a test that yields a path whose value is false, empty or not set."""
    return lambda part: () if part.read(path) else (path,)


def one_of(path: str, *values: Any) -> Test:
    """Return a test that yields a path's value where it is one of some."""
    return matches(path, lambda value: value in values)


def not_one_of(path: str, *values: Any) -> Test:
    """Return a test that yields a path's value where it is none of some; None stands for a value that is not set."""
    return matches(path, lambda value: value not in values)


def matches(path: str, violates: Callable[[Any], bool]) -> Test:
    """Return a test that yields a path's value where a predicate holds."""

    def test(part: Properties) -> Iterator[object]:
        value = part.read(path)
        if violates(value):
            yield value

    return test
