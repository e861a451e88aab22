"""The identity provider: where people and groups live."""

from __future__ import annotations

from rolecall.ids.model import Model
from rolecall.ids.name_types import IssuerAddress, Name


class IdentityProvider(Model):
    """Where people and groups live."""

    provider: Name
    """which identity provider it is: `okta`, `entra`, or the name of another installed one"""
    issuer: IssuerAddress
    """its OpenID Connect issuer, an address"""
    application: str | None = None
    """the application that provisions Databricks: its id in Okta, in Entra the object id of its service principal"""


class Issuer(Model):
    """Whose tokens workloads may show instead of a key."""

    address: IssuerAddress
    """the issuer's address, exactly as its tokens name it"""
