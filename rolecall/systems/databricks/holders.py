"""Who holds what on one object, in Databricks' words: each kind is read where it lives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolecall.contract.contract import Contract
from rolecall.contract.naming import object_name
from rolecall.errors import ObjectMissing
from rolecall.ids.ids import LiveSubject, ObjectId, ServicePrincipalId, Subject, SubjectType
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import PERMISSIONS, RULE_SET, RULE_SET_NAME, SECRET_ACL
from rolecall.kinds.api import value_at
from rolecall.kinds.registry import BY_NAME, Spec
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.principals import Principals
from rolecall.systems.databricks.ways.identities import administrators_of

# What reaches a table from what it lies in: https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/
INHERITED = {"SELECT", "ALL_PRIVILEGES", "MANAGE"}
# What each subject holds directly; None where there is no such object.
Words = dict[Subject, set[str]]
Listed = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Inherited:
    """What a subject holds on an object through something that the object lies in.

    Attributes:
        target: the object.
        subject: who holds it.
        level: what, in the vendor's word.
        origin: what it comes from, such as `/directories/17`.
    """

    target: ObjectId
    subject: Subject
    level: str
    origin: str


class Ambiguous(Exception):
    """Several objects have the name by which one is looked for."""


def is_found_in_list(kind: Spec) -> bool:
    """Return whether the id of an object of a kind, by which its permissions are read, stands in a list."""
    return kind.access.interface is PERMISSIONS and kind.api is not None and not kind.api.find


def list_by_name(reader: Reader, kind: Kind) -> dict[str, list[dict[str, Any]]]:
    """Return a workspace's objects of a kind by their names, several of which may be the same."""
    api = BY_NAME[kind].api
    assert api is not None
    by_name: dict[str, list[dict[str, Any]]] = {}
    for item in reader.listed(api).values():
        by_name.setdefault(str(value_at(item, api.name)), []).append(item)
    return by_name


def name_of(contract: Contract, target: ObjectId) -> str:
    """Return how an object is called in Databricks."""
    if BY_NAME[target.kind].one_for_each is not None:
        return target.key
    return object_name(contract, target.kind, target.own_project, target.key, target.own_environment)


class Holders:
    """Reads who holds what on the contract's objects of one workspace.

    Args:
        contract: the contract.
        reader: reads from the workspace.
        account: reads from the account.
        principals: the account's principals.
        listed: what the workspace lists, by kind and name.
    """

    def __init__(
        self,
        contract: Contract,
        reader: Reader,
        account: Reader,
        principals: Principals,
        listed: Mapping[Kind, Listed],
    ) -> None:
        self._contract = contract
        self._reader = reader
        self._account = account
        self._principals = principals
        self._listed = listed
        self.inherited: list[Inherited] = []

    def of(self, target: ObjectId) -> Words | None:
        """Return who holds what on an object; None where it is not there.

        Raises:
            Ambiguous: several objects match.
            SystemUnreachable: Databricks does not answer.
        """
        try:
            return self._read(target)
        except ObjectMissing:
            return None  # it is not there, or went away between the list and the look

    def listed(self, target: ObjectId) -> dict[str, Any] | None:
        """Return an object as its workspace lists it.

        Raises:
            Ambiguous: several have its name.
        """
        name = name_of(self._contract, target)
        matching = self._listed[target.kind].get(name, [])
        if len(matching) > 1:
            raise Ambiguous(f"{len(matching)} objects are called {name!r}")
        return matching[0] if matching else None

    def _read(self, target: ObjectId) -> Words | None:
        access = BY_NAME[target.kind].access
        if access.names:
            return self._tables(access.type, access.names)
        if access.interface is RULE_SET:
            return self._rule_set(target)
        if access.interface is PERMISSIONS:
            identity = self._identity(target)
            return self._permissions(f"{access.type}/{identity}", target) if identity else None
        name = name_of(self._contract, target)
        return self._secrets(name) if access.interface is SECRET_ACL else self._privileges(access.type, name)

    def _identity(self, target: ObjectId) -> str | None:
        kind = BY_NAME[target.kind]
        assert kind.api is not None
        if is_found_in_list(kind):
            item = self.listed(target)
        else:
            item = self._reader.found(kind.api, name_of(self._contract, target))
        return str(value_at(item, kind.api.id)) if item else None

    def _permissions(self, path: str, target: ObjectId) -> Words:
        """Read a permission object; what is inherited was not given on it."""
        words: Words = defaultdict(set)
        for control in self._reader.permissions(path).get("access_control_list") or []:
            for permission in control.get("all_permissions") or []:
                subject, level = self._principals.subject(control), str(permission.get("permission_level"))
                if not permission.get("inherited"):
                    words[subject].add(level)
                    continue
                # What ends in "/" is the root of a type, by which administrators hold everything.
                origins = [str(one) for one in permission.get("inherited_from_object") or []]
                self.inherited += (Inherited(target, subject, level, one) for one in origins if not one.endswith("/"))
        return words

    def _privileges(self, securable: str, full_name: str) -> Words:
        words: Words = defaultdict(set)
        for assignment in self._reader.grants(securable, full_name):
            name = str(assignment.get("principal"))
            recipient = LiveSubject(SubjectType.RECIPIENT, name.lower())
            subject = recipient if securable == "share" else self._principals.named(name)
            words[subject] |= {str(one).replace(" ", "_") for one in assignment.get("privileges") or []}
        return words

    def _tables(self, securable: str, tables: Sequence[str]) -> Words:
        """Read tables that are given together: a word counts where it is held on all of them.

        Access to some of them, or to their containers, is reported with its place.
        """
        each = {table: self._privileges(securable, table) for table in tables}
        found: Words = defaultdict(set)
        for subject in {subject for words in each.values() for subject in words}:
            on_all = set.intersection(*(words.get(subject, set()) for words in each.values()))
            found[subject] |= on_all
            for table, words in each.items():
                found[subject] |= {f"{word} on {table} alone" for word in words.get(subject, set()) - on_all}
        schemas = {table.rpartition(".")[0] for table in tables}
        above = [*(("schema", one) for one in schemas), *(("catalog", one) for one in {tables[0].partition(".")[0]})]
        administrators = administrators_of(self._contract, self._principals)
        for sort, name in sorted(above):
            try:
                assignments = self._reader.grants(sort, name)
            except ObjectMissing:
                continue
            for assignment in assignments:
                holder = str(assignment.get("principal"))
                if holder.casefold() not in administrators:
                    held = {str(one).replace(" ", "_") for one in assignment.get("privileges") or []}
                    found[self._principals.named(holder)] |= {f"{one} on {sort} {name}" for one in held & INHERITED}
        return {subject: words for subject, words in found.items() if words}

    def _secrets(self, scope: str) -> Words:
        return {
            self._principals.named(str(item["principal"])): {str(item["permission"])}
            for item in self._reader.secret_acl(scope).get("items") or []
        }

    def _rule_set(self, target: ObjectId) -> Words | None:
        """Read who may use and who may manage a service principal: one rule for each role."""
        principal = ServicePrincipalId(target.own_environment, target.own_project, target.key)
        identity = self._principals.application_id(principal)
        if identity is None:
            return None
        account_id, access = self._contract.databricks.account_id, BY_NAME[target.kind].access
        name = RULE_SET_NAME.format(account_id, access.type, identity)
        found = self._account.rule_set(account_id, name)
        words: Words = defaultdict(set)
        for rule in found.get("grant_rules") or []:
            for principal in rule.get("principals") or []:
                words[self._principals.in_rule(str(principal))].add(str(rule["role"]))
        return words
