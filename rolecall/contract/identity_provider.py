"""The identity provider: where people and groups live."""

from __future__ import annotations

from typing import Literal

from rolecall.contract.model import Model


class IdentityProvider(Model):
    """Where people and groups live."""

    provider: Literal["okta", "entra"]
    """which identity provider it is"""
    issuer: str
    """its OpenID Connect issuer, an address"""
