"""An environment's stack: its service principals, cluster policies and jobs, each with who may do what on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pulumi import Input, Output, ProviderResource

from components.account import account_provider, current_names, native_provider, workspace_provider
from components.cluster_policy import ClusterPolicyArguments, GovernedClusterPolicy
from components.job import GovernedJob, JobArguments
from components.service_principal import ProjectServicePrincipal, ServicePrincipalArguments, Workload
from rolecall.access.grant import Subject, SubjectType, Target
from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.contract.identity_checks import issuer_addresses
from rolecall.contract.job import settings_in
from rolecall.contract.naming import (
    cluster_policy_name,
    job_name,
    job_tags,
    project_tags,
    service_principal_external_id,
    service_principal_name,
)
from rolecall.contract.service_principal import ServicePrincipal
from rolecall.contract.verbs import Kind
from rolecall.systems.databricks.cluster_policy_definition import policy_definition
from rolecall.systems.databricks.job_settings import provider_properties
from rolecall.systems.databricks.permissions import WORKSPACE_LEVELS, AccessControl, access_controls


def declare_environment(compiled: CompiledContract, environment: str) -> None:
    """Declare everything that an environment has."""
    stage = compiled.contract.environments[environment]
    workspace = workspace_provider(compiled, stage.workspace)
    native = native_provider(compiled) if _needs_native(compiled.contract) else None
    principals = _service_principals(compiled, environment, workspace, native)
    identities: dict[Subject, Input[str]] = {
        Subject(SubjectType.SERVICE_PRINCIPAL, name): one.application_id for name, one in principals.items()
    }
    if native is not None and (names := current_names(compiled, native)) is not None:
        identities |= {
            Subject(SubjectType.GROUP, group): names.apply(_name_of(group)) for group in compiled.contract.groups
        }
    policies = _cluster_policies(compiled, environment, workspace, identities)
    _declare_jobs(compiled, environment, workspace, identities, policies)


def _needs_native(contract: Contract) -> bool:
    """Say whether anything of an identity provider is declared or asked for; its provider takes a second to start."""
    return contract.identity is not None and (
        any(group.external for group in contract.groups.values())
        or any(one.azure for project in contract.projects.values() for one in project.service_principals.values())
    )


def _service_principals(
    compiled: CompiledContract, environment: str, workspace: ProviderResource, native: ProviderResource | None
) -> dict[str, ProjectServicePrincipal]:
    contract = compiled.contract
    declared = [(name, key) for name, project in contract.projects.items() for key in project.service_principals]
    account = account_provider(compiled) if declared else workspace
    target = Target(environment, Kind.WORKSPACE, contract.environments[environment].workspace)
    found: dict[str, ProjectServicePrincipal] = {}
    for project, key in sorted(declared):
        display_name = service_principal_name(project, key, environment)
        verb = compiled.access[target][Subject(SubjectType.SERVICE_PRINCIPAL, display_name)]
        principal = contract.projects[project].service_principals[key]
        arguments = ServicePrincipalArguments(
            display_name=display_name,
            external_id=service_principal_external_id(contract, project, key, environment),
            level=WORKSPACE_LEVELS[verb],
            workloads=_workloads(contract, principal, environment),
            azure=principal.azure,
        )
        found[display_name] = ProjectServicePrincipal(f"{project}-{key}", arguments, account, workspace, native)
    return found


def _workloads(contract: Contract, principal: ServicePrincipal, environment: str) -> list[Workload]:
    issuers = issuer_addresses(contract)
    return [
        Workload(one.issuer, issuers[one.issuer], one.subject_in(environment), one.audience)
        for one in principal.federation_in(environment)
    ]


def _cluster_policies(
    compiled: CompiledContract,
    environment: str,
    workspace: ProviderResource,
    identities: Mapping[Subject, Input[str]],
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
            found[f"{project_name}/{key}"] = GovernedClusterPolicy(name, arguments, workspace, identities)
    return found


def _declare_jobs(
    compiled: CompiledContract,
    environment: str,
    workspace: ProviderResource,
    identities: Mapping[Subject, Input[str]],
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
                run_as=_principal(project_name, principal, environment) if principal else None,
                policy_id=policy_id,
                entries=_entries(compiled, Target(environment, Kind.JOB, f"{project_name}/{key}")),
            )
            GovernedJob(f"{project_name}-{key}", arguments, workspace, identities)


def _principal(project: str, service_principal: str, environment: str) -> Subject:
    return Subject(SubjectType.SERVICE_PRINCIPAL, service_principal_name(project, service_principal, environment))


def _name_of(group: str) -> Callable[[Mapping[str, str]], str]:
    return lambda names: names.get(group, group)


def _entries(compiled: CompiledContract, target: Target) -> list[AccessControl]:
    return access_controls(target.kind, compiled.access.get(target, {}))
