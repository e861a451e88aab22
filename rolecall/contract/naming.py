"""How the contract's objects are called in the systems: the one place that decides it."""

from __future__ import annotations

import re

from rolecall.contract.clouds import TAG_VALUES, cloud_of
from rolecall.contract.contract import Contract
from rolecall.contract.job import settings_in
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind

# Databricks' groups of everybody: https://docs.databricks.com/en/admin/users-groups/groups.html
ALL_USERS = ("users", "account users")
# Names that Databricks keeps for groups of its own; compared without case.
RESERVED_GROUPS = (*ALL_USERS, "admins")
# The catalog and schema of the system tables that say who did what, and what came from where:
# https://docs.databricks.com/en/admin/system-tables/index.html
SYSTEM_CATALOG, ACCESS_SCHEMA = "system", "system.access"
LINEAGE_TABLES = ("system.access.table_lineage", "system.access.column_lineage")
AUDIT_TABLES = ("system.access.audit",)
SYSTEM_TABLES = {Kind.LINEAGE: LINEAGE_TABLES, Kind.AUDIT: AUDIT_TABLES}
# The schema of a project's models, behind the project's name.
MODELS = "models"


def object_name(contract: Contract, kind: Kind, project: str, key: str, environment: str) -> str:
    """Return how an object of a project is called where it lives: in its workspace, metastore or account.

    Raises:
        ValueError: it lives in a catalog, and the environment has none; the contract's checks refuse that.
    """
    if kind is Kind.JOB:
        return job_name(contract, project, key, environment)
    if kind is Kind.SERVICE_PRINCIPAL:
        return service_principal_name(project, key, environment)
    if kind is Kind.SECRET_SCOPE:
        return f"{environment}-{project}-{key}"
    if kind is Kind.EXPERIMENT:
        # In the deployer's own folder: what lies in /Shared is everybody's by inheritance.
        # https://docs.databricks.com/en/workspace/workspace-objects.html#workspace-shared-folder
        return f"/Users/{contract.databricks.deployer}/{_in_brackets(project, key, environment)}"
    if kind is Kind.DATASET:
        return f"{catalog_of(contract, environment)}.{schema_name(project, key)}"
    if kind is Kind.MODEL:
        return f"{catalog_of(contract, environment)}.{schema_name(project, MODELS)}.{key}"
    return _in_brackets(project, key, environment)


def catalog_of(contract: Contract, environment: str) -> str:
    """Return an environment's catalog.

    Raises:
        ValueError: it has none.
    """
    catalog = contract.environments[environment].catalog
    if catalog is None:
        raise ValueError(f"environment {environment} has no catalog")
    return catalog


def catalog_comment(organization: str, environment: str) -> str:
    """Return the comment of an environment's catalog."""
    return f"Data and models of {organization} in {environment}"


def schema_name(project: str, key: str) -> str:
    """Return a schema's name in its catalog: the project in front, so that projects do not meet."""
    return f"{re.sub(r'[^a-z0-9_]', '_', project.lower())}_{key}"


def job_name(contract: Contract, project: str, job: str, environment: str) -> str:
    """Return a job's name in its workspace: the environment in brackets, as bundles do, then the job's own name."""
    settings = settings_in(contract.projects[project].jobs[job], environment)
    return f"[{environment}] {settings.get('name') or f'{project}-{job}'}"


def _in_brackets(project: str, key: str, environment: str) -> str:
    return f"[{environment}] {project}-{key}"


def service_principal_name(project: str, service_principal: str, environment: str) -> str:
    """Return a service principal's display name in the account."""
    return f"{environment}-{project}-{service_principal}"


def subject_name(subject: Subject) -> str:
    """Return what systems call a subject: a group's key, a principal's display name, the deployer's application id."""
    match subject:
        case GroupId(key):
            return key
        case ServicePrincipalId(environment, project, key):
            return service_principal_name(project, key, environment)
        case DeployerId(application_id):
            return application_id
        case LiveSubject(_, name):
            return name


def owner_tag(contract: Contract, project: str, environment: str) -> str:
    """Return the group that answers for a project, written as its workspace's cloud accepts it in a tag."""
    workspace = contract.workspaces.get(contract.environments[environment].workspace)
    syntax = TAG_VALUES[cloud_of(workspace) if workspace else "aws"]
    return syntax.fit(contract.projects[project].owner)


def project_tags(contract: Contract, project: str, environment: str) -> dict[str, str]:
    """Return the tags of everything that a project has in an environment."""
    declared = contract.projects[project]
    return {
        **declared.tags,
        "environment": environment,
        "managed-by": "rolecall",
        "owner": owner_tag(contract, project, environment),
        "project": project,
    }


def job_tags(contract: Contract, project: str, job: str, environment: str) -> dict[str, str]:
    """Return a job's tags; its own may not change those that Rolecall sets.

    `version` is the tag, commit or branch of its code.
    """
    settings = settings_in(contract.projects[project].jobs[job], environment)
    source = settings.get("git_source") or {}
    version = source.get("git_tag") or source.get("git_commit") or source.get("git_branch")
    told = {"version": re.sub(r"[^\w.+-]", "-", str(version))} if version else {}
    return {**(settings.get("tags") or {}), **told, **project_tags(contract, project, environment), "job": job}


def stack_name(environment: str, project: str) -> str:
    """Return the name of the stack that holds what a project has in an environment."""
    return f"{environment}.{project}"


def group_resource(contract: Contract, key: str) -> str:
    """Return a group's name among Pulumi's resources: its immutable id where it has one, else its key without case.

    A managed group whose key changes in case only is the same group; no contract has two such keys.
    """
    return contract.groups[key].external or key.casefold()


def former_group_resources(contract: Contract, key: str) -> list[str]:
    """Return the names that a group's resources may have in an older state: its key, and the keys that it had."""
    own = group_resource(contract, key)
    names = [key, *(name for old in contract.groups[key].renamed_from for name in (old.casefold(), old))]
    return [name for name in dict.fromkeys(names) if name != own]


def service_principal_external_id(contract: Contract, project: str, service_principal: str, environment: str) -> str:
    """Return what a service principal is found by again in the account: display names are not unique there."""
    return f"rolecall:{contract.organization}:{environment}:{project}:{service_principal}"
