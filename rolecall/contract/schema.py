"""The contract's form as a JSON Schema, for editors and other tools."""

from __future__ import annotations

from typing import Any

from rolecall.contract.contract import contract_model
from rolecall.ids.described_schema import DescribedSchema


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a contract's files (draft 2020-12).

    It requires no key at the top: a contract may be split, and each of its files holds a part. `rolecall check` reports
    what all files together lack.
    """
    schema = contract_model().model_json_schema(by_alias=True, schema_generator=DescribedSchema)
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Rolecall contract"}
    return {**title, **{key: value for key, value in schema.items() if key not in ("title", "required")}}
