"""The account's principals: joined with the contract's subjects by immutable ids, never by names alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolecall.access.membership import Members
from rolecall.access.observation import Remark, RemarkKind
from rolecall.contract.contract import Contract
from rolecall.contract.naming import ALL_USERS, service_principal_external_id, taken_for
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ServicePrincipalId, Subject, SubjectType
from rolecall.systems.databricks.account_groups import account_groups, by_external_id, live_names, namesakes, twins
from rolecall.systems.databricks.client import Reader

# Asked for alike by everyone, so that each list is read once.
PRINCIPAL_ATTRIBUTES = "id,applicationId,displayName,externalId,active,roles"
GROUP_ATTRIBUTES = "id,displayName,externalId,members,roles"


@dataclass(frozen=True)
class Principals:
    """What the account knows.

    Attributes:
        declared: the contract's service principals, by application id.
        others: display name of every other service principal, by application id.
        groups_by_name: the contract's groups, by the name that each has in the account now.
        remarks: groups that are others than the contract means, and service principals that exist twice.
        groups: the contract's groups with their members; None where it names no identity provider.
        deployer: who deploys.
        keys: the contract's keys of groups; a live group may be called so and be another one.
        namesakes: groups that are called like another one of the contract, by the contract's name of that one.
        scim: what the account's SCIM collections have, by collection.
    """

    declared: Mapping[str, ServicePrincipalId]
    others: Mapping[str, str]
    groups_by_name: Mapping[str, GroupId]
    remarks: tuple[Remark, ...] = ()
    groups: Mapping[str, Members] | None = None
    deployer: DeployerId | None = None
    keys: frozenset[str] = frozenset()
    namesakes: Mapping[str, str] = field(default_factory=dict)
    scim: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    _application_ids: Mapping[ServicePrincipalId, str] = field(init=False)

    def __post_init__(self) -> None:
        """Index the service principals by id."""
        object.__setattr__(self, "_application_ids", {one: found for found, one in self.declared.items()})

    def group(self, name: str) -> Subject:
        """Return the group that has a name in the account now; one that is none of the contract's stays a name."""
        shown = f"{name} (another group)" if name in self.keys else name
        return self.groups_by_name.get(name) or LiveSubject(SubjectType.GROUP, shown)

    def service_principal(self, application_id: str) -> Subject:
        """Return the service principal that has an application id."""
        if self.deployer is not None and application_id == self.deployer.application_id:
            return self.deployer
        return self.declared.get(application_id) or LiveSubject(SubjectType.SERVICE_PRINCIPAL, application_id)

    def subject(self, entry: Mapping[str, Any]) -> Subject:
        """Return the subject of an entry of a permission object or an assignment."""
        if name := entry.get("group_name"):
            return self.group(str(name))
        if identity := entry.get("service_principal_name"):
            return self.service_principal(str(identity))
        return LiveSubject(SubjectType.PERSON, str(entry.get("user_name") or entry.get("display_name") or "unknown"))

    def named(self, text: str) -> Subject:
        """Return the subject of a text that does not say what it names, as Unity Catalog and secret scopes write it."""
        if text in self.declared or text in self.others or (self.deployer and text == self.deployer.application_id):
            return self.service_principal(text)
        if text in self.groups_by_name or "@" not in text:
            return self.group(text)
        return LiveSubject(SubjectType.PERSON, text)

    def in_rule(self, text: str) -> Subject:
        """Return the subject of a rule set's principal: `groups/NAME`, `users/NAME` or `servicePrincipals/ID`."""
        sort, _, name = text.partition("/")
        if sort == "servicePrincipals":
            return self.service_principal(name)
        if sort == "users":
            return LiveSubject(SubjectType.PERSON, name)
        return self.group(name)

    def application_id(self, principal: ServicePrincipalId) -> str | None:
        """Return the application id of a service principal of the contract, or None where the account has none."""
        return self._application_ids.get(principal)

    def shown(self, identity: str) -> str:
        """Return how to call a principal in messages: its id in the contract, else its name where there is one."""
        declared = self.declared.get(identity)
        return str(declared) if declared else self.others.get(identity) or identity


def read_principals(contract: Contract, account: Reader) -> Principals:
    """Read the account's service principals and groups.

    Raises:
        SystemUnreachable: the account does not answer, or answers a broken list.
        SystemRefused: the account refuses the caller.
    """
    account_id = contract.databricks.account_id
    wanted = {
        service_principal_external_id(contract, project, key, environment): ServicePrincipalId(
            environment, project, key
        )
        for project, one in contract.projects.items()
        for key, principal in one.service_principals.items()
        for environment in contract.environments
        if principal.is_in(environment)
    }
    declared: dict[str, ServicePrincipalId] = {}
    others: dict[str, str] = {}
    seen: set[str] = set()
    remarks: list[Remark] = []
    service_principals = tuple(account.scim(account_id, "ServicePrincipals", PRINCIPAL_ATTRIBUTES))
    users = tuple(account.scim(account_id, "Users", "id,userName,externalId,active,roles"))
    groups = tuple(account.scim(account_id, "Groups", GROUP_ATTRIBUTES))
    scim = {"ServicePrincipals": service_principals, "Users": users, "Groups": groups}
    for resource in service_principals:
        identity, external_id = str(resource["applicationId"]), str(resource.get("externalId") or "")
        if external_id not in wanted:
            others[identity] = str(resource.get("displayName") or identity)
            continue
        if external_id in seen:
            text = f"two service principals have the external id {external_id!r}"
            remarks.append(Remark(None, RemarkKind.UNKNOWN, text))
        seen.add(external_id)
        declared[identity] = wanted[external_id]
        if resource.get("active") is False and not contract.databricks.has_account:
            # One that Rolecall creates is compared as a resource of its stack.
            remarks.append(Remark(None, RemarkKind.DIFFERENT, f"{wanted[external_id]} is deactivated in the account"))
    remarks += (
        Remark(
            None,
            RemarkKind.UNKNOWN,
            f"groups {' and '.join(names)} of the account have the external id of group {key!r}; which one is meant is "
            "unknown",
            how="an account administrator deletes the wrong one: `databricks account groups delete`",
        )
        for key, names in sorted(twins(contract, groups).items())
    )
    deployer = DeployerId(contract.databricks.deployer)
    everybody = {name: GroupId(name) for name in ALL_USERS}
    if contract.identity is None:
        remarks += _group_remarks(contract, groups)
        joined = _joined(contract, groups)
        remarks += _ambiguous(joined)
        return Principals(
            declared,
            others,
            {**joined, **everybody},
            tuple(remarks),
            deployer=deployer,
            keys=frozenset(contract.groups),
            namesakes=namesakes(contract, groups),
            scim=scim,
        )
    members = account_groups(contract, groups, users)
    joined = {name: GroupId(key) for name, key in live_names(members).items()}
    remarks += _ambiguous(joined)
    names = {**joined, **everybody}
    keys, same = frozenset(contract.groups), namesakes(contract, groups)
    return Principals(declared, others, names, tuple(remarks), members, deployer, keys, same, scim)


def _ambiguous(joined: Mapping[str, GroupId]) -> list[Remark]:
    """Return the groups whose names in the account mean another principal on access lists."""
    return [
        Remark(None, RemarkKind.UNKNOWN, f"group {group.key!r} is called {name!r} in the account, like {other}")
        for name, group in joined.items()
        if (other := taken_for(name)) is not None
    ]


def _joined(contract: Contract, live: Iterable[Mapping[str, Any]]) -> dict[str, GroupId]:
    """Return the contract's groups by their names now, joined by id where the contract has one."""
    keys = {group.external: key for key, group in contract.groups.items() if group.external}
    found: dict[str, GroupId] = {}
    listed = [*live]
    # Of several groups with one external id, the others stay strangers.
    chosen = by_external_id(contract, listed)
    for group in listed:
        name, external_id = str(group["displayName"]), str(group.get("externalId") or "")
        if external_id in keys:
            if chosen[external_id] is group:
                found[name] = GroupId(keys[external_id])
        elif name in contract.groups and contract.groups[name].external is None:
            found[name] = GroupId(name)
    return found


def _group_remarks(contract: Contract, groups: Iterable[Mapping[str, Any]]) -> list[Remark]:
    """Compare each group's id in the identity provider with the contract's."""
    live = {str(group["displayName"]): str(group.get("externalId") or "") for group in groups}
    there = {*live.values()}
    remarks: list[Remark] = []
    for name, group in contract.groups.items():
        if group.external and group.external in there:
            # It is there under its own id, whatever it is called now.
            continue
        if name not in live:
            remarks.append(Remark(None, RemarkKind.DIFFERENT, f"the account has no group {name!r}"))
        elif group.external:
            found = live[name] or "none"
            text = (
                f"group {name!r} has the external id {found}; the contract means {group.external}: it is another group"
            )
            remarks.append(Remark(None, RemarkKind.DIFFERENT, text))
    return remarks
