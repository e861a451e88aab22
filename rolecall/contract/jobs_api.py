"""The form of a job in the Jobs API 2.2, as models.

`jobs_api.json` lists every type and field; it is generated from databricks-sdk (`make generate`) and a test holds it
equal to that library. Source: https://docs.databricks.com/api/workspace/jobs/create
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Optional

from pydantic import Field, create_model

from rolecall.contract.model import Model

ROOT_TYPE = "JobSettings"
_SCALARS: dict[str, Any] = {"str": str, "int": int, "bool": bool, "float": float, "any": Any}


@cache
def job_form() -> dict[str, dict[str, Any]]:
    """Return each type's fields with their types, as in `jobs_api.json`."""
    text = (files(__package__) / "jobs_api.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def job_models(*, partial: bool = False) -> dict[str, type[Model]]:
    """Return a model for each type of the Jobs API, by name.

    Args:
        partial: nothing is required, for what is laid over a whole job.
    """
    models: dict[str, type[Model]] = {}
    for name, fields in job_form().items():
        described = dict(_field(field, entry, partial=partial) for field, entry in fields.items())
        title = f"Partial{name}" if partial else name
        models[name] = create_model(title, __base__=Model, __module__=__name__, **described)
    for model in models.values():
        model.model_rebuild(_types_namespace=dict(models))
    return models


def settings_fields() -> frozenset[str]:
    """Return the names of the fields of a job's settings."""
    return frozenset(job_form()[ROOT_TYPE])


def _field(name: str, entry: dict[str, Any], *, partial: bool) -> tuple[str, Any]:
    """Return the attribute and definition of a field; one that pydantic has a use for itself gets an underscore."""
    attribute = f"{name}_" if name.startswith("model_") or hasattr(Model, name) else name
    annotation = _annotation(entry)
    if entry.get("required") and not partial:
        return attribute, (annotation, Field(alias=name))
    return attribute, (Optional[annotation], Field(default=None, alias=name))


def _annotation(entry: dict[str, Any]) -> Any:
    if "list" in entry:
        return list[_annotation(entry["list"])]  # type: ignore[misc]  # built at run time
    if "map" in entry:
        return dict[str, _annotation(entry["map"])]  # type: ignore[misc]  # built at run time
    if "enum" in entry:
        return Literal[tuple(entry["enum"])]
    if "model" in entry:
        return entry["model"]
    return _SCALARS[entry["type"]]
