"""Resources as a state or a preview has them, for judging them without the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import proxy

from policies.properties import Properties
from policies.rule import Resource

# How the engine writes a secret into a state: https://www.pulumi.com/docs/iac/concepts/secrets/.
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


def resources_in(told: Mapping[str, Any]) -> Iterator[Resource]:
    """Yield the resources in what `pulumi stack export` or `pulumi preview --json` writes.

    Raises:
        ValueError: it is neither.
    """
    if "deployment" in told:
        states = (told["deployment"] or {}).get("resources") or []
    elif "steps" in told:
        states = [step["newState"] for step in told["steps"] if step.get("newState")]
    else:
        raise ValueError("it has neither `deployment`, as `pulumi stack export` writes, nor `steps`, as a preview does")
    for state in states:
        if state.get("custom") and not state.get("delete"):
            yield _resource(state)


def _resource(state: Mapping[str, Any]) -> Resource:
    stack, _, _, name = state["urn"].removeprefix("urn:pulumi:").split("::", 3)
    values = _plain(state.get("inputs") or {})
    return Resource(state["type"], name, stack, Properties(values), values, state["urn"])


def _plain(value: Any) -> Any:
    """Return a value with secrets opened; one that is encrypted is as good as not known."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return _plain(json.loads(value["plaintext"])) if "plaintext" in value else proxy.UNKNOWN_STRING_VALUE
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
