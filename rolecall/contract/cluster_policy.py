"""Cluster policies: what clusters may be made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from rolecall.contract.project_object import Adjustable

# https://docs.databricks.com/en/admin/clusters/policy-families.html
PolicyFamily = Literal["job-cluster", "personal-vm", "power-user", "shared-compute"]


class ClusterPolicy(Adjustable):
    """A cluster policy: a policy family of Databricks or none, the usual limits by name, the rest by definition."""

    extends: PolicyFamily | None = None
    """the policy family that it starts from"""
    max_workers: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """the most workers that a cluster may have"""
    idle_minutes: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """minutes after which an idle cluster ends; 0 means never"""
    node_types: list[str] = Field(default_factory=list)
    """the node types that are allowed"""
    definition: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """anything else, exactly as in https://docs.databricks.com/en/admin/clusters/policy-definition.html"""
