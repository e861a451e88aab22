"""Workspaces, which exist."""

from __future__ import annotations

from rolecall.contract.model import Model
from rolecall.contract.names import Host


class Workspace(Model):
    """A Databricks workspace that exists."""

    host: Host
    """address of the workspace"""
