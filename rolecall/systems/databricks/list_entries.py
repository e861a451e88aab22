"""The entries of an access list as they are live, by the names and in the words that the list itself has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.access.ways import is_route_missing
from rolecall.errors import ObjectMissing
from rolecall.kinds.access import ASSIGNMENT, GRANTS, PERMISSIONS, RULE_SET, SECRET_ACL
from rolecall.kinds.api import Api, value_at
from rolecall.kinds.comparison import privilege
from rolecall.kinds.workspace import ASSIGNMENTS
from rolecall.systems.databricks.client import Reader
from rolecall.systems.requests import MISSING

ENTITLEMENTS = "databricks:index/entitlements:Entitlements"
# "You can't revoke it": https://docs.databricks.com/en/security/auth/access-control/ (workspace administrators)
ADMINISTRATORS = "admins"
ENTITLED = "/api/2.0/preview/scim/v2/Groups"


@dataclass(frozen=True)
class ListAddress:
    """Where an access list is read.

    Attributes:
        token: type of the resource that writes it.
        path: what names the object: `TYPE/ID`, `SECURABLE/FULL_NAME`, a scope, a rule set, the id of a principal.
        subject: the only subject that the resource writes; empty where it writes the whole list.
        find: finds the id of the object by its name, where no state has it; `path` ends with a `/` then.
    """

    token: str
    path: str
    subject: str = ""
    find: tuple[Api, str] | None = None


def live_entries(
    address: ListAddress, workspace: Reader, account: Reader, account_id: str
) -> dict[str, set[str]] | None:
    """Return what each subject has on a list; None where there is no such object.

    Left out is what no list grants: inherited entries, and those of workspace administrators.

    Args:
        address: where the list is.
        workspace: reads from its workspace.
        account: reads from the account.
        account_id: id of the account.

    Raises:
        SystemRefused: the caller may not read it.
        SystemUnreachable: its system does not answer.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    try:
        for subject, word in _entries(address, workspace, account, account_id):
            if not address.subject or subject.casefold() == address.subject.casefold():
                found[subject].add(word)
    except ObjectMissing as error:
        if is_route_missing(error):
            raise
        return None
    return dict(found)


def _entries(address: ListAddress, workspace: Reader, account: Reader, account_id: str) -> Iterator[tuple[str, str]]:
    if address.token == PERMISSIONS.token:
        return _levels(workspace.permissions(address.path + _found_id(address, workspace)))
    if address.token in (GRANTS.token, GRANTS.single):
        securable, _, name = address.path.partition("/")
        live = workspace.grants(securable, name)
        return ((str(one["principal"]), privilege(each)) for one in live for each in one.get("privileges") or ())
    if address.token == SECRET_ACL.token:
        items = workspace.secret_acl(address.path).get("items") or ()
        return ((str(one["principal"]), str(one["permission"])) for one in items)
    if address.token == RULE_SET.token:
        rules = account.rule_set(account_id, address.path).get("grant_rules") or ()
        return ((str(one), str(rule["role"])) for rule in rules for one in rule.get("principals") or ())
    if address.token == ASSIGNMENT.token:
        held = workspace.listed(ASSIGNMENTS).get(address.path, {}).get("permissions") or ()
        return ((address.subject, str(one)) for one in held)
    assert address.token == ENTITLEMENTS
    held = workspace.get(f"{ENTITLED}/{address.path}", attributes="id,entitlements").get("entitlements") or ()
    return ((address.subject, str(one["value"])) for one in held)


def _found_id(address: ListAddress, reader: Reader) -> str:
    """Return the id of an object that is known by its name; empty where the path has it.

    Raises:
        ObjectMissing: there is none of that name.
    """
    if address.find is None:
        return ""
    api, name = address.find
    if api.find:
        return str(value_at(reader.found(api, name), api.id))
    for identity, item in reader.listed(api).items():
        if str(value_at(item, api.name)) == name:
            return identity
    raise ObjectMissing(f"{reader.name} has no {name!r} in {api.list}", status=MISSING, code="")


def _levels(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for entry in answer.get("access_control_list") or ():
        subject = entry.get("group_name") or entry.get("service_principal_name") or entry.get("user_name")
        for permission in entry.get("all_permissions") or ():
            if not permission.get("inherited") and subject != ADMINISTRATORS:
                yield str(subject), str(permission["permission_level"])
