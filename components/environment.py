"""What a project has in an environment, each object with who may do what on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi import Input, ProviderResource

from components.cluster_policy import GovernedClusterPolicy
from components.connections import account_provider, native_provider, workspace_host, workspace_provider
from components.counterpart import declare_counterparts
from components.dataset import GovernedDataset
from components.experiment import GovernedExperiment
from components.identities import group_identities
from components.instance_pool import GovernedInstancePool
from components.job import GovernedJob
from components.registered_model import GovernedModel, declare_model_schemas
from components.secret_scope import GovernedSecretScope
from components.service_principal import declare_service_principals, declare_users
from components.stage import Stage
from components.warehouse import GovernedWarehouse
from rolecall.contract.contract import Contract
from rolecall.ids.ids import Subject
from rolecall.ids.verbs import Kind
from rolecall.slices.part import Part


def declare_project(part: Part) -> None:
    """Declare everything that a project has in an environment."""
    stage = _stage(part)
    principals = declare_service_principals(stage)
    identities: dict[Subject, Input[str]] = {one: made.application_id for one, made in principals.items()}
    stage = replace(stage, identities={**identities, **group_identities(part)})
    stage = replace(stage, usable=declare_users(stage, principals))
    policies = {one.name: GovernedClusterPolicy(one, stage).policy_id for one in stage.objects(Kind.CLUSTER_POLICY)}
    pools = {one.name: GovernedInstancePool(one, stage).pool_id for one in stage.objects(Kind.INSTANCE_POOL)}
    warehouses = {one.name: GovernedWarehouse(one, stage).warehouse_id for one in stage.objects(Kind.WAREHOUSE)}
    experiments = {one.name: GovernedExperiment(one, stage).experiment_id for one in stage.objects(Kind.EXPERIMENT)}
    _declare_data(stage)
    if stage.native is not None:
        host = workspace_host(part, part.contract.environments[stage.environment].workspace)
        for scope in stage.objects(Kind.SECRET_SCOPE):
            GovernedSecretScope(scope, stage, stage.native, host)
    ids: Mapping[Kind, Mapping[str, Any]] = {
        Kind.CLUSTER_POLICY: policies,
        Kind.INSTANCE_POOL: pools,
        Kind.WAREHOUSE: warehouses,
        Kind.EXPERIMENT: experiments,
    }
    jobs = {job.name: GovernedJob(job, stage, ids).job_id for job in stage.objects(Kind.JOB)}
    if stage.native is not None:
        host = workspace_host(part, part.contract.environments[stage.environment].workspace)
        declare_counterparts(stage, stage.native, jobs, host)


def _stage(part: Part) -> Stage:
    contract, environment = part.contract, part.slice.environment
    assert environment is not None
    connection = workspace_provider(part, contract.environments[environment].workspace)
    native = native_provider(part.compiled) if _needs_native(contract) else None
    stage = Stage(part.compiled, environment, connection, connection, native)
    has_principals = any(True for _ in stage.objects(Kind.SERVICE_PRINCIPAL))
    account: ProviderResource = account_provider(part.compiled) if has_principals else connection
    return replace(stage, account=account)


def _needs_native(contract: Contract) -> bool:
    """Say whether Rolecall's own provider has anything to do; it takes a second to start."""
    azure = any(one.azure for project in contract.projects.values() for one in project.service_principals.values())
    orchestrated = any(job.counterparts for project in contract.projects.values() for job in project.jobs.values())
    return azure or orchestrated or any(project.secret_scopes for project in contract.projects.values())


def _declare_data(stage: Stage) -> None:
    """Declare datasets and models; the account's stack has made the catalog."""
    catalog = stage.contract.environments[stage.environment].catalog
    if catalog is None:
        return
    for dataset in stage.objects(Kind.DATASET):
        GovernedDataset(dataset, stage, catalog)
    schemas = declare_model_schemas(stage, catalog)
    for model in stage.objects(Kind.MODEL):
        GovernedModel(model, stage, catalog, schemas[model.project])
