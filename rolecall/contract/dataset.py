"""Datasets: a schema in the environment's catalog, with its volumes."""

from __future__ import annotations

from pydantic import Field

from rolecall.contract.names import CatalogName, Name
from rolecall.contract.project_object import ProjectObject


class Dataset(ProjectObject):
    """A schema of a project in the environment's catalog: its tables and volumes hold the data."""

    volumes: list[CatalogName] = Field(default_factory=list)
    """volumes for files"""
    sensitive: bool = False
    """it feeds sensitive models: only the roles that it names reach it"""
    roles: list[Name] = Field(default_factory=list)
    """the only roles that reach it, where it is sensitive"""
