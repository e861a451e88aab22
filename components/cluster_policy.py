"""Cluster policies with their permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import ComponentResource, Input, Output, ProviderResource, ResourceOptions

from components.permissions import declare_permissions
from components.resources import ClusterPolicy
from rolecall.access.grant import Subject
from rolecall.systems.databricks.permissions import AccessControl


@dataclass(frozen=True)
class ClusterPolicyArguments:
    """What a cluster policy needs.

    Attributes:
        display_name: its name in the workspace.
        description: what it is for.
        family: policy family that it extends, or None.
        definition: its definition as JSON; what it overrides, where it extends a family.
        entries: everybody who may use it.
    """

    display_name: str
    description: str
    family: str | None
    definition: str
    entries: Sequence[AccessControl]


class GovernedClusterPolicy(ComponentResource):
    """A cluster policy and the whole list of who may use it."""

    policy_id: Output[str]

    def __init__(
        self,
        name: str,
        arguments: ClusterPolicyArguments,
        workspace: ProviderResource,
        identities: Mapping[Subject, Input[str]],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("rolecall:databricks:ClusterPolicy", name, None, opts)
        own = ResourceOptions(parent=self, provider=workspace)
        properties: dict[str, str] = {"name": arguments.display_name}
        if arguments.description:
            properties["description"] = arguments.description
        if arguments.family:
            properties["policyFamilyId"] = arguments.family
            properties["policyFamilyDefinitionOverrides"] = arguments.definition
        else:
            properties["definition"] = arguments.definition
        policy = ClusterPolicy(name, properties, own)
        if arguments.entries:
            declare_permissions(name, "clusterPolicyId", policy.id, arguments.entries, identities, own)
        self.policy_id = policy.id
        self.register_outputs({"policyId": self.policy_id})
