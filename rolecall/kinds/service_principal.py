"""Service principals: identities that jobs run as."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rolecall.ids.model import Model
from rolecall.ids.name_types import KubernetesName, Name
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import RULE_SET, Access
from rolecall.kinds.spec import Execution, KindSpec, Naming, Owner, Quota, Resource, Scope, dashed

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

    service_account: KubernetesName | None = None
    """its service account in the project's Kubernetes namespace, wherever the environment has a cluster: pods with that
    account act as this service principal, and the mesh knows them by it"""

    def federation_in(self, environment: str) -> list[Federation]:
        """Return the workloads that may act as it in an environment."""
        return [one for one in self.federation if one.in_ is None or environment in one.in_]


SERVICE_PRINCIPAL = KindSpec[ServicePrincipal](
    Kind.SERVICE_PRINCIPAL,
    "https://docs.databricks.com/en/security/auth/access-control/service-principal-acl.html",
    "identities that jobs run as",
    ServicePrincipal,
    is_subject=True,
    scope=Scope.ACCOUNT,
    # https://docs.databricks.com/en/resources/limits.html (Identity: users and service principals)
    quota=Quota(10_000, Scope.ACCOUNT),
    # Display names need not differ in the account, but orchestrators know principals by them, and people read them.
    naming=Naming(
        dashed, NameSyntax("https://docs.databricks.com/api/account/accountserviceprincipals/create", length=256)
    ),
    access=Access(RULE_SET, "servicePrincipals", "name"),
    verbs={Verb.RUN: "roles/servicePrincipal.user", Verb.MANAGE: "roles/servicePrincipal.manager"},
    without_verb={},
    # The creator has to be user too, or could let no job run as it.
    owner=Owner("creator", "roles/servicePrincipal.manager", "may change who uses and who manages it"),
    executes=Execution(lambda _, identity: identity.key, Verb.RUN),
    resource=Resource("databricks:index/servicePrincipal:ServicePrincipal"),
    data=None,
)
