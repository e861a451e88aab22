"""What lies in schemas and catalogs, and how many versions models have: asked before something is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall.access.ways import is_route_missing
from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import TOKENS
from rolecall.systems.databricks.client import shared_reader

ROOT = "/api/2.1/unity-catalog"
SCHEMA, CATALOG = TOKENS[Kind.DATASET], TOKENS[Kind.CATALOG]
MODEL, SCOPE = TOKENS[Kind.MODEL], TOKENS[Kind.SECRET_SCOPE]
# Lists of what a schema holds: https://docs.databricks.com/api/workspace/tables/list and its neighbours.
IN_SCHEMA: Mapping[str, tuple[str, str]] = {
    "table": ("tables", "tables"),
    "volume": ("volumes", "volumes"),
    "function": ("functions", "functions"),
    "model": ("models", "registered_models"),
}
# Databricks makes these in each catalog.
OWN_SCHEMAS = ("information_schema", "default")


def contents(host: str, resource_type: str, name: str) -> tuple[tuple[str, str], ...] | None:
    """Return what lies in an object, each as (sort, full name); None if unknown.

    Args:
        host: address of the workspace.
        resource_type: type token of the resource that stands for the object.
        name: the object's full name.

    Raises:
        SystemRefused: the workspace refuses the caller.
        SystemUnreachable: it does not answer.
    """
    try:
        if resource_type == SCHEMA:
            return tuple(_in_schema(host, name))
        if resource_type == CATALOG:
            return tuple(_in_catalog(host, name))
        if resource_type == MODEL:
            found = shared_reader(host).every(f"{ROOT}/models/{name}/versions", "model_versions")
            return tuple(("version", str(one.get("version"))) for one in found)
        if resource_type == SCOPE:
            found = shared_reader(host).every("/api/2.0/secrets/list", "secrets", scope=name)
            return tuple(("secret", str(one.get("key"))) for one in found)
    except ObjectMissing as error:
        return None if is_route_missing(error) else ()
    except RequestRejected:
        return None
    return None


def _in_schema(host: str, name: str) -> Iterator[tuple[str, str]]:
    catalog, _, schema = name.partition(".")
    for sort, (collection, field) in IN_SCHEMA.items():
        for one in shared_reader(host).every(f"{ROOT}/{collection}", field, catalog_name=catalog, schema_name=schema):
            yield sort, str(one.get("full_name") or f"{name}.{one.get('name')}").lower()


def _in_catalog(host: str, name: str) -> Iterator[tuple[str, str]]:
    for one in shared_reader(host).every(f"{ROOT}/schemas", "schemas", catalog_name=name):
        schema = str(one["name"]).lower()
        if schema not in OWN_SCHEMAS:
            yield "schema", f"{name}.{schema}".lower()
    yield from _in_schema(host, f"{name}.default")
