"""Environments: the stages that projects go through."""

from __future__ import annotations

from rolecall.contract.model import Model
from rolecall.contract.names import Name


class Environment(Model):
    """A stage that the same projects and roles go through, each with its own objects."""

    workspace: Name
    """the workspace that holds its objects; environments may share one"""
    protected: bool = False
    """production: policies are stricter there"""
