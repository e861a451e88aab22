"""Instance pools: machines that are kept ready for clusters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.clouds import pool_attributes
from rolecall.kinds.spec import Facts, Naming, Resource, Steering, bracketed
from rolecall.kinds.workspace_object import CREATOR, WorkspaceKind


class InstancePool(Adjustable):
    """An instance pool."""

    node_type: Annotated[str, Field(min_length=1)]
    """the node type of all its machines"""
    min_idle: Annotated[int, Field(ge=0, le=1000)] = 0
    """machines that are always kept ready"""
    max_machines: Annotated[int, Field(ge=1, le=10_000)] = 10
    """the most machines, those in use counted in"""
    idle_minutes: Annotated[int, Field(ge=0, le=10_000)] = 15
    """minutes after which an idle machine is released"""
    availability: Literal["spot", "on-demand"] = "on-demand"
    """whether the cloud may take machines back"""
    runtimes: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """Databricks runtimes that machines have loaded already"""


def _properties(pool: InstancePool, facts: Facts) -> dict[str, object]:
    return {
        "instancePoolName": facts.name,
        "nodeTypeId": pool.node_type,
        "minIdleInstances": pool.min_idle,
        "maxCapacity": pool.max_machines,
        "idleInstanceAutoterminationMinutes": pool.idle_minutes,
        "customTags": facts.tags,
        **pool_attributes(facts.cloud, pool.availability),
        **({"preloadedSparkVersions": pool.runtimes} if pool.runtimes else {}),
    }


INSTANCE_POOL = WorkspaceKind[InstancePool](
    Kind.INSTANCE_POOL,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#pool-acls",
    "machines that are kept ready for its clusters",
    InstancePool,
    runs_jobs=True,
    steers_jobs=Steering(Verb.MANAGE, "provides the machines of a job that runs as"),
    tagged_in_cloud=True,
    naming=Naming(bracketed, NameSyntax("https://docs.databricks.com/api/workspace/instancepools/create", length=100)),
    access=Access(PERMISSIONS, "instance-pools", "instancePoolId"),
    verbs={Verb.RUN: "CAN_ATTACH_TO", Verb.MANAGE: "CAN_MANAGE"},
    without_verb={},
    owner=CREATOR,
    api=Api(
        "/api/2.0/instance-pools/list",
        "instance_pools",
        name="instance_pool_name",
        id="instance_pool_id",
        tags="custom_tags",
    ),
    resource=Resource(
        "databricks:index/instancePool:InstancePool", {"instancePoolName": "instance_pool_name"}, properties=_properties
    ),
    data=None,
)
