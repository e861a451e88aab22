"""Cluster policies with their permissions."""

from __future__ import annotations

from pulumi import ComponentResource, Output, ResourceOptions

from components.permissions import declare_permissions
from components.resources import ClusterPolicy
from components.stage import Stage
from rolecall.contract.naming import project_tags
from rolecall.contract.objects import Declared
from rolecall.ids.verbs import Kind
from rolecall.kinds import cluster_policy
from rolecall.kinds.cluster_policy_definition import policy_definition
from rolecall.kinds.registry import BY_NAME


class GovernedClusterPolicy(ComponentResource):
    """A cluster policy and the whole list of who may use it."""

    policy_id: Output[str]

    def __init__(self, declared: Declared, stage: Stage) -> None:
        super().__init__(BY_NAME[Kind.CLUSTER_POLICY].component, declared.resource)
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
