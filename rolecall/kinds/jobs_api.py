"""The form of a job in the Jobs API 2.2, as models.

`jobs_api.json` lists every type and field; it is generated from databricks-sdk (`make generate`) and a test holds it
equal to that library. Source: https://docs.databricks.com/api/workspace/jobs/create
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Optional

from pydantic import Field, PlainSerializer, ValidatorFunctionWrapHandler, WithJsonSchema, WrapValidator, create_model

from rolecall.ids.model import Model
from rolecall.kinds.references import PATTERN

ROOT_TYPE = "JobSettings"
_OPEN = {"type": "any"}
_SCALARS: dict[str, Any] = {"str": str, "int": int, "bool": bool, "float": float, "any": Any}
# Numbers for which a reference may stand: ids of other objects.
_REFERENCES = {("RunJobTask", "job_id")}


def _number_or_reference(value: Any, number: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, str) and PATTERN.fullmatch(value) else number(value)


_ID = Annotated[
    int,
    WrapValidator(_number_or_reference),
    PlainSerializer(lambda value: value, return_type=Any),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
]


@cache
def job_form() -> dict[str, dict[str, Any]]:
    """Return each type's fields with their types, as in `jobs_api.json`."""
    text = (files(__package__) / "jobs_api.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def field_names() -> frozenset[str]:
    """Return the names of all fields of all types."""
    return frozenset(name for fields in job_form().values() for name in fields)


@lru_cache(maxsize=32)
def job_models(*, partial: bool = False, written: frozenset[str] | None = None) -> dict[str, type[Model]]:
    """Return a model for each type of the Jobs API, by name.

    Args:
        partial: nothing is required, for what is laid over a whole job.
        written: the names of the fields that a document has. The types of all others are left open: there is nothing
            to hold against them, and making all models is a part of every command's time that is felt.
    """
    models: dict[str, type[Model]] = {}
    # A type that contains itself is named before it is there; only such models have to be built a second time.
    named_too_early: set[str] = set()

    def build(name: str, around: tuple[str, ...]) -> None:
        fields = {
            field: entry
            if written is None or field in written
            else {"type": "any", "required": entry.get("required", False)}
            for field, entry in job_form()[name].items()
        }
        for inner in {one for entry in fields.values() for one in _models_in(entry)}:
            if inner in (*around, name):
                named_too_early.add(name)
            elif inner not in models:
                build(inner, (*around, name))
        described = dict(_field(name, field, entry, models, partial=partial) for field, entry in fields.items())
        title = f"Partial{name}" if partial else name
        models[name] = create_model(title, __base__=Model, __module__=__name__, **described)

    for name in job_form() if written is None else (ROOT_TYPE,):
        if name not in models:
            build(name, ())
    for name in named_too_early:
        models[name].model_rebuild(_types_namespace=dict(models))
    return models


def settings_fields() -> frozenset[str]:
    """Return the names of the fields of a job's settings."""
    return frozenset(job_form()[ROOT_TYPE])


def _models_in(entry: dict[str, Any]) -> Iterator[str]:
    """Yield the models that a field speaks of."""
    if "model" in entry:
        yield entry["model"]
    for inner in ("list", "map"):
        if inner in entry:
            yield from _models_in(entry[inner])


def _field(
    of: str, name: str, entry: dict[str, Any], models: Mapping[str, type[Model]], *, partial: bool
) -> tuple[str, Any]:
    """Return the attribute and definition of a field; one that pydantic has a use for itself gets an underscore."""
    attribute = f"{name}_" if name.startswith("model_") or hasattr(Model, name) else name
    annotation = _ID if (of, name) in _REFERENCES else _annotation(entry, models)
    if entry.get("required") and not partial:
        return attribute, (annotation, Field(alias=name))
    return attribute, (Optional[annotation], Field(default=None, alias=name))


def _annotation(entry: dict[str, Any], models: Mapping[str, type[Model]]) -> Any:
    if "list" in entry:
        return list[_annotation(entry["list"], models)]  # type: ignore[misc]  # built at run time
    if "map" in entry:
        return dict[str, _annotation(entry["map"], models)]  # type: ignore[misc]  # built at run time
    if "enum" in entry:
        return Literal[tuple(entry["enum"])]
    if "model" in entry:
        return models.get(entry["model"], entry["model"])
    return _SCALARS[entry["type"]]
