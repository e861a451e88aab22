"""Cluster policies: what clusters may be made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.comparison import same_cluster_policy
from rolecall.kinds.spec import Facts, Naming, Resource, bracketed
from rolecall.kinds.workspace_object import WorkspaceKind

# https://docs.databricks.com/en/admin/clusters/policy-families.html
PolicyFamily = Literal["job-cluster", "personal-vm", "power-user", "shared-compute"]


class ClusterPolicy(Adjustable):
    """A cluster policy: a policy family of Databricks or none, the usual limits by name, the rest by definition."""

    extends: PolicyFamily | None = None
    """the policy family that it starts from"""
    max_workers: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """the most workers that a cluster may have"""
    idle_minutes: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """minutes after which an idle cluster ends; 0 means never"""
    node_types: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """the node types that are allowed"""
    definition: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """anything else, exactly as in https://docs.databricks.com/en/admin/clusters/policy-definition.html"""


def policy_definition(policy: ClusterPolicy, tags: Mapping[str, str]) -> str:
    """Return the definition as JSON with sorted keys; arguments as `policy_elements`."""
    return json.dumps(policy_elements(policy, tags), sort_keys=True)


def policy_elements(policy: ClusterPolicy, tags: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the definition by attribute: https://docs.databricks.com/en/admin/clusters/policy-definition.html

    Args:
        policy: the contract's policy; its `definition` takes precedence over its limits.
        tags: tags that every cluster gets, fixed so that nothing overrides them, the definition included.
    """
    definition: dict[str, dict[str, Any]] = {}
    if policy.max_workers is not None:
        # A limit makes its attribute required, unless it is optional: a cluster scales or has a fixed size.
        limit = {"type": "range", "maxValue": policy.max_workers, "isOptional": True}
        definition["num_workers"] = limit
        if policy.extends != "personal-vm":
            definition["autoscale.max_workers"] = limit
    if policy.idle_minutes is not None:
        definition["autotermination_minutes"] = {"type": "fixed", "value": policy.idle_minutes}
    if policy.node_types:
        # A cluster from an instance pool has the pool's node type, and names none.
        definition["node_type_id"] = {"type": "allowlist", "values": policy.node_types, "isOptional": True}
    for key, value in policy.tags.items():
        definition[f"custom_tags.{key}"] = {"type": "fixed", "value": value}
    fixed = {f"custom_tags.{key}": {"type": "fixed", "value": value} for key, value in tags.items()}
    return {**definition, **policy.definition, **fixed}


def _properties(policy: ClusterPolicy, facts: Facts) -> dict[str, object]:
    definition = policy_definition(policy, facts.project_tags)
    properties: dict[str, object] = {"name": facts.name}
    if policy.description:
        properties["description"] = policy.description
    if policy.extends:
        return {**properties, "policyFamilyId": policy.extends, "policyFamilyDefinitionOverrides": definition}
    return {**properties, "definition": definition}


CLUSTER_POLICY = WorkspaceKind[ClusterPolicy](
    Kind.CLUSTER_POLICY,
    "https://docs.databricks.com/en/admin/clusters/policies.html",
    "limits of the clusters that jobs create",
    ClusterPolicy,
    section="cluster_policies",
    runs_jobs=True,
    tagged_in_cloud=True,
    naming=Naming(
        bracketed, NameSyntax("https://docs.databricks.com/api/workspace/clusterpolicies/create", length=100)
    ),
    access=Access(PERMISSIONS, "cluster-policies", "clusterPolicyId"),
    verbs={Verb.RUN: "CAN_USE"},
    without_verb={},
    api=Api("/api/2.0/policies/clusters/list", "policies", id="policy_id", counts_unmanaged=True),
    resource=Resource(
        "databricks:index/clusterPolicy:ClusterPolicy",
        {"name": "name"},
        same=same_cluster_policy,
        properties=_properties,
    ),
    data=None,
)
