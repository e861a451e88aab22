"""Whether workspaces have the groups and service principals that a contract names by their ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rolecall.access.observation import PLATFORM
from rolecall.compiled import CompiledContract
from rolecall.contract.given import given_principals
from rolecall.contract.metastore_privileges import metastore_grants
from rolecall.contract.naming import ALL_USERS
from rolecall.contract.source import Path
from rolecall.errors import Problem
from rolecall.ids.ids import GroupId
from rolecall.kinds.registry import BY_NAME

if TYPE_CHECKING:
    from rolecall.systems.databricks.given_account import GivenAccount


def missing_in_workspaces(compiled: CompiledContract, account: GivenAccount) -> Iterator[Problem]:
    """Yield a problem for each group and service principal that is not assigned to a workspace that needs it.

    Args:
        compiled: the contract.
        account: reads its workspaces.

    Raises:
        SystemUnreachable: a workspace does not answer.
        SystemRefused: it refuses the caller.
    """
    yield from _groups(compiled, account)
    yield from _principals(compiled, account)


def _groups(compiled: CompiledContract, account: GivenAccount) -> Iterator[Problem]:
    contract, places = compiled.contract, compiled.loaded.places
    live = {name: {str(row["id"]) for row in rows} for name, rows in account.rows("Groups").items()}
    needed = _needed(compiled)
    # Lists of other systems name groups too, by names that only a workspace knows.
    elsewhere = contract.groups.keys() - {key for _, key in needed}
    for key in sorted(elsewhere):
        if all(contract.groups[key].external not in ids for ids in live.values()):
            needed.add((min(live), key))
    for workspace, key in sorted(needed):
        group = contract.groups.get(key)
        if group is None or group.external in live[workspace]:
            continue
        what = f"workspace {workspace!r} has no group of the account with the id {group.external} ({key!r})"
        yield Problem("group-not-assigned", places.of("groups", key, "external"), what, _how(workspace))


def _principals(compiled: CompiledContract, account: GivenAccount) -> Iterator[Problem]:
    contract, places = compiled.contract, compiled.loaded.places
    live = {
        name: {str(row["applicationId"]) for row in rows} for name, rows in account.rows("ServicePrincipals").items()
    }
    rows = [row for listed in account.rows("ServicePrincipals").values() for row in listed]
    inactive = {str(row["applicationId"]) for row in rows if row.get("active") is False}
    for one, application_id in given_principals(contract).items():
        workspace = contract.environments[one.environment].workspace
        at: Path = ("databricks", "service_principals", one.name, one.environment)
        if application_id in inactive:
            what = f"the service principal with the application id {application_id} ({one}) is deactivated"
            how = "Have an account administrator activate it, or name another one."
            yield Problem("principal-deactivated", places.of(*at), what, how)
        elif application_id not in live[workspace]:
            what = f"workspace {workspace!r} has no service principal with the application id {application_id} ({one})"
            yield Problem("principal-not-assigned", places.of(*at), what, _how(workspace))


def _how(workspace: str) -> str:
    return (
        f"Check the id. If it is right, have an administrator of workspace {workspace!r} or of the account assign it "
        "to the workspace."
    )


def _needed(compiled: CompiledContract) -> set[tuple[str, str]]:
    """Return each workspace with each group that has access in it, by the contract's names."""
    contract = compiled.contract
    found = {
        (contract.environments[target.environment].workspace, subject.key)
        for target, held in compiled.access.items()
        if target.environment is not None and BY_NAME[target.kind].system == PLATFORM
        for subject in held
        if isinstance(subject, GroupId) and subject.key not in ALL_USERS
    }
    found |= {(one.workspace, one.group) for one in metastore_grants(contract)}
    for name, workspace in contract.workspaces.items():
        found |= {(name, key) for key in workspace.entitlements}
        found |= {(name, key) for key in (workspace.tokens.users if workspace.tokens else ())}
        if workspace.tokens is not None and contract.break_glass is not None:
            found.add((name, contract.break_glass.group))
    return found
