from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.organization import MAX_WAREHOUSE_CLUSTERS, MAX_WAREHOUSE_SIZE
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import SQL_ENDPOINT

# https://docs.databricks.com/en/compute/sql-warehouse/warehouse-behavior.html
SIZES = ("2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large", "5X-Large")


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    size, most = resource.properties.read("clusterSize"), context.max_warehouse_size
    if size not in SIZES or SIZES.index(size) > SIZES.index(most):
        yield Finding(f"its size is {size}", f"Allowed: {', '.join(SIZES[: SIZES.index(most) + 1])}.")
    clusters = resource.properties.read("maxNumClusters") or 1
    if clusters > context.max_warehouse_clusters:
        yield Finding(f"it may grow to {clusters} clusters", f"Allowed: up to {context.max_warehouse_clusters}.")


RULE = Rule(
    "warehouse-is-small",
    "SQL warehouses are no larger than agreed upon.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/compute/sql-warehouse/create.html",
    (Theme.CAPACITY,),
    (SQL_ENDPOINT,),
    _check,
    Example(
        SQL_ENDPOINT,
        compliant.WAREHOUSE,
        (
            put("clusterSize", "4X-Large"),
            put("clusterSize", "Gigantic"),
            put("maxNumClusters", 6),
        ),
        ("clusterSize", "maxNumClusters"),
    ),
    parameters=PolicyConfigSchema(
        properties={
            "max_warehouse_size": {"type": "string", "enum": [*SIZES], "default": MAX_WAREHOUSE_SIZE},
            "max_warehouse_clusters": {"type": "integer", "minimum": 1, "default": MAX_WAREHOUSE_CLUSTERS},
        }
    ),
    pack="cost",
)
