"""Write the tables of the Jobs API from the two libraries that know it: `make generate`.

`jobs_api.json` of the contract is the form of a job, from databricks-sdk; `job_properties.json` of the Databricks
system says how the provider names each field, from pulumi-databricks. Both libraries take seconds to import, which
every `rolecall check` would pay; the tables take milliseconds. A test holds the files equal to what this writes.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import typing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FORM = ROOT / "rolecall" / "kinds" / "jobs_api.json"
PROPERTIES = ROOT / "rolecall" / "kinds" / "job_properties.json"


def job_form() -> dict[str, dict[str, Any]]:
    """Return for each type of the Jobs API its fields: `{"task_key": {"type": "str", "required": true}, …}`."""
    from databricks.sdk.service.jobs import JobSettings

    form: dict[str, dict[str, Any]] = {}
    pending: list[type] = [JobSettings]
    while pending:
        kind = pending.pop()
        if kind.__name__ in form:
            continue
        hints = typing.get_type_hints(kind)
        fields: dict[str, Any] = {}
        for field in dataclasses.fields(kind):
            described, nested = _describe(hints[field.name])
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                described["required"] = True
            fields[field.name] = described
            pending.extend(nested)
        form[kind.__name__] = fields
    return {name: form[name] for name in sorted(form)}


def _describe(hint: Any) -> tuple[dict[str, Any], list[type]]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        return _describe(next(one for one in arguments if one is not type(None)))
    if origin is list:
        described, nested = _describe(arguments[0])
        return {"list": described}, nested
    if origin is dict:
        described, nested = _describe(arguments[1])
        return {"map": described}, nested
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": sorted(one.value for one in hint)}, []
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)
        return {"model": hint.__name__}, [hint]
    name = getattr(hint, "__name__", str(hint))
    return {"type": name if name in ("str", "int", "bool", "float") else "any"}, []


def job_properties(form: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return for each pair of API type and provider type how the provider names the fields that it knows."""
    import pulumi_databricks as databricks

    table: dict[str, dict[str, Any]] = {}
    pending: list[tuple[str, type]] = [("JobSettings", databricks.JobArgs)]
    while pending:
        api_type, arguments = pending.pop()
        if arguments.__name__ in table:
            continue
        wire_names = _wire_names(arguments)
        fields: dict[str, Any] = {}
        for api_name, described in form[api_type].items():
            property_name = next((name for name in _candidates(api_name) if name in wire_names), None)
            if property_name is None:
                continue
            entry: dict[str, str] = {"name": wire_names[property_name]}
            model = _model_of(described)
            nested = _nested(arguments, property_name) if model else None
            if model and nested:
                entry["type"] = nested.__name__
                pending.append((model, nested))
            fields[api_name] = entry
        table[arguments.__name__] = fields
    return {name: table[name] for name in sorted(table)}


def _wire_names(arguments: type) -> dict[str, str]:
    """Return the provider's name of each Python property of an argument type."""
    from pulumi._types import input_type_py_to_pulumi_names

    return dict(input_type_py_to_pulumi_names(arguments))


def _candidates(api_name: str) -> list[str]:
    """Return what the provider may call a field: lists get plural names, and git_source's fields lose git_."""
    plural = api_name[:-1] + "ies" if api_name.endswith("y") else api_name + "s"
    return [api_name, plural, api_name + "es", api_name.removeprefix("git_")]


def _model_of(described: dict[str, Any]) -> str | None:
    if "model" in described:
        return str(described["model"])
    inner = described.get("list") or described.get("map")
    return _model_of(inner) if inner else None


def _nested(arguments: type, property_name: str) -> type | None:
    """Return the argument type that a property holds, through Optional, Input and Sequence."""
    import pulumi_databricks as databricks

    getter = getattr(arguments, property_name)
    hint = str(getter.fget.__annotations__["return"])
    for part in hint.replace("[", " ").replace("]", " ").replace(",", " ").replace("'", " ").split():
        name = part.rsplit(".", 1)[-1]
        if name.endswith("Args") and hasattr(databricks, name):
            return typing.cast(type, getattr(databricks, name))
    return None


def main() -> None:
    """Write both files."""
    form = job_form()
    FORM.write_text(json.dumps(form, indent=1) + "\n")
    PROPERTIES.write_text(json.dumps(job_properties(form), indent=1) + "\n")


if __name__ == "__main__":
    main()
