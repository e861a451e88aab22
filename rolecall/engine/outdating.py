"""Takes out of a stack's state which declaration it holds."""

from __future__ import annotations

import json

STACK = "pulumi:pulumi:Stack"
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
