"""The identity provider: where people and groups live."""

from __future__ import annotations

from typing import Annotated

from rolecall.contract.from_environment import IDENTIFIER, ISSUER
from rolecall.ids.model import Model
from rolecall.ids.name_types import IssuerAddress, Name


class IdentityProvider(Model):
    """Where people and groups live."""

    provider: Name
    """which identity provider it is: `okta`, `entra`, or the name of another installed one"""
    issuer: Annotated[IssuerAddress, ISSUER]
    """its OpenID Connect issuer, an address"""
    application: Annotated[str | None, IDENTIFIER] = None
    """the application that provisions Databricks: its id in Okta, in Entra the object id of its service principal"""


class Issuer(Model):
    """Whose tokens workloads may show instead of a key."""

    address: Annotated[IssuerAddress, ISSUER]
    """the issuer's address, exactly as its tokens name it"""
