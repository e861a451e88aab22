"""Clusters that people attach notebooks to (all-purpose compute)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.name_types import Name
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.job_settings import provider_properties
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.policy_values import filled
from rolecall.kinds.references import reference_to
from rolecall.kinds.spec import (
    Execution,
    Facts,
    Naming,
    Quota,
    Ref,
    Resource,
    Scope,
    bracketed,
)
from rolecall.kinds.workspace_object import CREATOR, WorkspaceKind

# https://docs.databricks.com/api/workspace/clusters/create: data_security_mode.
MODES = {"standard": "USER_ISOLATION", "dedicated": "SINGLE_USER", "no-isolation": "NONE"}

IDLE_MINUTES = 60


class Cluster(Adjustable):
    """A cluster that people and jobs attach to."""

    runtime: Annotated[str, Field(min_length=1)]
    """its Databricks runtime: 16.4.x-scala2.12"""
    node_type: Annotated[str, Field(min_length=1)] | None = None
    """the node type of its machines; or `pool`"""
    pool: Name | None = None
    """the project's instance pool that its machines come from; or `node_type`"""
    policy: Name | None = None
    """the cluster policy that it is made under"""
    workers: Annotated[int, Field(ge=1, le=10_000)] = 1
    """how many workers it has; with `max_workers` the fewest"""
    max_workers: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """the most workers that it grows to"""
    idle_minutes: Annotated[int, Field(ge=10, le=10_000)] | None = None
    """idle minutes after which it ends; without it as its policy states, else 60"""
    access_mode: Literal["standard", "dedicated", "no-isolation"] = "standard"
    """whose rights code on it has: its own user's, those of one principal, or those of everybody attached"""
    run_as: Name | None = None
    """the service principal of the project that it is dedicated to"""
    spark_conf: dict[str, str] = Field(default_factory=dict)
    """Spark's configuration"""

    @model_validator(mode="after")
    def _consistent(self) -> Cluster:
        if (self.node_type is None) == (self.pool is None):
            raise ValueError("write one of `node_type: TYPE` and `pool: NAME`")
        if (self.access_mode == "dedicated") != (self.run_as is not None):
            raise ValueError("`access_mode: dedicated` and `run_as: NAME` need each other")
        if self.max_workers is not None and self.max_workers < self.workers:
            raise ValueError("`max_workers` is less than `workers`")
        return self


def _executed(cluster: Cluster, environment: str) -> Mapping[str, Any]:
    own = cluster.for_environment(environment)
    named = {"policy": ("cluster_policies", own.policy), "pool": ("instance_pools", own.pool)}
    return {field: reference_to(section, key) for field, (section, key) in named.items() if key is not None}


def _principal(cluster: Cluster, identity: ObjectId) -> str | None:
    return cluster.for_environment(identity.own_environment).run_as


def _as_caller(cluster: Cluster, environment: str) -> bool:
    return cluster.for_environment(environment).run_as is None


def _acts_as_others(cluster: Cluster, environment: str) -> Verb:
    """Return from which verb a holder acts as everybody attached.

    Without isolation all code runs as one user of the machine. With it, who edits the cluster may end the isolation:
    https://docs.databricks.com/en/compute/configure.html#access-modes
    """
    mode = cluster.for_environment(environment).access_mode
    return Verb.RUN if mode == "no-isolation" else Verb.MANAGE


def _idle_minutes(definition: Mapping[str, Mapping[str, Any]]) -> int:
    element = definition.get("autotermination_minutes", {})
    return int(element.get("value") or element.get("defaultValue") or IDLE_MINUTES)


def _properties(cluster: Cluster, facts: Facts) -> dict[str, object]:
    size: dict[str, object] = {"num_workers": cluster.workers}
    if cluster.max_workers is not None:
        size = {"autoscale": {"min_workers": cluster.workers, "max_workers": cluster.max_workers}}
    machines = {"node_type_id": cluster.node_type} if cluster.node_type else {"instance_pool_id": cluster.pool}
    settings: dict[str, Any] = {
        "spark_version": cluster.runtime,
        "data_security_mode": MODES[cluster.access_mode],
        "custom_tags": dict(facts.tags),
        "spark_conf": dict(cluster.spark_conf),
        **machines,
        **size,
    }
    definition = facts.policy_definition(cluster.policy) if cluster.policy is not None else {}
    filled_in = {"job_cluster_key": "one", "new_cluster": filled(settings, definition)}
    translated, _ = provider_properties({"job_clusters": [filled_in]})
    declared: dict[str, object] = {
        **translated["jobClusters"][0]["newCluster"],
        "clusterName": facts.name,
        "autoterminationMinutes": cluster.idle_minutes or _idle_minutes(definition),
        # https://docs.databricks.com/en/compute/clusters-manage.html: else it is deleted 30 days after it ended.
        "isPinned": True,
        # It starts by itself with the first command; a deployment need not wait for machines.
        "noWait": True,
    }
    if cluster.pool is not None:
        declared["instancePoolId"] = facts.reference("instance_pools", cluster.pool, "id")
    if cluster.policy is not None:
        declared["policyId"] = facts.reference("cluster_policies", cluster.policy, "id")
    if cluster.run_as is not None:
        declared["singleUserName"] = Ref(ServicePrincipalId(facts.id.own_environment, facts.project, cluster.run_as))
    return declared


CLUSTER = WorkspaceKind[Cluster](
    Kind.CLUSTER,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#compute-acls",
    "clusters that people attach notebooks to",
    Cluster,
    id_field="existing_cluster_id",
    runs_jobs=True,
    tagged_in_cloud=True,
    acts_as_others=_acts_as_others,
    refers=refers_by({"run_as": "service_principals"}),
    # https://docs.databricks.com/en/compute/clusters-manage.html: pinned clusters.
    quota=Quota(100, Scope.WORKSPACE),
    naming=Naming(bracketed, NameSyntax("https://docs.databricks.com/api/workspace/clusters/create", length=100)),
    access=Access(PERMISSIONS, "clusters", "clusterId"),
    verbs={Verb.RUN: "CAN_ATTACH_TO", Verb.EDIT: "CAN_RESTART", Verb.MANAGE: "CAN_MANAGE"},
    without_verb={},
    owner=CREATOR,
    executes=Execution(_principal, Verb.MANAGE, _executed, _as_caller),
    api=Api(
        "/api/2.1/clusters/list",
        "clusters",
        get="/api/2.1/clusters/get?cluster_id={id}",
        name="cluster_name",
        id="cluster_id",
        query={"page_size": 100},
        tags="custom_tags",
        runs_as="single_user_name",
    ),
    resource=Resource("databricks:index/cluster:Cluster", {"clusterName": "cluster_name"}, properties=_properties),
    data=None,
)
