"""Projects: what a team brings, in every environment."""

from __future__ import annotations

from pydantic import Field, SerializeAsAny

from rolecall.contract.binding import Binding
from rolecall.contract.cluster_policy import ClusterPolicy
from rolecall.contract.counterpart import Written
from rolecall.contract.dataset import Dataset
from rolecall.contract.experiment import Experiment
from rolecall.contract.instance_pool import InstancePool
from rolecall.contract.job import JobBase
from rolecall.contract.model import Model
from rolecall.contract.names import CatalogName, Description, GroupName, Name, TagText
from rolecall.contract.registered_model import RegisteredModel
from rolecall.contract.renamed import FormerNames
from rolecall.contract.secret_scope import SecretScope
from rolecall.contract.service_principal import ServicePrincipal
from rolecall.contract.warehouse import Warehouse


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
    counterparts: dict[Name, Written] = Field(default_factory=dict)
    """the orchestrators that trigger the jobs, as a job names them"""


class Project(Model):
    """A team's jobs, models and data, with the compute and identities that they need, and who may do what."""

    owner: GroupName
    """the group that answers for the project; it becomes the tag `owner`"""
    description: Description = ""
    """what the project is for"""
    renamed_from: FormerNames = Field(default_factory=list)
    """names that the project had before in this contract, the latest first"""
    tags: dict[TagText, TagText] = Field(default_factory=dict)
    """tags that all its jobs and clusters get"""
    bindings: list[Binding] = Field(default_factory=list)
    """who may do what on the project's objects"""
    service_principals: dict[Name, ServicePrincipal] = Field(default_factory=dict)
    """identities that jobs run as"""
    cluster_policies: dict[Name, ClusterPolicy] = Field(default_factory=dict)
    """what clusters the jobs may make"""
    instance_pools: dict[Name, InstancePool] = Field(default_factory=dict)
    """machines that are kept ready for its clusters"""
    warehouses: dict[Name, Warehouse] = Field(default_factory=dict)
    """SQL warehouses"""
    datasets: dict[CatalogName, Dataset] = Field(default_factory=dict)
    """schemas with tables and volumes in each environment's catalog"""
    experiments: dict[Name, Experiment] = Field(default_factory=dict)
    """MLflow experiments"""
    models: dict[CatalogName, RegisteredModel] = Field(default_factory=dict)
    """models in Unity Catalog, with the steps that make and release them"""
    secret_scopes: dict[Name, SecretScope] = Field(default_factory=dict)
    """secret scopes; never their values"""
    bundles: list[Bundle] = Field(default_factory=list)
    """bundles whose jobs are taken over, all of them"""
    jobs: dict[Name, SerializeAsAny[JobBase]] = Field(default_factory=dict)
    """jobs, as in the Jobs API 2.2 and in bundles"""
