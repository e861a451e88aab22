"""A job's settings in the names of the Databricks provider."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from rolecall.kinds.references import Path

ROOT_TYPE = "JobArgs"

# Lists that mean the same in any order, by what the provider sorts them when it reads a job back; declared in another
# order they would be a difference for ever (terraform-provider-databricks, jobs/jobs_api_go_sdk.go).
_SORTED_BY = {
    "tasks": "task_key",
    "depends_on": "task_key",
    **dict.fromkeys(
        (
            "on_start",
            "on_success",
            "on_failure",
            "on_duration_warning_threshold_exceeded",
            "on_streaming_backlog_exceeded",
        ),
        "id",
    ),
}


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = (files(__package__) / "job_properties.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def provider_properties(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[Path]]:
    """Return a job's settings with the provider's property names.

    Args:
        settings: settings in the form of the Jobs API 2.2.

    Returns:
        the properties, and the paths of the settings that the provider cannot deploy; those are left out.
    """
    return _rename(settings, ROOT_TYPE), unknown_settings(settings)


def unknown_settings(settings: Mapping[str, Any]) -> list[Path]:
    """Return the paths of a job's settings that the provider cannot deploy; arguments as `provider_properties`."""
    unknown: list[Path] = []
    _unknown(settings, _table()[ROOT_TYPE], [], unknown)
    return unknown


def _unknown(value: Any, fields: Mapping[str, Any], path: list[str | int], unknown: list[Path]) -> None:
    """Append the paths of what is unknown; `path` leads to the value, and is as it was at the end."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            path.append(index)
            _unknown(item, fields, path, unknown)
            path.pop()
    elif isinstance(value, dict):
        for key, inner in value.items():
            field = fields.get(key)
            if field is None:
                unknown.append((*path, key))
            elif isinstance(inner, (list, dict)) and field.get("type") is not None:
                path.append(key)
                _unknown(inner, _table()[field["type"]], path, unknown)
                path.pop()


def _rename(settings: Mapping[str, Any], type_name: str) -> dict[str, Any]:
    fields = _table()[type_name]
    renamed: dict[str, Any] = {}
    for key, value in settings.items():
        field = fields.get(key)
        if field is not None and value is not None:
            new = _rename_value(value, field.get("type"))
            renamed[field["name"]] = _in_order(key, value, new)
    return renamed


def _in_order(key: str, value: Any, renamed: Any) -> Any:
    """Return a renamed list in the provider's order, which the names of the Jobs API tell."""
    by = _SORTED_BY.get(key)
    if by is None or not isinstance(value, list) or not all(isinstance(item, Mapping) and by in item for item in value):
        return renamed
    order = sorted(range(len(value)), key=lambda index: str(value[index][by]))
    return [renamed[index] for index in order]


def _rename_value(value: Any, type_name: str | None) -> Any:
    if isinstance(value, list):
        return [_rename_value(item, type_name) for item in value]
    if isinstance(value, Mapping) and type_name is not None:
        return _rename(value, type_name)
    return value
