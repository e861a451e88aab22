"""The rights that a deployer and a previewer need in Databricks, and which of them are missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from rolecall.contract.contract import Contract
from rolecall.contract.given import given_principals
from rolecall.errors import SystemRefused
from rolecall.kinds.workspace import ASSIGNMENTS
from rolecall.systems.databricks.client import workspace_reader
from rolecall.systems.databricks.given_account import MANAGER, GivenAccount

# Requests under way at once.
AT_ONCE = 16


class Mode(StrEnum):
    """The caller, by the scope that it administers."""

    ACCOUNT = "account"
    WORKSPACES = "workspaces"
    PREVIEWER = "previewer"


@dataclass(frozen=True)
class Right:
    """A right in Databricks.

    Attributes:
        modes: who needs it.
        name: the right, in the vendor's words; messages about its absence contain it.
        on: the object on which it is granted.
        purpose: its use.
        granted_by: who grants it.
        source: the vendor's document.
    """

    modes: tuple[Mode, ...]
    name: str
    on: str
    purpose: str
    granted_by: str
    source: str


_DOCS = "https://docs.databricks.com/en"
_ADMINS = f"{_DOCS}/admin/users-groups/index.html"
_PRIVILEGES = f"{_DOCS}/data-governance/unity-catalog/manage-privileges/privileges.html"
_BOTH, _ALONE = (Mode.ACCOUNT, Mode.WORKSPACES), (Mode.WORKSPACES,)
WORKSPACE_ADMINISTRATOR = Right(
    _BOTH,
    "workspace administrator",
    "each workspace",
    "access lists, objects, entitlements, tokens, address lists",
    "an administrator of the workspace or the account",
    _ADMINS,
)
PRINCIPAL_MANAGER = Right(
    _ALONE,
    MANAGER,
    "each service principal of the contract",
    "who may use it; the deployer becomes its user too, so that jobs can run as it",
    "an account administrator",
    f"{_DOCS}/security/auth/access-control/service-principal-acl.html",
)
RIGHTS = (
    Right(
        (Mode.ACCOUNT,),
        "account administrator",
        "the account",
        "groups, service principals, their roles and federation policies, assignments, workspaces, system tables; it "
        "administers metastores too",
        "an account administrator",
        _ADMINS,
    ),
    WORKSPACE_ADMINISTRATOR,
    PRINCIPAL_MANAGER,
    *(
        Right(_ALONE, f"CREATE {noun}", "the metastore", f"only with `{key}`", "a metastore administrator", _PRIVILEGES)
        for noun, key in (
            ("CATALOG", "catalog"),
            ("EXTERNAL LOCATION", "external_locations"),
            ("STORAGE CREDENTIAL", "storage_credentials"),
            ("SERVICE CREDENTIAL", "service_credentials"),
            ("CONNECTION", "connections"),
            ("SHARE", "shares"),
            ("RECIPIENT", "recipients"),
        )
    ),
    Right(
        (Mode.PREVIEWER,),
        "USER",
        "each workspace",
        "ids and names of groups and service principals; it has no right to write",
        "an administrator of the workspace or the account",
        _ADMINS,
    ),
)


def missing_rights(contract: Contract, environments: Collection[str], account: GivenAccount) -> Iterator[str]:
    """Yield each right that the caller lacks for a deployment without the account, and its object.

    Unity Catalog's privileges are not among them: groups may have them, and the service names the missing one.

    Args:
        contract: the contract.
        environments: the environments that are deployed.
        account: reads the account through the workspaces.

    Raises:
        SystemUnreachable: a workspace does not answer.
    """
    account_id = contract.databricks.account_id
    reads: dict[str, Callable[[], object]] = {}
    for name in sorted({contract.environments[one].workspace for one in environments}):
        if host := contract.workspaces[name].host:
            # https://docs.databricks.com/api/workspace/permissionassignments: only administrators list assignments.
            read = partial(workspace_reader(name, host).get, ASSIGNMENTS.list)
            reads[f"{WORKSPACE_ADMINISTRATOR.name} of workspace {name}"] = read
    for principal, application_id in given_principals(contract).items():
        if principal.environment in environments:
            read = partial(account.rule_set, account_id, account.rule_set_name(application_id))
            reads[f"{PRINCIPAL_MANAGER.name} on {principal} ({application_id})"] = read
    with ThreadPoolExecutor(AT_ONCE) as pool:
        refused = [*pool.map(_is_refused, reads.values())]
    yield from (right for right, is_refused in zip(reads, refused, strict=True) if is_refused)


def _is_refused(read: Callable[[], object]) -> bool:
    try:
        read()
    except SystemRefused:
        return True
    return False
