"""JSON Schemas of models, with the docstrings below fields as their descriptions."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic import BaseModel


class DescribedSchema(GenerateJsonSchema):
    """Reads docstrings when a schema is asked for.

    pydantic's own `use_attribute_docstrings` reads and parses the sources of all models when they are imported: a fifth
    of what each command spends on the contract's models.
    """

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Return the schema of a model; a description that a field has itself stays."""
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        for name, text in _docstrings_of(model).items():
            field = model.model_fields.get(name)
            key = name if field is None else field.alias or name
            shown = made.get("properties", {}).get(key)
            if shown is not None and "description" not in shown:
                shown["description"] = text
        return made


def _docstrings_of(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstrings of a model's fields, those that it inherits included."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        found |= _own_docstrings(one)
    return found


@cache
def _own_docstrings(described: type) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(described))
    except (OSError, TypeError):
        # It was made at run time.
        return {}
    (defined,) = ast.parse(source).body
    if not isinstance(defined, ast.ClassDef):
        return {}
    found: dict[str, str] = {}
    for statement, following in zip(defined.body, defined.body[1:], strict=False):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            text = following.value.value
            if isinstance(text, str):
                found[statement.target.id] = inspect.cleandoc(text)
    return found
