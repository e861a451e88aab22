"""Changes the outputs of a stack's state that name its declaration and its owner."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from rolecall.engine.stack_state import FORMERLY, STACK

# The outputs by which a later run sees that a stack is as it was declared (components/declare.py).
OUTPUTS = ("declaration", "objects")


def without_declaration(text: bytes) -> bytes | None:
    """Return a checkpoint or an exported deployment without them; None where it has none.

    Args:
        text: the JSON, as the engine has written it.
    """
    return _changed(text, lambda outputs: {name: value for name, value in outputs.items() if name not in OUTPUTS})


def with_owner(text: bytes, owner: Mapping[str, object]) -> bytes | None:
    """Return a checkpoint or an exported deployment whose stack names its owner; None if it does already, or is empty.

    What it says already stays, but for former names: those are of the run that has moved its objects.

    Args:
        text: the JSON, as the engine has written it.
        owner: the stack's outputs that say so.
    """
    former = {FORMERLY: owner[FORMERLY]} if FORMERLY in owner else {}
    return _changed(text, lambda outputs: {**owner, **outputs, **former})


def _changed(text: bytes, change: Callable[[Mapping[str, object]], Mapping[str, object]]) -> bytes | None:
    """Return a checkpoint or an exported deployment with other outputs of the stack; None where they stay the same."""
    state = json.loads(text)
    if not isinstance(state, dict):
        return None
    checkpoint = state.get("checkpoint") or state
    deployment = checkpoint.get("latest") or checkpoint.get("deployment") or {}
    is_changed = False
    for resource in deployment.get("resources") or []:
        if resource.get("type") == STACK:
            before = resource.get("outputs") or {}
            resource["outputs"] = change(before)
            is_changed = is_changed or resource["outputs"] != before
    return json.dumps(state, ensure_ascii=False, indent=4).encode() if is_changed else None
