"""What the policy SDK does anew for each policy, done once for each resource.

It turns a resource's properties from the engine's protocol into plain values for every policy of a pack, whether that
is about the resource or not: with fifty rules, nine tenths of a pack's time. What rules are given is only read, so all
of them can be given the same. A test looks whether the SDK still does as is expected here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from google.protobuf import json_format
from pulumi_policy import policy

# A resource's own properties, and those of its connection.
KEPT = 2


def convert_once() -> None:
    """Let the SDK in this process convert each message once; calling it again changes nothing."""
    sdk: Any = policy
    if not isinstance(sdk.json_format, SimpleNamespace):
        sdk.json_format = SimpleNamespace(MessageToDict=_Once(json_format.MessageToDict))
        sdk.deserialize_properties = _Once(sdk.deserialize_properties)


class _Once:
    """A function of one thing, which remembers what it returned for the last few."""

    def __init__(self, convert: Callable[..., Mapping[str, Any]]) -> None:
        self._convert = convert
        self._last: list[tuple[Any, Mapping[str, Any]]] = []

    def __call__(self, given: Any, *rest: Any) -> Mapping[str, Any]:
        if rest:
            return self._convert(given, *rest)
        for known, result in self._last:
            if known is given:
                return result
        result = self._convert(given)
        self._last = [(given, result), *self._last][:KEPT]
        return result
