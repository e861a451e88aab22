"""The provider's schema, from which other languages make their packages.

https://www.pulumi.com/docs/iac/using-pulumi/extending-pulumi/schema/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall import __version__
from rolecall.provider.registry import FUNCTIONS, RESOURCES
from rolecall.systems.registry import SYSTEMS
from rolecall.systems.resource import Function, Model, Resource

NAME = "rolecall"
# Anything: https://www.pulumi.com/docs/iac/guides/building-extending/providers/schema/#property
ANY = "pulumi.json#/Any"
DATABRICKS_HOST, DATABRICKS_ACCOUNT_ID = "databricksHost", "databricksAccountId"
# Settings of the provider, and the variables that they stand for.
CONFIGURATION = {DATABRICKS_HOST: "DATABRICKS_ACCOUNT_HOST", DATABRICKS_ACCOUNT_ID: "DATABRICKS_ACCOUNT_ID"}


def package_schema() -> dict[str, Any]:
    """Return the schema of the whole package."""
    types: dict[str, Any] = {}
    return {
        "name": NAME,
        "displayName": "Rolecall",
        "version": __version__,
        "description": "People, groups and federation of identity providers, mapped to Databricks",
        "keywords": ["pulumi", "kind/native", "category/infrastructure", *(one.name for one in SYSTEMS)],
        "license": "Apache-2.0",
        "config": {},
        "provider": {
            "description": "Credentials come from the environment, never from the program.",
            "inputProperties": {
                name: {"type": "string", "description": f"of the Databricks account; without it, {variable}"}
                for name, variable in CONFIGURATION.items()
            },
        },
        "resources": {token: _resource(one, types) for token, one in RESOURCES.items()},
        "functions": {token: _function(one, types) for token, one in FUNCTIONS.items()},
        "types": types,
    }


def _resource(resource: type[Resource[Any]], types: dict[str, Any]) -> dict[str, Any]:
    inputs, required = _properties(resource.model, types)
    replaced = {name: {**inputs[name], "willReplaceOnChanges": True} for name in resource.replaced_by}
    inputs = {**inputs, **replaced}
    computed = {name: {"type": "string", "description": text} for name, text in resource.computed.items()}
    return {
        "description": resource.description,
        "properties": {**inputs, **computed},
        "required": sorted([*required, *computed]),
        "inputProperties": inputs,
        "requiredInputs": required,
    }


def _function(function: type[Function[Any]], types: dict[str, Any]) -> dict[str, Any]:
    arguments, required = _properties(function.model, types)
    return {
        "description": function.description,
        "inputs": {"type": "object", "properties": arguments, "required": required},
        "outputs": {"type": "object", "properties": function.returns, "required": sorted(function.returns)},
    }


def _properties(model: type[Model], types: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a model's properties in Pulumi's form, and which are required; nested models go into `types`."""
    described = model.model_json_schema(by_alias=True)
    for name, one in described.get("$defs", {}).items():
        properties = {key: _property(value) for key, value in one["properties"].items()}
        required = sorted(one.get("required", []))
        types[_token(name)] = {
            "type": "object",
            "description": one.get("description", ""),
            "properties": properties,
            "required": required,
        }
    properties = {key: _property(value) for key, value in described["properties"].items()}
    return properties, sorted(described.get("required", []))


def _token(name: str) -> str:
    return f"{NAME}:index:{name}"


def _property(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return one property: JSON Schema and Pulumi's differ in references, in what may be left out, and in formats."""
    description = {"description": schema["description"]} if schema.get("description") else {}
    if "anyOf" in schema:
        (one,) = (part for part in schema["anyOf"] if part.get("type") != "null")
        return {**_property(one), **description}
    if "$ref" in schema:
        return {"$ref": f"#/types/{_token(schema['$ref'].rsplit('/', 1)[-1])}", **description}
    if schema.get("type") == "array":
        return {"type": "array", "items": _property(schema["items"]), **description}
    if schema.get("type") == "object":
        free = schema.get("additionalProperties") in (True, None)
        values = {"$ref": ANY} if free else _property(schema["additionalProperties"])
        return {"type": "object", "additionalProperties": values, **description}
    return {"type": schema["type"], **description}
