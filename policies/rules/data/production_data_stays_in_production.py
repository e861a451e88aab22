from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.parameters import list_parameter
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    AI_SEARCH_INDEX,
    FEATURE,
    KNOWLEDGE_SOURCE,
    LAKEHOUSE_MONITOR,
    MATERIALIZED_FEATURE,
    MODEL_SERVING,
    ONLINE_TABLE,
    QUALITY_MONITOR,
    SHARE,
    SQL_TABLE,
    VECTOR_SEARCH_INDEX,
)

# What a type reads, and where it puts it: the property that names a catalog, or an object of it. Without one, it is for
# the workspace that it is in.
_READS = {
    SQL_TABLE: ("viewDefinition", "catalogName"),
    VECTOR_SEARCH_INDEX: ("deltaSyncIndexSpec.sourceTable", "name"),
    AI_SEARCH_INDEX: ("deltaSyncIndexSpec.sourceTable", "indexId"),
    ONLINE_TABLE: ("spec.sourceTableFullName", "name"),
    LAKEHOUSE_MONITOR: ("tableName", "outputSchemaName"),
    QUALITY_MONITOR: ("tableName", "outputSchemaName"),
    FEATURE: ("source", "fullName"),
    MATERIALIZED_FEATURE: ("featureName", ""),
    KNOWLEDGE_SOURCE: ("sourceType", ""),
    SHARE: ("objects", ""),
    MODEL_SERVING: ("config.servedEntities", ""),
}


# Blanks and comments between the parts of a name, and a name that is no literal without escapes.
_GAP = r"(?:\s|/\*(?:[^*]|\*(?!/))*\*/|--[^\n]*(?:\n|$))*+"
_LITERAL = r"""(?:r?'[^'\\]*'|r?"[^"\\]*")"""
_COMPUTED_NAME = re.compile(rf"(?i)\bIDENTIFIER{_GAP}\({_GAP}(?!{_LITERAL}{_GAP}\))")
# Texts that name nothing.
_PROSE = frozenset({"comment", "description"})


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    catalogs = {name: there & context.protected for name, there in context.hosts.catalogs.items()}
    source, target = _READS[resource.type]
    into = str(resource.properties.read(target) or "").split(".")[0].strip("`") if target else ""
    there = catalogs[into] if into in catalogs else context.production_around(resource)
    outside = sorted(name for name, of in catalogs.items() if of and not of & there)
    if outside:
        # What is not known yet may be of production.
        resource.properties.read(source)
    for catalog in outside:
        if _mentions(resource, catalog):
            how = "Declare it in production, where its readers are bound; or grant on the data itself, with a ticket."
            yield Finding(f"it exposes data of {catalog} to readers outside of production", how)


def _mentions(resource: Resource, catalog: str) -> bool:
    """Return whether a resource names an object in a catalog; names are compared without case, quoted or not.

    A name that is put together when the query runs may be of any catalog:
    https://docs.databricks.com/en/sql/language-manual/sql-ref-names-identifier-clause.html
    """
    name = re.compile(rf"(?i)(?<![\w.])`?{re.escape(catalog)}`?{_GAP}\.{_GAP}`?\w")
    found = (text for path, text in texts(resource.values) if path.rpartition(".")[2] not in _PROSE)
    return any(name.search(text) or _COMPUTED_NAME.search(text) for text in found)


RULE = Rule(
    "production-data-stays-in-production",
    "Outside of production, no copy or view contains production data.",
    Severity.HIGH,
    "https://docs.databricks.com/en/views/index.html",
    (Theme.LEAST_PRIVILEGE,),
    tuple(_READS),
    _check,
    Example(
        SQL_TABLE,
        {"name": "v", "catalogName": "acme_dev", "schemaName": "s", "tableType": "VIEW", "viewDefinition": "SELECT 1"},
        (
            put("viewDefinition", "SELECT * FROM acme_prod.s.t"),
            put("viewDefinition", "SELECT * FROM `ACME_PROD` . `s`.t"),
        ),
        ("viewDefinition", "catalogName"),
        stack="dev",
    ),
    parameters=list_parameter("production_catalogs", "catalogs with production data, for programs without a contract"),
    needs_contract=True,
    needs=("catalogs",),
)
