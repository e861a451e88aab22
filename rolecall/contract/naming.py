"""How the contract's objects are called in the systems: the one place that decides it."""

from __future__ import annotations

from rolecall.contract.contract import Contract
from rolecall.contract.job import settings_in

# Databricks' groups of everybody: https://docs.databricks.com/en/admin/users-groups/groups.html
ALL_USERS = ("users", "account users")


def job_name(contract: Contract, project: str, job: str, environment: str) -> str:
    """Return a job's name in its workspace: the environment in brackets, as bundles do, then the job's own name."""
    settings = settings_in(contract.projects[project].jobs[job], environment)
    return f"[{environment}] {settings.get('name') or f'{project}-{job}'}"


def cluster_policy_name(project: str, policy: str, environment: str) -> str:
    """Return a cluster policy's name in its workspace."""
    return f"[{environment}] {project}-{policy}"


def service_principal_name(project: str, service_principal: str, environment: str) -> str:
    """Return a service principal's display name in the account."""
    return f"{environment}-{project}-{service_principal}"


def project_tags(contract: Contract, project: str, environment: str) -> dict[str, str]:
    """Return the tags of everything that a project has in an environment."""
    declared = contract.projects[project]
    return {
        **declared.tags,
        "environment": environment,
        "managed-by": "rolecall",
        "owner": declared.owner,
        "project": project,
    }


def job_tags(contract: Contract, project: str, job: str, environment: str) -> dict[str, str]:
    """Return a job's tags; its own may not change those that Rolecall sets."""
    own = settings_in(contract.projects[project].jobs[job], environment).get("tags") or {}
    return {**own, **project_tags(contract, project, environment), "job": job}


def owner_mark(contract: Contract) -> str:
    """Return what objects in the identity provider carry, so that a run finds its own again."""
    return f"rolecall:{contract.organization}"


def service_principal_external_id(contract: Contract, project: str, service_principal: str, environment: str) -> str:
    """Return what a service principal is found by again in the account: display names are not unique there."""
    return f"rolecall:{contract.organization}:{environment}:{project}:{service_principal}"
