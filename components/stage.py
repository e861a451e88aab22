"""What everything in an environment's stack starts from: the contract, connections, and what subjects are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pulumi import Input, ProviderResource, ResourceOptions

from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.contract.naming import object_name
from rolecall.contract.objects import Declared, objects_of
from rolecall.ids.ids import ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind
from rolecall.systems.databricks.permissions import AccessControl, access_controls


@dataclass(frozen=True)
class Stage:
    """An environment while it is declared.

    Attributes:
        compiled: the contract.
        environment: the environment's name.
        workspace: the connection to its workspace.
        account: the connection to the account.
        native: Rolecall's own provider.
        identities: what the systems call subjects: a service principal's application id, a group's name as it is now.
    """

    compiled: CompiledContract
    environment: str
    workspace: ProviderResource
    account: ProviderResource
    native: ProviderResource | None
    identities: Mapping[Subject, Input[str]] = field(default_factory=dict)
    # The same for service principals, known once the deployer may let jobs run as them.
    usable: Mapping[Subject, Input[str]] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        """The contract."""
        return self.compiled.contract

    def objects(self, kind: Kind) -> Iterator[Declared]:
        """Yield the objects of a kind, in the order of their names."""
        yield from sorted(objects_of(self.contract, self.environment, kind), key=lambda one: one.name)

    def name_of(self, declared: Declared) -> str:
        """Return how an object is called where it lives."""
        return object_name(self.contract, declared.kind, declared.project, declared.key, self.environment)

    def entries(self, declared: Declared) -> list[AccessControl]:
        """Return who holds what on an object."""
        return access_controls(declared.kind, self.compiled.access.get(declared.id_in(self.environment), {}))

    def principal(self, project: str, key: str) -> ServicePrincipalId:
        """Return a service principal of a project."""
        return ServicePrincipalId(self.environment, project, key)

    def in_workspace(self, parent: ResourceOptions | None = None) -> ResourceOptions:
        """Return options of what is made in the workspace."""
        return ResourceOptions.merge(ResourceOptions(provider=self.workspace), parent or ResourceOptions())
