"""How the contract's objects are called in the systems: the one place that decides it."""

from __future__ import annotations

import re

from rolecall.contract.clouds import TAG_VALUES, cloud_of
from rolecall.contract.contract import Contract
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ObjectId, ServicePrincipalId, Subject, SubjectType
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import ACCOUNT_USERS, USERS
from rolecall.kinds.registry import BY_NAME
from rolecall.kinds.spec import Scope, Surroundings, dashed

# Databricks' groups of everybody: https://docs.databricks.com/en/admin/users-groups/groups.html
ALL_USERS = (USERS, ACCOUNT_USERS)
# Names that Databricks keeps for groups of its own; compared without case.
RESERVED_GROUPS = (*ALL_USERS, "admins")
# Texts that a list of holders takes for something else than a group of that name. Unity Catalog, secret scopes and rule
# sets name groups, people and service principals by one text: https://docs.databricks.com/api/workspace/grants/update
_TAKEN_FOR = (
    (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "a person"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I), "a service principal"),
    (re.compile(r"(groups|users|serviceprincipals|app)[/:].*", re.I), "a reference to something else"),
    # Numbers are ids, and dots are steps of a path; the others are in every account and hidden there.
    (re.compile(r"\d+|\.+"), "an id or a path"),
    (re.compile(r"_workspace_(users|admins)_.*", re.I), "a group of Databricks' own"),
)
# The catalog and schema of the system tables that say who did what, and what came from where:
# https://docs.databricks.com/en/admin/system-tables/index.html
SYSTEM_CATALOG, ACCESS_SCHEMA = "system", "system.access"


def taken_for(group: str) -> str | None:
    """Return what a system takes a group's name for, where that is not a group of its own; None for a plain name."""
    if group.strip().casefold() in RESERVED_GROUPS:
        return "a group of Databricks' own, of everybody or of administrators"
    return next((other for pattern, other in _TAKEN_FOR if pattern.fullmatch(group.strip())), None)


def object_name(contract: Contract, kind: Kind, project: str, key: str, environment: str) -> str:
    """Return how an object of a project is called where it lives: in its workspace, metastore or account.

    Raises:
        ValueError: it lives in a catalog, and the environment has none; the contract's checks refuse that.
    """
    spec = BY_NAME[kind]
    assert spec.naming is not None
    catalog = catalog_of(contract, environment) if spec.scope is Scope.CATALOG else ""
    around = Surroundings(catalog, contract.databricks.deployer)
    value = spec.objects(contract.projects[project]).get(key)
    return spec.naming.name(value, ObjectId(environment, kind, project, key), around)


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


def service_principal_name(project: str, service_principal: str, environment: str) -> str:
    """Return a service principal's display name in the account."""
    return dashed(None, ObjectId(environment, Kind.SERVICE_PRINCIPAL, project, service_principal), Surroundings("", ""))


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


def recipient_subject(contract: Contract, project: str, key: str, environment: str) -> LiveSubject:
    """Return a recipient as a holder of shares, which name it."""
    return LiveSubject(SubjectType.RECIPIENT, object_name(contract, Kind.RECIPIENT, project, key, environment))


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
