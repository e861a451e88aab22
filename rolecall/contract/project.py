"""Projects: what a team brings, in every environment."""

from __future__ import annotations

from pydantic import Field, SerializeAsAny

from rolecall.contract.binding import Binding
from rolecall.contract.cluster_policy import ClusterPolicy
from rolecall.contract.job import JobBase
from rolecall.contract.model import Model
from rolecall.contract.names import Description, GroupName, Name, TagText
from rolecall.contract.service_principal import ServicePrincipal


class Bundle(Model):
    """All jobs of a Databricks Asset Bundle, taken as they are."""

    path: str
    """the bundle's file, relative to this one"""
    in_: list[Name] | None = Field(default=None, alias="in", min_length=1)
    """the environments that have the jobs; without it, all"""
    run_as: str | None = None
    """the service principal of the project that the jobs run as"""
    policy: Name | None = None
    """the cluster policy that their new clusters are made under"""


class Project(Model):
    """A team's jobs, with the service principals and cluster policies that they need and who may do what."""

    owner: GroupName
    """the group that answers for the project; it becomes the tag `owner`"""
    description: Description = ""
    """what the project is for"""
    tags: dict[TagText, TagText] = Field(default_factory=dict)
    """tags that all its jobs and clusters get"""
    bindings: list[Binding] = Field(default_factory=list)
    """who may do what on the project's objects"""
    service_principals: dict[Name, ServicePrincipal] = Field(default_factory=dict)
    """identities that jobs run as"""
    cluster_policies: dict[Name, ClusterPolicy] = Field(default_factory=dict)
    """what clusters the jobs may make"""
    bundles: list[Bundle] = Field(default_factory=list)
    """bundles whose jobs are taken over, all of them"""
    jobs: dict[Name, SerializeAsAny[JobBase]] = Field(default_factory=dict)
    """jobs, as in the Jobs API 2.2 and in bundles"""
