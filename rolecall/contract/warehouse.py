"""SQL warehouses: compute that answers SQL."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rolecall.contract.project_object import Adjustable

# https://docs.databricks.com/api/workspace/warehouses/create: cluster_size.
Size = Literal["2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large"]


class Warehouse(Adjustable):
    """A SQL warehouse."""

    size: Size = "2X-Small"
    """size of each of its clusters"""
    max_clusters: Annotated[int, Field(ge=1, le=40)] = 1
    """the most clusters that it runs side by side"""
    idle_minutes: Annotated[int, Field(ge=1, le=10_000)] = 15
    """minutes after which it stops when nobody asks it anything"""
    serverless: bool = True
    """whether Databricks brings the machines"""
