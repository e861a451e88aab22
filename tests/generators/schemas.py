"""Write the JSON Schemas of the commands' documents."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from rolecall.console.output import SCHEMA_VERSION
from rolecall.documents.registry import DOCUMENTS, FOLDER, file_name


def schemas() -> dict[str, str]:
    """Return the schemas by file name."""
    return {file_name(command): _text(command, document) for command, document in DOCUMENTS.items()}


def _text(command: str, document: Any) -> str:
    schema = TypeAdapter(document).json_schema()
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"rolecall {command}, version {SCHEMA_VERSION}",
    }
    return json.dumps({**head, **{key: value for key, value in schema.items() if key != "title"}}, indent=2) + "\n"


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
