"""Service principals: one identity for each job scope and environment, without any secret."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import ComponentResource, Output, ProviderResource, ResourceOptions

from components.resources import PermissionAssignment, ServicePrincipal


@dataclass(frozen=True)
class ServicePrincipalArguments:
    """What a service principal needs.

    Attributes:
        display_name: its name in the account.
        external_id: what Rolecall finds it by again: organization, environment, project and name.
        level: its level in the workspace, USER or ADMIN.
    """

    display_name: str
    external_id: str
    level: str


class ProjectServicePrincipal(ComponentResource):
    """A service principal of the account that is assigned to one workspace."""

    application_id: Output[str]

    def __init__(
        self,
        name: str,
        arguments: ServicePrincipalArguments,
        account: ProviderResource,
        workspace: ProviderResource,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("rolecall:databricks:ServicePrincipal", name, None, opts)
        made = ServicePrincipal(
            name,
            {
                "displayName": arguments.display_name,
                "externalId": arguments.external_id,
                "api": "account",
                # Without this a destroyed principal stays in the account for ever, disabled.
                "disableAsUserDeletion": False,
            },
            ResourceOptions(parent=self, provider=account),
        )
        assignment = PermissionAssignment(
            name,
            {"principalId": made.id, "permissions": [arguments.level]},
            ResourceOptions(parent=self, provider=workspace),
        )
        # Permissions and jobs may name the principal only once the workspace knows it.
        self.application_id = Output.all(made.application_id, assignment.id).apply(lambda both: str(both[0]))
        self.register_outputs({"applicationId": self.application_id})
