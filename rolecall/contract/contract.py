"""The contract: one organization's truth of who may do what."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, create_model

from rolecall.contract.accepted_escalation import AcceptedEscalation
from rolecall.contract.account_object import BudgetPolicy, GovernedTag, PolicyName, TagKey
from rolecall.contract.binding import OrganizationBinding
from rolecall.contract.break_glass import BreakGlass, group_or_none, none_by_name
from rolecall.contract.cluster import Cluster
from rolecall.contract.databricks_account import DatabricksAccount
from rolecall.contract.deletion import Deletion
from rolecall.contract.environment import Environment
from rolecall.contract.external_resource import AllowedResource
from rolecall.contract.group import Group
from rolecall.contract.identity_provider import IdentityProvider, Issuer
from rolecall.contract.invariant import Invariant
from rolecall.contract.key_vault import AllowedKeyVault
from rolecall.contract.metastore import Metastore
from rolecall.contract.project import Project, project_model
from rolecall.contract.removal_override import RemovalOverride
from rolecall.contract.role import Role
from rolecall.contract.scopes import Inclusion
from rolecall.contract.source import keys_in
from rolecall.contract.workspace import Workspace
from rolecall.ids.model import Model
from rolecall.ids.name_types import AllowedHost, EnvironmentName, GroupName, Name, VariableName
from rolecall.ids.project_object import ProjectObject
from rolecall.kinds.job import JobBase, settings_of
from rolecall.kinds.jobs_api import field_names

Organization = Name


class Contract(Model):
    """Everything that the YAML files say."""

    version: Literal[1]
    """version of this form"""
    organization: Organization
    """short name of the organization"""
    include: list[str | Inclusion] = Field(default_factory=list)
    """more files of this contract, relative to this one, and what each may hold; `*` and `**` match"""
    environment_variables: list[VariableName] = Field(default_factory=list)
    """variables that ${env:NAME} may read beside the usual addresses and ids, and every …_HOST"""
    identity: IdentityProvider | None = None
    """the identity provider"""
    issuers: dict[Name, Issuer] = Field(default_factory=dict)
    """whose tokens workloads may show instead of a key"""
    databricks: DatabricksAccount
    """the Databricks account"""
    allowed_hosts: list[AllowedHost] = Field(default_factory=list)
    """hosts outside Databricks' own domains that the deployer may sign in to, for example of a private link"""
    key_vaults: list[AllowedKeyVault] = Field(default_factory=list)
    """Azure Key Vaults from which the files of projects may take secret scopes"""
    external_resources: list[AllowedResource] = Field(default_factory=list)
    """cloud identities and objects of a metastore, managed elsewhere, that the files of projects may use"""
    break_glass: Annotated[BreakGlass | None, BeforeValidator(group_or_none), Field(json_schema_extra=none_by_name)]
    """the group that keeps access in an emergency, or `none`"""
    break_glass_reason: Annotated[str, Field(min_length=1)] | None = None
    """why no group keeps access in an emergency"""
    administrators: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """who administers the account, workspaces, metastores, identity provider and orchestrators beside the deployer and
    the break-glass group: groups of the contract, names that people sign in with, or ids of principals"""
    workspaces: dict[Name, Workspace] = Field(min_length=1)
    """the workspaces"""
    metastores: dict[Name, Metastore] = Field(default_factory=dict)
    """the metastores on which groups have privileges"""
    governed_tags: dict[TagKey, GovernedTag] = Field(default_factory=dict)
    """tags of the account that few may assign"""
    budget_policies: dict[PolicyName, BudgetPolicy] = Field(default_factory=dict)
    """tags on the costs of serverless compute, and who works under them"""
    clusters: dict[Name, Cluster] = Field(default_factory=dict)
    """the Kubernetes clusters"""
    environments: dict[EnvironmentName, Environment] = Field(min_length=1)
    """the stages"""
    groups: dict[GroupName, Group] = Field(default_factory=dict)
    """the groups that the contract speaks of"""
    policy_packs: list[str] = Field(default_factory=list)
    """the policy packs without which nothing is deployed: `rolecall:NAME`, or a folder from the Pulumi project's"""
    removal_overrides: list[RemovalOverride] = Field(default_factory=list)
    """written permissions to take many people out of a group at once"""
    deletions: list[Deletion] = Field(default_factory=list)
    """written permissions to delete or replace what holds data in a protected environment"""
    accepted_escalations: list[AcceptedEscalation] = Field(default_factory=list)
    """written acceptances of one subject's power to act as a stronger one in a protected environment"""
    invariants: list[Invariant] = Field(default_factory=list)
    """what must never be possible, in any number of steps"""
    roles: dict[Name, Role] = Field(default_factory=dict)
    """named sets of rights"""
    bindings: list[OrganizationBinding] = Field(default_factory=list)
    """who may do what in several projects"""
    projects: Annotated[dict[Name, Project], Field(min_length=1)]
    """the projects"""

    def environments_of(self, value: ProjectObject | JobBase) -> list[str]:
        """Return the environments that have an object, in the order of the contract."""
        return [name for name in self.environments if value.is_in(name)]


def cache_job_settings(contract: Contract) -> None:
    """Serialize the settings of all jobs with the contract's serializer; pydantic would build one for the job class."""
    jobs = {"projects": {"__all__": {"jobs"}}}
    written = contract.model_dump(mode="json", by_alias=True, exclude_unset=True, include=jobs)["projects"]
    for key, project in contract.projects.items():
        for name, job in project.jobs.items():
            job.__dict__["settings"] = settings_of(written[key]["jobs"][name])


def contract_model(document: Any = None) -> type[Contract]:
    """Return the model with the Jobs API's fields in it, which the plain class leaves open for the type checker.

    Args:
        document: what is to be held against it, with all that it includes; for all documents when not given.
    """
    if document is None:
        return _contract_model(None)
    return _contract_model(field_names() & keys_in(document))


@lru_cache(maxsize=32)
def _contract_model(written: frozenset[str] | None) -> type[Contract]:
    projects: Any = (dict.__class_getitem__((Name, project_model(written))), Field(min_length=1))
    return create_model(
        "Contract",
        __base__=Contract,
        __module__=__name__,
        __doc__=Contract.__doc__,
        projects=projects,
    )
