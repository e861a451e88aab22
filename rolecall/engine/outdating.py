"""Changes what a stack's state says of itself: which declaration it holds, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rolecall.engine.stack_state import FORMERLY, STACK

# The outputs by which a later run sees that a stack is as it was declared (components/declare.py).
OUTPUTS = ("declaration", "objects")


def without_declaration(text: bytes) -> bytes | None:
    """Return a checkpoint or an exported deployment without them; None where it has none.

    Args:
        text: the JSON, as the engine has written it.
    """
    told = json.loads(text)
    if not isinstance(told, dict):
        return None
    checkpoint = told.get("checkpoint") or told
    deployment = checkpoint.get("latest") or checkpoint.get("deployment") or {}
    found = False
    for resource in deployment.get("resources") or []:
        if resource.get("type") == STACK:
            outputs = resource.get("outputs") or {}
            found = found or any(name in outputs for name in OUTPUTS)
            resource["outputs"] = {name: value for name, value in outputs.items() if name not in OUTPUTS}
    return json.dumps(told, ensure_ascii=False, indent=4).encode() if found else None


def with_owner(text: bytes, owner: Mapping[str, object]) -> bytes | None:
    """Return a checkpoint or an exported deployment whose stack says whose it is; None where it does, or holds nothing.

    What it says already stays, but for former names: those are of the run that has moved its objects.

    Args:
        text: the JSON, as the engine has written it.
        owner: the stack's outputs that say so.
    """
    state = json.loads(text)
    if not isinstance(state, dict):
        return None
    checkpoint = state.get("checkpoint") or state
    deployment = checkpoint.get("latest") or checkpoint.get("deployment") or {}
    changed = False
    for one in deployment.get("resources") or []:
        if one.get("type") == STACK:
            before = one.get("outputs") or {}
            former = {FORMERLY: owner[FORMERLY]} if FORMERLY in owner else {}
            one["outputs"] = {**owner, **before, **former}
            changed = changed or one["outputs"] != before
    return json.dumps(state, ensure_ascii=False, indent=4).encode() if changed else None
