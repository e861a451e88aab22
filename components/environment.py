"""An environment's stack: its service principals, cluster policies and jobs, each with who may do what on it."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input, Output, ProviderResource

from components.account import account_provider, workspace_provider
from components.cluster_policy import ClusterPolicyArguments, GovernedClusterPolicy
from components.job import GovernedJob, JobArguments
from components.service_principal import ProjectServicePrincipal, ServicePrincipalArguments
from rolecall.access.grant import Subject, SubjectType, Target
from rolecall.compiled import CompiledContract
from rolecall.contract.job import settings_in
from rolecall.contract.naming import (
    cluster_policy_name,
    job_name,
    job_tags,
    project_tags,
    service_principal_external_id,
    service_principal_name,
)
from rolecall.contract.verbs import Kind
from rolecall.systems.databricks.cluster_policy_definition import policy_definition
from rolecall.systems.databricks.job_settings import provider_properties
from rolecall.systems.databricks.permissions import WORKSPACE_LEVELS, AccessControl, access_controls


def declare_environment(compiled: CompiledContract, environment: str) -> None:
    """Declare everything that an environment has."""
    stage = compiled.contract.environments[environment]
    workspace = workspace_provider(compiled, stage.workspace)
    principals = _service_principals(compiled, environment, workspace)
    application_ids = {name: principal.application_id for name, principal in principals.items()}
    policies = _cluster_policies(compiled, environment, workspace, application_ids)
    _declare_jobs(compiled, environment, workspace, application_ids, policies)


def _service_principals(
    compiled: CompiledContract, environment: str, workspace: ProviderResource
) -> dict[str, ProjectServicePrincipal]:
    contract = compiled.contract
    declared = [(name, key) for name, project in contract.projects.items() for key in project.service_principals]
    account = account_provider(compiled) if declared else workspace
    target = Target(environment, Kind.WORKSPACE, contract.environments[environment].workspace)
    found: dict[str, ProjectServicePrincipal] = {}
    for project, key in sorted(declared):
        display_name = service_principal_name(project, key, environment)
        verb = compiled.access[target][Subject(SubjectType.SERVICE_PRINCIPAL, display_name)]
        external_id = service_principal_external_id(contract, project, key, environment)
        arguments = ServicePrincipalArguments(display_name, external_id, WORKSPACE_LEVELS[verb])
        found[display_name] = ProjectServicePrincipal(f"{project}-{key}", arguments, account, workspace)
    return found


def _cluster_policies(
    compiled: CompiledContract,
    environment: str,
    workspace: ProviderResource,
    application_ids: Mapping[str, Input[str]],
) -> dict[str, GovernedClusterPolicy]:
    found: dict[str, GovernedClusterPolicy] = {}
    for project_name, project in sorted(compiled.contract.projects.items()):
        tags = project_tags(compiled.contract, project_name, environment)
        for key, policy in sorted(project.cluster_policies.items()):
            arguments = ClusterPolicyArguments(
                display_name=cluster_policy_name(project_name, key, environment),
                description=policy.description,
                family=policy.extends,
                definition=policy_definition(policy, tags),
                entries=_entries(compiled, Target(environment, Kind.CLUSTER_POLICY, f"{project_name}/{key}")),
            )
            name = f"{project_name}-{key}"
            found[f"{project_name}/{key}"] = GovernedClusterPolicy(name, arguments, workspace, application_ids)
    return found


def _declare_jobs(
    compiled: CompiledContract,
    environment: str,
    workspace: ProviderResource,
    application_ids: Mapping[str, Input[str]],
    policies: Mapping[str, GovernedClusterPolicy],
) -> None:
    contract = compiled.contract
    for project_name, project in sorted(contract.projects.items()):
        for key, job in sorted(project.jobs.items()):
            if environment not in contract.environments_of(job):
                continue
            settings = {
                **settings_in(job, environment),
                "name": job_name(contract, project_name, key, environment),
                "tags": job_tags(contract, project_name, key, environment),
            }
            properties, _ = provider_properties(settings)
            principal = job.service_principal()
            policy_id: Output[str] | None = policies[f"{project_name}/{job.policy}"].policy_id if job.policy else None
            arguments = JobArguments(
                properties=properties,
                run_as=service_principal_name(project_name, principal, environment) if principal else None,
                policy_id=policy_id,
                entries=_entries(compiled, Target(environment, Kind.JOB, f"{project_name}/{key}")),
            )
            GovernedJob(f"{project_name}-{key}", arguments, workspace, application_ids)


def _entries(compiled: CompiledContract, target: Target) -> list[AccessControl]:
    return access_controls(target.kind, compiled.access.get(target, {}))
