"""Service principals: identities that jobs run as."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rolecall.contract.model import Model
from rolecall.contract.names import Name
from rolecall.contract.project_object import ProjectObject

# Stands for the environment's name in a subject.
ENVIRONMENT = "{environment}"


class Federation(Model):
    """A workload that may act as a service principal: it shows a token of its issuer, and needs no key."""

    issuer: Name
    """name of an issuer of the contract; `identity` is the identity provider's"""
    subject: Annotated[str, Field(min_length=1)]
    """who the token is about, exactly; `{environment}` stands for the environment's name"""
    audience: Annotated[str, Field(min_length=1)]
    """for whom the token is meant"""
    in_: list[Name] | None = Field(default=None, alias="in", min_length=1)
    """the environments; without it, all"""

    def subject_in(self, environment: str) -> str:
        """Return the subject in an environment."""
        return self.subject.replace(ENVIRONMENT, environment)


class ServicePrincipal(ProjectObject):
    """A service principal of a project; each environment gets its own."""

    federation: list[Federation] = Field(default_factory=list)
    """workloads that may act as it"""
    azure: bool = False
    """it needs Azure too: an application in Entra gets the same workloads as federated credentials"""

    def federation_in(self, environment: str) -> list[Federation]:
        """Return the workloads that may act as it in an environment."""
        return [one for one in self.federation if one.in_ is None or environment in one.in_]
