"""Former names: what an object, a project, an environment or a group was called before in this contract."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from rolecall.ids.model import Model
from rolecall.ids.name_types import GroupName, Name

_PATTERN = r"^[A-Za-z][A-Za-z0-9_.-]*(/[A-Za-z][A-Za-z0-9_.-]*)?$"
_PLACE: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": _PATTERN},
        {
            "type": "object",
            "properties": {"project": {"type": "string"}, "key": {"type": "string"}},
            "required": ["key"],
            "additionalProperties": False,
        },
    ]
}


def _as_list(written: Any) -> Any:
    return written if isinstance(written, list) or written is None else [written]


def _one_or_more(item: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item}]})


def _as_places(written: Any) -> Any:
    """Return `KEY`, `PROJECT/KEY` and `{project, key}` in the last form.

    Raises:
        ValueError: it is none of them.
    """
    return [_as_place(one) for one in _as_list(written) or []]


def _as_place(written: Any) -> Any:
    if isinstance(written, FormerPlace):
        return written
    if isinstance(written, str):
        project, separator, key = written.rpartition("/")
        if "/" in project or not key or (separator and not project):
            raise ValueError("write KEY, PROJECT/KEY, or {project: PROJECT, key: KEY}")
        return {"project": project, "key": key} if separator else {"key": key}
    if not isinstance(written, dict):
        raise ValueError("write KEY, PROJECT/KEY, or {project: PROJECT, key: KEY}")
    return written


class FormerPlace(Model):
    """Where an object stood before: under another key, in another project, or both."""

    project: Name | None = None
    """its project then; without it, the project that it is in"""
    key: Name
    """its key then"""


FormerPlaces = Annotated[
    list[FormerPlace],
    BeforeValidator(_as_places),
    _one_or_more(_PLACE),
    Field(description="KEY, PROJECT/KEY, or a list"),
]
FormerNames = Annotated[list[Name], BeforeValidator(_as_list), _one_or_more({"type": "string"})]
FormerGroupNames = Annotated[list[GroupName], BeforeValidator(_as_list), _one_or_more({"type": "string"})]
