"""What a project has in an environment, each object with who may do what on it."""

from __future__ import annotations

from dataclasses import replace

from pulumi import Input, ProviderResource

from rolecall.components.cluster import declare_cluster_objects
from rolecall.components.connections import account_provider, native_provider, workspace_host, workspace_provider
from rolecall.components.counterpart import declare_counterparts
from rolecall.components.identities import bound_workspace_ids, group_identities
from rolecall.components.objects import declare_objects
from rolecall.components.service_principal import declare_service_principals, declare_users
from rolecall.components.stage import Stage
from rolecall.contract.contract import Contract
from rolecall.ids.ids import Subject
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JOB
from rolecall.kinds.registry import KINDS
from rolecall.kinds.service_principal import SERVICE_PRINCIPAL
from rolecall.slices.part import Part


def declare_project(part: Part) -> None:
    """Declare everything that a project has in an environment."""
    stage = _stage(part)
    principals = declare_service_principals(stage)
    identities: dict[Subject, Input[str]] = {one: made.application_id for one, made in principals.items()}
    stage = replace(stage, identities={**identities, **group_identities(part)})
    stage = replace(stage, usable=declare_users(stage, principals))
    host = workspace_host(part, part.contract.environments[stage.environment].workspace) if stage.native else ""
    made = declare_objects(stage, host, bound_workspace_ids(part))
    declare_cluster_objects(part, stage)
    if stage.native is not None:
        jobs = {one.name: made[one.id_in(stage.environment)] for one in stage.objects(Kind.JOB)}
        declare_counterparts(stage, stage.native, jobs, host, part.lookups.orchestrators)


def _stage(part: Part) -> Stage:
    contract, environment = part.contract, part.slice.environment
    assert environment is not None
    connection = workspace_provider(part, contract.environments[environment].workspace)
    native = native_provider(part.compiled) if _needs_native(contract) else None
    stage = Stage(part.compiled, environment, connection, connection, native)
    has_principals = any(True for _ in stage.objects(Kind.SERVICE_PRINCIPAL))
    account: ProviderResource = (
        account_provider(part.compiled) if has_principals and contract.databricks.has_account else connection
    )
    return replace(stage, account=account)


def _needs_native(contract: Contract) -> bool:
    """Return whether Rolecall's own provider has anything to do; it takes a second to start."""
    native = [kind for kind in KINDS if kind.access.interface.is_native]
    return any(
        any(one.azure for one in SERVICE_PRINCIPAL.objects(project).values())
        or any(one.service_account for one in SERVICE_PRINCIPAL.objects(project).values())
        or any(job.counterparts for job in JOB.objects(project).values())
        or any(kind.objects(project) for kind in native)
        for project in contract.projects.values()
    )
