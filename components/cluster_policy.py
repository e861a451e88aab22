"""Cluster policies with their permissions."""

from __future__ import annotations

from pulumi import ComponentResource, Output, ResourceOptions

from components.permissions import declare_permissions
from components.resources import ClusterPolicy
from components.stage import Stage
from rolecall.contract import cluster_policy
from rolecall.contract.naming import project_tags
from rolecall.contract.objects import Declared
from rolecall.contract.resource_names import COMPONENTS
from rolecall.ids.verbs import Kind
from rolecall.systems.databricks.cluster_policy_definition import policy_definition


class GovernedClusterPolicy(ComponentResource):
    """A cluster policy and the whole list of who may use it."""

    policy_id: Output[str]

    def __init__(self, declared: Declared, stage: Stage) -> None:
        super().__init__(COMPONENTS[Kind.CLUSTER_POLICY], declared.resource)
        assert isinstance(declared.value, cluster_policy.ClusterPolicy)
        policy = declared.value.for_environment(stage.environment)
        own = stage.in_workspace(ResourceOptions(parent=self))
        definition = policy_definition(policy, project_tags(stage.contract, declared.project, stage.environment))
        properties: dict[str, str] = {"name": stage.name_of(declared)}
        if policy.description:
            properties["description"] = policy.description
        if policy.extends:
            properties["policyFamilyId"] = policy.extends
            properties["policyFamilyDefinitionOverrides"] = definition
        else:
            properties["definition"] = definition
        made = ClusterPolicy(declared.resource, properties, own)
        entries = stage.entries(declared)
        declare_permissions(declared.resource, "clusterPolicyId", made.id, entries, stage.identities, own)
        self.policy_id = made.id
        self.register_outputs({"policyId": self.policy_id})
