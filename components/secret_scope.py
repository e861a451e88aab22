"""Secret scopes with their access control lists; never a value."""

from __future__ import annotations

from typing import Any

from pulumi import ComponentResource, Input, ProviderResource, ResourceOptions

from components.native import SecretAccess
from components.permissions import identity_of
from components.resources import SecretScope
from components.stage import Stage
from rolecall.contract.objects import Declared
from rolecall.ids.verbs import Kind
from rolecall.kinds import secret_scope
from rolecall.kinds.registry import BY_NAME


class GovernedSecretScope(ComponentResource):
    """A secret scope and the whole list of who may read and write its secrets."""

    def __init__(self, declared: Declared, stage: Stage, native: ProviderResource, host: Input[str]) -> None:
        super().__init__(BY_NAME[Kind.SECRET_SCOPE].component, declared.resource)
        assert isinstance(declared.value, secret_scope.SecretScope)
        properties: dict[str, Any] = {"name": stage.name_of(declared)}
        if vault := declared.value.key_vault:
            properties["keyvaultMetadata"] = {"resourceId": vault.resource_id, "dnsName": vault.dns_name}
        made = SecretScope(declared.resource, properties, stage.in_workspace(ResourceOptions(parent=self)))
        entries = [
            {"principal": identity_of(one.subject, stage.identities), "permission": one.level}
            for one in stage.entries(declared)
        ]
        SecretAccess(
            declared.resource,
            {"workspaceHost": host, "scope": made.id, "entries": entries},
            ResourceOptions(parent=self, provider=native),
        )
        self.register_outputs({})
