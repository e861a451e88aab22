"""Who keeps access when all else fails."""

from __future__ import annotations

from typing import Any

from rolecall.ids.model import Model
from rolecall.ids.name_types import GroupName

# The value of a contract without such a group; `break_glass_reason` then has the reason.
NONE = "none"


class BreakGlass(Model):
    """Who keeps access when all else fails."""

    group: GroupName
    """a group that is administrator of every workspace and stays on every object"""


def group_or_none(written: Any) -> Any:
    """Return the value of `break_glass`: `{group: NAME}`, or None for `none`.

    Raises:
        ValueError: it says neither.
    """
    if written is None:
        raise ValueError("write `{group: NAME}`, or `none` with the reason in `break_glass_reason`")
    return None if written == NONE else written


def none_by_name(schema: dict[str, Any]) -> None:
    """Let the JSON Schema have `none` where the model has None."""
    for one in schema.get("anyOf", ()):
        if one.get("type") == "null":
            del one["type"]
            one["const"] = NONE
