"""Parameters of rules, as JSON Schema; a stack's configuration sets them."""

from __future__ import annotations

from pulumi_policy import PolicyConfigSchema


def list_parameter(name: str, description: str) -> PolicyConfigSchema:
    """Return the schema of one list of texts, empty by default."""
    texts = {"type": "array", "description": description, "items": {"type": "string"}, "default": []}
    return PolicyConfigSchema(properties={name: texts})


def limit_parameter(name: str, default: int) -> PolicyConfigSchema:
    """Return the schema of one whole number of at least 1."""
    return PolicyConfigSchema(properties={name: {"type": "integer", "minimum": 1, "default": default}})
