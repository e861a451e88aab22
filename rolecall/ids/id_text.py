"""Ids that come through the engine's protocol."""

from __future__ import annotations


def id_text(value: object) -> str:
    """Return an id as text, empty for None. The engine passes every number as a double (google.protobuf.Value)."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value or "")
