"""Instance pools: machines that are kept ready for clusters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rolecall.contract.project_object import Adjustable


class InstancePool(Adjustable):
    """An instance pool."""

    node_type: Annotated[str, Field(min_length=1)]
    """the node type of all its machines"""
    min_idle: Annotated[int, Field(ge=0, le=1000)] = 0
    """machines that are always kept ready"""
    max_machines: Annotated[int, Field(ge=1, le=10_000)] = 10
    """the most machines, those in use counted in"""
    idle_minutes: Annotated[int, Field(ge=0, le=10_000)] = 15
    """minutes after which a machine that nobody uses is given back"""
    availability: Literal["spot", "on-demand"] = "on-demand"
    """whether the cloud may take machines back"""
    runtimes: list[str] = Field(default_factory=list)
    """Databricks runtimes that machines have loaded already"""
