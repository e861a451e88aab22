"""Read emulators.yaml, the description of what the local emulators start with, and report what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rolecall.contract.problems import known, one_of, problems_of
from rolecall.contract.repository import read_text
from rolecall.contract.source import Places, read_yaml
from rolecall.contract.yaml_problems import unreadable_file
from rolecall.emulators.registry import emulator_specs
from rolecall.emulators.spec import EmulatorSpec
from rolecall.errors import InvalidDescription, Place, Problem

TITLE = "Rolecall emulators"


def read_description(path: Path) -> dict[str, Any]:
    """Return a description.

    Raises:
        InvalidDescription: something is wrong with it; every problem is listed.
    """
    try:
        document = read_yaml(read_text(path), str(path))
    except (OSError, ValueError) as error:
        raise InvalidDescription([unreadable_file(str(path), None, error)]) from error
    problems = [*document.problems]
    described = document.value if document.value is not None or problems else {}
    if not isinstance(described, dict):
        if not problems:
            how = "It starts with names of systems, such as `databricks:`."
            problems.append(Problem("wrong-value", Place(str(path), 1), f"{path} is not a mapping (key: value)", how))
        raise InvalidDescription(problems)
    specs = {spec.name: spec for spec in emulator_specs()}
    for name in described:
        problems += known("section", str(name), specs, document.places, (name,), shown="emulator")
    for name, section in described.items():
        if name in specs:
            problems += _problems(specs[name], section, document.places)
    if problems:
        raise InvalidDescription(problems)
    return described


def description_schema() -> dict[str, Any]:
    """Return the JSON Schema of a description, for editors."""
    from rolecall.ids.described_schema import DescribedSchema

    sections: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for spec in emulator_specs():
        if spec.description is None:
            sections[spec.name] = {}
            continue
        model = spec.description()
        made = model.model_json_schema(schema_generator=DescribedSchema, ref_template=f"#/$defs/{spec.name}.{{model}}")
        definitions |= {f"{spec.name}.{name}": one for name, one in made.pop("$defs", {}).items()}
        # A section of which nothing is required may be empty.
        sections[spec.name] = made if "required" in made else {"anyOf": [made, {"type": "null"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        "type": "object",
        "properties": sections,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _problems(spec: EmulatorSpec, section: Any, places: Places) -> Iterator[Problem]:
    if spec.description is None:
        return
    model, at = spec.description(), (spec.name,)
    try:
        valid = model.model_validate({} if section is None else section)
    except ValidationError as error:
        yield from problems_of(error, model, places.below(at), at=at)
        return
    for one in valid.unknown():
        place = places.of(*at, *one.path)
        yield Problem(f"unknown-{one.noun}", place, f"{spec.name}: {one.what}", one_of(one.name, one.declared))
