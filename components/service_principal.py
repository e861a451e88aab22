"""Service principals: one identity for each job scope and environment, without any secret, and who may use it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import ComponentResource, Output, ProviderResource, ResourceOptions

from rolecall.components.native import Native
from rolecall.components.permissions import declare_rule_set
from rolecall.components.resources import PermissionAssignment, ServicePrincipal, ServicePrincipalFederationPolicy
from rolecall.components.stage import Stage
from rolecall.contract.given import given_principals
from rolecall.contract.identity_checks import issuer_addresses
from rolecall.contract.naming import service_principal_external_id
from rolecall.contract.objects import workspace_id
from rolecall.ids.ids import ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind
from rolecall.kinds import service_principal
from rolecall.kinds.access import RULE_SET_NAME
from rolecall.kinds.registry import BY_NAME
from rolecall.systems.databricks.permissions import access_controls

# "The audience that should appear in the external token"; Microsoft's recommended one for exchanging tokens.
APPLICATION_ID = "applicationId"
AZURE_AUDIENCE = "api://AzureADTokenExchange"


@dataclass(frozen=True)
class Workload:
    """A workload that may act as a service principal, by a token of its own issuer.

    Attributes:
        issuer: the issuer's name in the contract.
        address: the issuer's address, as its tokens name it.
        subject: who the token is about.
        audience: for whom the token is meant.
    """

    issuer: str
    address: str
    subject: str
    audience: str

    @property
    def name(self) -> str:
        """A name that stays as long as the workload is the same."""
        digest = hashlib.sha256(f"{self.address}\n{self.subject}\n{self.audience}".encode()).hexdigest()
        return f"{self.issuer}-{digest[:10]}".replace("_", "-").replace(".", "-")


@dataclass(frozen=True)
class ServicePrincipalArguments:
    """What a service principal needs.

    Attributes:
        display_name: its name in the account.
        external_id: what Rolecall finds it by again: organization, environment, project and name.
        level: its level in the workspace, USER or ADMIN.
        workloads: who may act as it.
        azure: whether an application in Entra gets the same workloads.
        given: its application id, if it already exists and is assigned; None if Rolecall creates it.
    """

    display_name: str
    external_id: str
    level: str
    workloads: Sequence[Workload] = ()
    azure: bool = False
    given: str | None = None


class ProjectServicePrincipal(ComponentResource):
    """A service principal of the account that is assigned to one workspace."""

    application_id: Output[str]

    def __init__(
        self,
        name: str,
        arguments: ServicePrincipalArguments,
        account: ProviderResource,
        workspace: ProviderResource,
        native: ProviderResource | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__(BY_NAME[Kind.SERVICE_PRINCIPAL].component, name, None, opts)
        if arguments.given is not None:
            self.application_id = Output.from_input(arguments.given)
            self.register_outputs({"applicationId": self.application_id})
            return
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
        for workload in arguments.workloads:
            ServicePrincipalFederationPolicy(
                f"{name}-{workload.name}",
                {
                    "servicePrincipalId": made.id.apply(int),
                    "policyId": workload.name,
                    "description": f"{workload.issuer}: {workload.subject}",
                    "oidcPolicy": {
                        "issuer": workload.address,
                        "subject": workload.subject,
                        "audiences": [workload.audience],
                    },
                },
                ResourceOptions(parent=self, provider=account),
            )
        if arguments.azure and native is not None:
            self._declare_azure(name, arguments, ResourceOptions(parent=self, provider=native))
        # Permissions and jobs may name the principal only once the workspace knows it.
        self.application_id = Output.all(made.application_id, assignment.id).apply(lambda both: str(both[0]))
        self.register_outputs({"applicationId": self.application_id})

    def _declare_azure(self, name: str, arguments: ServicePrincipalArguments, opts: ResourceOptions) -> None:
        """Let the same workloads sign in to Azure, by federated credentials instead of a secret."""
        properties = {"displayName": arguments.display_name, "managedBy": arguments.external_id}
        application = Native("rolecall:entra:Application", name, properties, opts, outputs=[APPLICATION_ID])
        identity = {APPLICATION_ID: application.output(APPLICATION_ID)}
        Native("rolecall:entra:ServicePrincipal", name, identity, opts)
        for workload in arguments.workloads:
            Native(
                "rolecall:entra:FederatedIdentityCredential",
                f"{name}-{workload.name}",
                {
                    "applicationObjectId": application.id,
                    "name": workload.name,
                    "issuer": workload.address,
                    "subject": workload.subject,
                    "audience": AZURE_AUDIENCE,
                    "description": f"{workload.issuer}: {workload.subject}",
                },
                opts,
            )


def declare_service_principals(stage: Stage) -> dict[ServicePrincipalId, ProjectServicePrincipal]:
    """Declare an environment's service principals; return them by their ids."""
    contract = stage.contract
    target = workspace_id(contract, stage.environment)
    issuers = issuer_addresses(contract)
    given = given_principals(contract, stage.environment)
    found: dict[ServicePrincipalId, ProjectServicePrincipal] = {}
    for declared in stage.objects(Kind.SERVICE_PRINCIPAL):
        assert isinstance(declared.value, service_principal.ServicePrincipal)
        subject = stage.principal(declared.project, declared.key)
        (assignment,) = access_controls(Kind.WORKSPACE, {subject: stage.compiled.access[target][subject]})
        arguments = ServicePrincipalArguments(
            display_name=stage.name_of(declared),
            external_id=service_principal_external_id(contract, declared.project, declared.key, stage.environment),
            level=assignment.level,
            workloads=[
                Workload(one.issuer, issuers[one.issuer], one.subject_in(stage.environment), one.audience)
                for one in declared.value.federation_in(stage.environment)
            ],
            azure=declared.value.azure,
            given=given.get(subject),
        )
        principal = ProjectServicePrincipal(declared.resource, arguments, stage.account, stage.workspace, stage.native)
        found[subject] = principal
    return found


def declare_users(
    stage: Stage, principals: Mapping[ServicePrincipalId, ProjectServicePrincipal]
) -> dict[Subject, Output[str]]:
    """Declare who may use and who may manage each service principal; some of them may be principals themselves.

    Returns the principals' application ids, known once the deployer may let jobs run as them.
    """
    account_id = stage.contract.databricks.account_id
    usable: dict[Subject, Output[str]] = {}
    for declared in stage.objects(Kind.SERVICE_PRINCIPAL):
        subject = stage.principal(declared.project, declared.key)
        principal = principals[subject]
        rule_set = Output.format(RULE_SET_NAME, account_id, "servicePrincipals", principal.application_id)
        # Deleting a rule set empties it, and the deployer, no account administrator, could never write it again
        # (terraform-provider-databricks, permissions/resource_access_control_rule_set.go).
        stays = not stage.contract.databricks.has_account
        own = ResourceOptions(parent=principal, provider=stage.account, retain_on_delete=stays or None)
        entries = stage.entries(declared)
        rules = declare_rule_set(declared.resource, rule_set, entries, stage.identities, own, through_workspace=stays)
        usable[subject] = Output.all(principal.application_id, rules.id).apply(lambda both: str(both[0]))
    return usable
