"""The account's principals: joined with the contract's subjects by immutable ids, never by names alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rolecall.access.grant import Subject, SubjectType
from rolecall.access.membership import Members
from rolecall.access.observation import Remark, RemarkKind
from rolecall.contract.contract import Contract
from rolecall.contract.naming import service_principal_external_id, service_principal_name
from rolecall.systems.databricks.account_groups import account_groups, live_names
from rolecall.systems.databricks.client import Reader


@dataclass(frozen=True)
class Principals:
    """What the account knows.

    Attributes:
        contract: the contract.
        names: contract's name of each service principal of its own, by application id.
        others: display name of every other service principal, by application id.
        application_ids: application id of each service principal of the contract, by its external id.
        remarks: groups that are others than the contract means, and service principals that exist twice.
        groups: the contract's groups with their members; None where it names no identity provider.
        group_names: the contract's name of each group by its name in the account now.
    """

    contract: Contract
    names: Mapping[str, str]
    others: Mapping[str, str]
    application_ids: Mapping[str, str]
    remarks: tuple[Remark, ...]
    groups: Mapping[str, Members] | None = None
    group_names: Mapping[str, str] = field(default_factory=dict)

    def subject(self, entry: Mapping[str, Any]) -> Subject:
        """Return the subject of an entry of a permission object or an assignment."""
        if name := entry.get("group_name"):
            return Subject(SubjectType.GROUP, self.group_names.get(str(name), str(name)))
        if identity := entry.get("service_principal_name"):
            return Subject(SubjectType.SERVICE_PRINCIPAL, self.names.get(str(identity), str(identity)))
        return Subject(SubjectType.PERSON, str(entry.get("user_name") or entry.get("display_name") or "unknown"))

    def named(self, text: str) -> Subject:
        """Return the subject of a text that does not say what it names, as Unity Catalog and secret scopes write it."""
        if text in self.names or text in self.others:
            return Subject(SubjectType.SERVICE_PRINCIPAL, self.names.get(text, text))
        if "@" in text:
            return Subject(SubjectType.PERSON, text)
        return Subject(SubjectType.GROUP, self.group_names.get(text, text))

    def in_rule(self, text: str) -> Subject:
        """Return the subject of a rule set's principal: `groups/NAME`, `users/NAME` or `servicePrincipals/ID`."""
        sort, _, name = text.partition("/")
        if sort == "servicePrincipals":
            return Subject(SubjectType.SERVICE_PRINCIPAL, self.names.get(name, name))
        if sort == "users":
            return Subject(SubjectType.PERSON, name)
        return Subject(SubjectType.GROUP, self.group_names.get(name, name))

    def application_id(self, project: str, service_principal: str, environment: str) -> str | None:
        """Return the application id of a service principal of the contract, or None where the account has none."""
        key = service_principal_external_id(self.contract, project, service_principal, environment)
        return self.application_ids.get(key)

    def shown(self, identity: str) -> str:
        """Return how to call a principal: its name where there is one."""
        return self.names.get(identity) or self.others.get(identity) or identity


def read_principals(contract: Contract, account: Reader) -> Principals:
    """Read the account's service principals and groups.

    Raises:
        SystemUnreachable: the account does not answer, or answers a broken list.
        SystemRefused: the account refuses the caller.
    """
    account_id = contract.databricks.account_id
    declared = {
        service_principal_external_id(contract, project, key, environment): service_principal_name(
            project, key, environment
        )
        for project, one in contract.projects.items()
        for key, principal in one.service_principals.items()
        for environment in contract.environments
        if principal.is_in(environment)
    }
    names: dict[str, str] = {}
    others: dict[str, str] = {}
    application_ids: dict[str, str] = {}
    remarks: list[Remark] = []
    for resource in account.scim(account_id, "ServicePrincipals", "id,applicationId,displayName,externalId"):
        identity, external_id = str(resource["applicationId"]), str(resource.get("externalId") or "")
        if external_id not in declared:
            others[identity] = str(resource.get("displayName") or identity)
            continue
        if external_id in application_ids:
            text = f"two service principals have the external id {external_id!r}"
            remarks.append(Remark(None, RemarkKind.UNKNOWN, text))
        names[identity] = declared[external_id]
        application_ids[external_id] = identity
    if contract.identity is None:
        remarks += _group_remarks(contract, account)
        return Principals(contract, names, others, application_ids, tuple(remarks))
    groups = account_groups(
        contract,
        account.scim(account_id, "Groups", "id,displayName,externalId,members"),
        account.scim(account_id, "Users", "id,userName,externalId,active"),
    )
    renamed = live_names(groups)
    return Principals(contract, names, others, application_ids, tuple(remarks), groups, renamed)


def _group_remarks(contract: Contract, account: Reader) -> list[Remark]:
    """Compare each group's id in the identity provider with the contract's."""
    live = {
        str(group["displayName"]): str(group.get("externalId") or "")
        for group in account.scim(contract.databricks.account_id, "Groups", "id,displayName,externalId")
    }
    remarks: list[Remark] = []
    for name, group in contract.groups.items():
        if name not in live:
            remarks.append(Remark(None, RemarkKind.DIFFERENT, f"the account has no group {name!r}"))
        elif group.external and live[name] != group.external:
            found = live[name] or "none"
            text = (
                f"group {name!r} has the external id {found}; the contract means {group.external}: it is another group"
            )
            remarks.append(Remark(None, RemarkKind.DIFFERENT, text))
    return remarks
