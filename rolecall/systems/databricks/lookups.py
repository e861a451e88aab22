"""Facts of the account that a program needs: current names of groups, addresses, application ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rolecall.contract.binding_checks import bound_workspaces
from rolecall.contract.contract import Contract
from rolecall.contract.naming import taken_for
from rolecall.errors import UsageError
from rolecall.systems.databricks.addresses import host_of
from rolecall.systems.databricks.workspace_ids import ids_of_workspaces

if TYPE_CHECKING:
    from rolecall.systems.databricks.client import Reader


@dataclass(frozen=True)
class FoundGroup:
    """A group of the account.

    Attributes:
        id: its id in the account.
        external_id: its immutable id in the identity provider; empty for a group of Databricks' own.
        name: its name now.
    """

    id: str
    external_id: str
    name: str


@dataclass(frozen=True)
class Lookups:
    """What was found; what is not there is missing.

    Attributes:
        groups: the contract's external groups, by the contract's names; joined by the id in the identity provider.
        namesakes: other groups that are called like one of the contract's external groups.
        hosts: addresses of the workspaces that Rolecall makes, by name.
        application_ids: application ids of service principals, by their external ids.
        ids: ids in the account of the contract's groups, by the contract's names; of those that Rolecall makes, by
            their names.
        orchestrators: what groups are called in orchestrators, by the contract's names, where that is another name.
        taken: groups that have the contract's name in orchestrators, and the group that is called so now.
        workspaces: ids of the workspaces to which objects are bound, by their keys.
    """

    groups: Mapping[str, FoundGroup] = field(default_factory=dict)
    namesakes: Mapping[str, FoundGroup] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    application_ids: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    orchestrators: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)
    workspaces: Mapping[str, str] = field(default_factory=dict)

    def workspace_host(self, contract: Contract, name: str) -> str | None:
        """Return the address of a workspace; None where it is not there yet."""
        return contract.workspaces[name].host or self.hosts.get(name)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values in a fixed order."""
        return {
            "groups": {name: vars(one) for name, one in sorted(self.groups.items())},
            "namesakes": {name: vars(one) for name, one in sorted(self.namesakes.items())},
            "hosts": dict(sorted(self.hosts.items())),
            "application_ids": dict(sorted(self.application_ids.items())),
            "ids": dict(sorted(self.ids.items())),
            # Left out where there is none, so that the digests of older states stay.
            **({"orchestrators": dict(sorted(self.orchestrators.items()))} if self.orchestrators else {}),
            **({"taken": dict(sorted(self.taken.items()))} if self.taken else {}),
            **({"workspaces": dict(sorted(self.workspaces.items()))} if self.workspaces else {}),
        }


def find(
    contract: Contract,
    groups: Iterable[Mapping[str, Any]] = (),
    workspaces: Iterable[dict[str, Any]] = (),
    service_principals: Iterable[Mapping[str, Any]] = (),
) -> Lookups:
    """Return what lists of the account hold of a contract.

    Args:
        contract: the contract.
        groups: the account's groups, as SCIM tells them.
        workspaces: the account's workspaces.
        service_principals: the account's service principals, as SCIM tells them.

    Raises:
        UsageError: a group of the contract has the name of another principal now, or two groups have its external id.
    """
    declared = {group.external: name for name, group in contract.groups.items() if group.external}
    joined: dict[str, FoundGroup] = {}
    namesakes: dict[str, FoundGroup] = {}
    managed: dict[str, str] = {}
    for row in groups:
        group = FoundGroup(str(row["id"]), str(row.get("externalId") or ""), str(row["displayName"]))
        if group.external_id in declared:
            key = declared[group.external_id]
            _require_plain(group, key)
            _require_one(key, joined.get(key), group)
            joined[key] = group
        elif group.name in contract.groups and not contract.groups[group.name].external:
            managed[group.name] = group.id
        elif group.name in declared.values():
            namesakes[group.name] = group
    made = {name for name, workspace in contract.workspaces.items() if workspace.create}
    hosts = {
        str(one["workspace_name"]): host_of(one)
        for one in workspaces
        if one["workspace_name"] in made and one.get("workspace_status") == "RUNNING"
    }
    ids = {
        str(one["externalId"]): str(one["applicationId"])
        for one in service_principals
        if str(one.get("externalId") or "").startswith(f"rolecall:{contract.organization}:")
    }
    # One that is there under its own id may share its name with none: names are unique in the account.
    others = {name: group for name, group in namesakes.items() if name not in joined}
    found = {**managed, **{name: group.id for name, group in joined.items()}}
    return Lookups(joined, others, hosts, ids, found)


def _require_plain(group: FoundGroup, key: str) -> None:
    """Refuse a group whose name in the account means another principal on access lists.

    A rename in the identity provider must not grant a group's rights to everybody, or to a principal.
    """
    if (other := taken_for(group.name)) is not None:
        what = f"the group {key!r} ({group.external_id}) is called {group.name!r} in the account, like {other}"
        raise UsageError(what, "Nothing was changed. Give it another name in the identity provider.")


def _require_one(key: str, first: FoundGroup | None, second: FoundGroup) -> None:
    """Refuse two groups with the external id of one group: the wrong one would get its rights."""
    if first is not None and first.id != second.id:
        names = " and ".join(sorted((first.name, second.name)))
        what = f"groups {names} of the account both have the external id {second.external_id} of group {key!r}"
        raise UsageError(what, "Nothing was changed. An account administrator deletes the wrong one.")


def look_up(contract: Contract, account: Reader | None = None) -> Lookups:
    """Ask the account, and no more than a contract needs: a list each of groups, workspaces and service principals.

    Args:
        contract: the contract.
        account: reads the account; a reader of its own where none is given.

    Raises:
        SystemRefused: the account refuses the caller.
        SystemUnreachable: it does not answer.
        UsageError: a group of the contract has the name of another principal now.
    """
    # A program that asks nothing does not wait until the clients are loaded.
    from rolecall.systems.databricks.given_account import reader_of_account

    account_id = contract.databricks.account_id
    account = account or reader_of_account(contract)
    groups: Iterable[Mapping[str, Any]] = ()
    workspaces: list[dict[str, Any]] = []
    principals: Iterable[Mapping[str, Any]] = ()
    if contract.groups:
        groups = account.scim(account_id, "Groups", "id,displayName,externalId")
    if any(workspace.create for workspace in contract.workspaces.values()):
        workspaces = account.get(f"/api/2.0/accounts/{account_id}/workspaces")["items"]
    if any(environment.catalog for environment in contract.environments.values()):
        principals = account.scim(account_id, "ServicePrincipals", "id,applicationId,externalId")
    bound = bound_workspaces(contract)
    found = find(contract, groups, workspaces, principals)
    return replace(found, workspaces=ids_of_workspaces(contract, bound, account)) if bound else found
