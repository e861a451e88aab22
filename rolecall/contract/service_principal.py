"""Service principals: identities that jobs run as."""

from __future__ import annotations

from rolecall.contract.model import Model
from rolecall.contract.names import Description


class ServicePrincipal(Model):
    """A service principal of a project; each environment gets its own."""

    description: Description = ""
    """what it is for"""
