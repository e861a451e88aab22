"""Ways of granting access in Prefect that the contract does not declare: automations, deployments, administrators."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, administrator_names
from rolecall.contract.contract import Contract
from rolecall.systems.ownership import is_marked_by_organization
from rolecall.systems.prefect.client import account, every
from rolecall.systems.prefect.counterpart import account_mark
from rolecall.systems.requests import Json

READ = (
    "automations that the contract does not name",
    "deployments in the pools of the contract's workers, and schedules of the contract's",
    "owners and administrators of the Prefect account",
    "roles in the Prefect workspace that can change deployments or execute their runs",
)
# Read-only roles: access lists of deployments and pools determine who runs them.
# https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles
WEAK_ROLES = ("Viewer", "Runner")
ADMINISTRATORS = ("owner", "admin")
# The action of the contract's automations: https://docs.prefect.io/v3/concepts/automations
OWN_ACTION = "change-flow-run-state"


def prefect_ways(contract: Contract, named: Collection[str], pools: Collection[str]) -> Ways:
    """Read all ways into one record.

    Args:
        contract: the contract.
        named: ids of the deployments that are counterparts of the contract's jobs.
        pools: the work pools of the contract's service principals.
    """
    ways = Ways(read=[*READ])
    ways.collect(READ[0], lambda: [*automations_of(contract, named)])
    ways.collect(READ[1], lambda: [*_deployments(named, pools)])
    ways.collect(READ[2], lambda: [*_administrators(contract)])
    ways.collect(READ[3], lambda: [*workspace_roles(contract)])
    return ways


def automations_of(contract: Contract, named: Collection[str]) -> Iterator[Unmanaged]:
    """Report undeclared automations, with the contract's deployments that they run or change."""
    mark = account_mark(contract.organization)
    for automation in every("/automations/filter"):
        # Marks can be forged: the contract's automations only change the states of runs.
        sorts = {str(action.get("type")) for action in automation.get("actions") or []}
        if is_marked_by_organization(str(automation.get("description") or ""), mark) and sorts <= {OWN_ACTION}:
            continue
        used = [name for name in named if name in str(automation.get("actions"))]
        reaches = "runs or changes a deployment of the contract" if used and automation.get("enabled", True) else ""
        how = f"a Prefect administrator: DELETE /automations/{automation['id']}" if reaches else ""
        yield Unmanaged(f"automation {automation.get('name')}", reaches, how)


def _deployments(named: Collection[str], pools: Collection[str]) -> Iterator[Unmanaged]:
    for deployment in every("/deployments/filter"):
        if str(deployment["id"]) in named:
            # The contract's jobs have their schedules in Databricks.
            for schedule in deployment.get("schedules") or []:
                if schedule.get("active", True):
                    path = f"/deployments/{deployment['id']}/schedules/{schedule.get('id')}"
                    yield Unmanaged(
                        f"schedule of deployment {deployment.get('name')}",
                        "starts a deployment of the contract by itself",
                        f"a Prefect administrator: DELETE {path}",
                    )
            continue
        reaches = ""
        if deployment.get("work_pool_name") in pools:
            reaches = f"runs in work pool {deployment['work_pool_name']}, with its service principal's identity"
        how = f"a Prefect administrator: DELETE /deployments/{deployment['id']}" if reaches else ""
        yield Unmanaged(f"deployment {deployment.get('name')}", reaches, how)


def _administrators(contract: Contract) -> Iterator[Unmanaged]:
    known = administrator_names(contract)
    for member in every(account("/account_memberships/filter")):
        role, email = _role(member), str(member.get("email") or member.get("handle") or member["id"])
        if role in ADMINISTRATORS and email.casefold() not in known:
            yield Unmanaged(
                f"{role} of the Prefect account: {email}",
                "may run and change every deployment, and is not in `administrators`",
                "an owner of the Prefect account changes the role",
            )


def workspace_roles(contract: Contract) -> Iterator[Unmanaged]:
    """Report holders of roles that can change deployments, variables and work pools; the contract grants Viewer.

    A worker's role can execute the runs of every work pool without an access list.
    """
    known = administrator_names(contract)
    roles = {str(one["id"]): one for one in every(account("/workspace_roles/filter"))}
    for sort, noun, path in (
        ("user", "person", "/account_memberships/filter"),
        ("team", "team", "/teams/filter"),
        ("bot", "service account", "/bots/filter"),
    ):
        held = [(one, roles.get(str(one.get("workspace_role_id")), {})) for one in every(f"/{sort}_access/filter")]
        strong = [(one, role) for one, role in held if not _is_weak(role)]
        names = {identity: name for one in every(account(path)) for identity, name in _names(one)} if strong else {}
        for one, role in strong:
            identity = str(one.get(f"{sort}_id"))
            name, shown = names.get(identity, identity), str(role.get("name") or "an unknown role")
            if {name.casefold(), identity.casefold()} & known:
                continue
            yield Unmanaged(
                f"{shown} of the Prefect workspace: {noun} {name}",
                "can change deployments of the contract or execute their runs, and is not in `administrators`",
                f"an owner of the Prefect workspace: DELETE /{sort}_access/{identity if sort == 'team' else one['id']}",
            )


def _is_weak(role: Json) -> bool:
    """Return whether a workspace role is read-only: by its name, or by the scopes of a custom role."""
    scopes = [str(one) for one in role.get("scopes") or []]
    own = role.get("account_id") is None
    return (own and role.get("name") in WEAK_ROLES) or (bool(scopes) and all(one.startswith("see_") for one in scopes))


def _names(actor: Json) -> Iterator[tuple[str, str]]:
    name = str(actor.get("email") or actor.get("name") or actor.get("handle") or actor["id"])
    for key in ("id", "user_id"):
        if actor.get(key):
            yield str(actor[key]), name


def _role(member: Json) -> str:
    return str(member.get("account_role_name") or "").casefold()
