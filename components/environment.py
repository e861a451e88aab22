"""An environment's stack: everything that its projects have there, each with who may do what on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pulumi import Input, ProviderResource

from components.account import current_names
from components.catalog import GovernedCatalog
from components.cluster_policy import GovernedClusterPolicy
from components.connections import account_provider, native_provider, workspace_host, workspace_provider
from components.dataset import GovernedDataset
from components.experiment import GovernedExperiment
from components.instance_pool import GovernedInstancePool
from components.job import GovernedJob
from components.registered_model import GovernedModel, declare_model_schemas
from components.secret_scope import GovernedSecretScope
from components.service_principal import ProjectServicePrincipal, declare_service_principals, declare_users
from components.stage import Stage
from components.warehouse import GovernedWarehouse
from rolecall.access.grant import Subject, SubjectType
from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.contract.verbs import Kind


def declare_environment(compiled: CompiledContract, environment: str) -> None:
    """Declare everything that an environment has."""
    stage = _stage(compiled, environment)
    principals = declare_service_principals(stage)
    stage = replace(stage, identities=_identities(stage, principals))
    stage = replace(stage, usable=declare_users(stage, principals))
    policies = {one.name: GovernedClusterPolicy(one, stage).policy_id for one in stage.objects(Kind.CLUSTER_POLICY)}
    pools = {one.name: GovernedInstancePool(one, stage).pool_id for one in stage.objects(Kind.INSTANCE_POOL)}
    warehouses = {one.name: GovernedWarehouse(one, stage).warehouse_id for one in stage.objects(Kind.WAREHOUSE)}
    experiments = {one.name: GovernedExperiment(one, stage).experiment_id for one in stage.objects(Kind.EXPERIMENT)}
    _declare_data(stage)
    if stage.native is not None:
        host = workspace_host(compiled, compiled.contract.environments[environment].workspace, stage.native)
        for scope in stage.objects(Kind.SECRET_SCOPE):
            GovernedSecretScope(scope, stage, stage.native, host)
    ids: Mapping[Kind, Mapping[str, Any]] = {
        Kind.CLUSTER_POLICY: policies,
        Kind.INSTANCE_POOL: pools,
        Kind.WAREHOUSE: warehouses,
        Kind.EXPERIMENT: experiments,
    }
    for job in stage.objects(Kind.JOB):
        GovernedJob(job, stage, ids)


def _stage(compiled: CompiledContract, environment: str) -> Stage:
    contract = compiled.contract
    workspace = contract.environments[environment].workspace
    native = native_provider(compiled) if _needs_native(contract) else None
    connection = workspace_provider(compiled, workspace, native)
    stage = Stage(compiled, environment, connection, connection, native)
    has_principals = any(True for _ in stage.objects(Kind.SERVICE_PRINCIPAL))
    account: ProviderResource = account_provider(compiled) if has_principals else connection
    return replace(stage, account=account)


def _needs_native(contract: Contract) -> bool:
    """Say whether Rolecall's own provider has anything to do; it takes a second to start."""
    identities = contract.identity is not None and (
        any(group.external for group in contract.groups.values())
        or any(one.azure for project in contract.projects.values() for one in project.service_principals.values())
    )
    scopes = any(project.secret_scopes for project in contract.projects.values())
    made = any(workspace.create for workspace in contract.workspaces.values())
    return identities or scopes or made


def _identities(stage: Stage, principals: Mapping[str, ProjectServicePrincipal]) -> dict[Subject, Input[str]]:
    """Return what the systems call each subject."""
    identities: dict[Subject, Input[str]] = {
        Subject(SubjectType.SERVICE_PRINCIPAL, name): one.application_id for name, one in principals.items()
    }
    if stage.native is not None and (names := current_names(stage.compiled, stage.native)) is not None:
        identities |= {
            Subject(SubjectType.GROUP, group): names.apply(_name_of(group)) for group in stage.contract.groups
        }
    return identities


def _name_of(group: str) -> Callable[[Mapping[str, str]], str]:
    return lambda names: names.get(group, group)


def _declare_data(stage: Stage) -> None:
    """Declare the catalog with the datasets and models in it."""
    name = stage.contract.environments[stage.environment].catalog
    if name is None:
        return
    catalog = GovernedCatalog(name, stage)
    for dataset in stage.objects(Kind.DATASET):
        GovernedDataset(dataset, stage, catalog)
    schemas = declare_model_schemas(stage, catalog)
    for model in stage.objects(Kind.MODEL):
        GovernedModel(model, stage, catalog, schemas[model.project])
