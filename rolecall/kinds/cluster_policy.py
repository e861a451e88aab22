"""Cluster policies: what clusters may be made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.comparison import same_cluster_policy
from rolecall.kinds.spec import KindSpec, Naming, Resource, Scope, bracketed

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
    node_types: list[str] = Field(default_factory=list)
    """the node types that are allowed"""
    definition: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """anything else, exactly as in https://docs.databricks.com/en/admin/clusters/policy-definition.html"""


CLUSTER_POLICY = KindSpec[ClusterPolicy](
    name=Kind.CLUSTER_POLICY,
    noun="cluster policy",
    docs="https://docs.databricks.com/en/admin/clusters/policies.html",
    section="cluster_policies",
    summary="what clusters the jobs may make",
    model=ClusterPolicy,
    attributes=("id", "name"),
    runs_jobs=True,
    scope=Scope.WORKSPACE,
    naming=Naming(
        bracketed, NameSyntax("https://docs.databricks.com/api/workspace/clusterpolicies/create", length=100)
    ),
    access=Access(PERMISSIONS, "cluster-policies", "clusterPolicyId"),
    verbs={Verb.RUN: "CAN_USE"},
    without_verb={},
    api=Api("/api/2.0/policies/clusters/list", "policies", id="policy_id", counts_unmanaged=True),
    resource=Resource("databricks:index/clusterPolicy:ClusterPolicy", {"name": "name"}, same=same_cluster_policy),
    data=None,
)
