"""Environments: the stages that projects go through."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from rolecall.contract.from_environment import STORAGE
from rolecall.ids.model import Model
from rolecall.ids.name_types import CatalogName, Name
from rolecall.ids.renamed import FormerNames
from rolecall.kinds.workspace_binding import BindingMode


class Environment(Model):
    """A stage that the same projects and roles go through, each with its own objects."""

    workspace: Name
    """the workspace that holds its objects; environments may share one"""
    catalog: CatalogName | None = None
    """the catalog that Rolecall makes for its data and models; no two environments share one"""
    catalog_storage: Annotated[str | None, STORAGE] = None
    """where the catalog keeps managed data, say s3://…; without it, where the metastore does"""
    catalog_isolated: bool = False
    """the catalog is used from the environment's workspace alone; otherwise from every workspace of its metastore"""
    catalog_workspaces: dict[Name, BindingMode] = Field(default_factory=dict)
    """workspaces from which an isolated catalog is used beside the environment's: `read`, or `write` for both"""
    cluster: Name | None = None
    """the Kubernetes cluster that holds its namespaces, one for each project; environments may share one"""
    renamed_from: FormerNames = Field(default_factory=list)
    """names that the environment had before in this contract, the latest first"""
    protected: bool = False
    """production: policies are stricter there"""

    @model_validator(mode="after")
    def _isolated_where_bound(self) -> Self:
        if self.catalog_workspaces and not (self.catalog and self.catalog_isolated):
            raise ValueError("`catalog_workspaces` bind an isolated catalog: write `catalog_isolated: true` too")
        return self
