"""Who holds what on one object, in Databricks' words: each kind is read where it lives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.contract.contract import Contract
from rolecall.contract.naming import catalog_of, object_name
from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.ids.ids import ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SYSTEM_TABLES
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.principals import Principals

NO_SUCH_SCOPE = "INVALID_PARAMETER_VALUE"
# What each subject holds directly; None where there is no such object.
Words = dict[Subject, set[str]]
Listed = Mapping[str, list[dict[str, Any]]]


class Ambiguous(Exception):
    """Several objects have the name by which one is looked for."""


@dataclass(frozen=True)
class Listing:
    """How a workspace lists the objects of a kind, and what the permissions API calls them.

    Attributes:
        read: yields all of them.
        name: the field that holds the name.
        identity: the field that holds the id.
        path: how the permissions API calls them.
    """

    read: Callable[[Reader], Iterable[dict[str, Any]]]
    name: str
    identity: str
    path: str


def _items(path: str, key: str) -> Callable[[Reader], Iterable[dict[str, Any]]]:
    return lambda reader: reader.get(path).get(key) or []


LISTINGS: Mapping[Kind, Listing] = {
    Kind.JOB: Listing(lambda reader: (_named(job) for job in reader.jobs()), "name", "job_id", "jobs"),
    Kind.CLUSTER_POLICY: Listing(
        _items("/api/2.0/policies/clusters/list", "policies"), "name", "policy_id", "cluster-policies"
    ),
    Kind.INSTANCE_POOL: Listing(
        _items("/api/2.0/instance-pools/list", "instance_pools"),
        "instance_pool_name",
        "instance_pool_id",
        "instance-pools",
    ),
    Kind.WAREHOUSE: Listing(_items("/api/2.0/sql/warehouses", "warehouses"), "name", "id", "sql/warehouses"),
}


def _named(job: dict[str, Any]) -> dict[str, Any]:
    return {**job, "name": (job.get("settings") or {}).get("name")}


def list_by_name(reader: Reader, kind: Kind) -> dict[str, list[dict[str, Any]]]:
    """Return a workspace's objects of a kind by their names, several of which may be the same."""
    listing = LISTINGS[kind]
    by_name: dict[str, list[dict[str, Any]]] = {}
    for item in listing.read(reader):
        by_name.setdefault(str(item.get(listing.name)), []).append(item)
    return by_name


def name_of(contract: Contract, target: ObjectId) -> str:
    """Return how an object is called in Databricks."""
    if target.kind is Kind.CATALOG:
        return catalog_of(contract, target.own_environment)
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

    def of(self, target: ObjectId) -> Words | None:
        """Return who holds what on an object; None where it is not there.

        Raises:
            Ambiguous: which object is meant cannot be told.
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
        if target.kind in LISTINGS:
            listing, item = LISTINGS[target.kind], self.listed(target)
            return self._permissions(f"{listing.path}/{item[listing.identity]}") if item else None
        if target.kind is Kind.EXPERIMENT:
            path = "/api/2.0/mlflow/experiments/get-by-name"
            found = self._reader.get(path, experiment_name=name_of(self._contract, target))["experiment"]
            return self._permissions(f"experiments/{found['experiment_id']}")
        if target.kind is Kind.SECRET_SCOPE:
            return self._secrets(name_of(self._contract, target))
        if target.kind is Kind.SERVICE_PRINCIPAL:
            return self._rule_set(target)
        if target.kind in SYSTEM_TABLES:
            return self._tables(SYSTEM_TABLES[target.kind])
        # Models are functions there: https://docs.databricks.com/api/workspace/registeredmodels
        securable = {Kind.CATALOG: "catalog", Kind.DATASET: "schema", Kind.MODEL: "function"}[target.kind]
        return self._privileges(securable, name_of(self._contract, target))

    def _permissions(self, path: str) -> Words:
        """Read a permission object; what is inherited was not given on it."""
        words: Words = defaultdict(set)
        for control in self._reader.get(f"/api/2.0/permissions/{path}").get("access_control_list") or []:
            for permission in control.get("all_permissions") or []:
                if not permission.get("inherited"):
                    words[self._principals.subject(control)].add(str(permission.get("permission_level")))
        return words

    def _privileges(self, securable: str, full_name: str) -> Words:
        words: Words = defaultdict(set)
        for assignment in self._assignments(securable, full_name):
            subject = self._principals.named(str(assignment.get("principal")))
            words[subject] |= {str(one).replace(" ", "_") for one in assignment.get("privileges") or []}
        return words

    def _assignments(self, securable: str, full_name: str) -> Iterator[dict[str, Any]]:
        path, token = f"/api/2.1/unity-catalog/permissions/{securable}/{full_name}", None
        while True:
            page = self._reader.get(path, page_token=token)
            yield from page.get("privilege_assignments") or []
            token = page.get("next_page_token")
            if not token:
                return

    def _tables(self, tables: Iterable[str]) -> Words:
        """Read tables that are given together: a word counts where it is held on all of them."""
        each = [self._privileges("table", table) for table in tables]
        subjects = {subject for words in each for subject in words}
        return {subject: set.intersection(*(words.get(subject, set()) for words in each)) for subject in subjects}

    def _secrets(self, scope: str) -> Words:
        try:
            found = self._reader.get("/api/2.0/secrets/acls/list", scope=scope)
        except RequestRejected as error:
            # It says so of a scope that is not there; of anything else that is wrong, nothing may be concluded.
            if error.code != NO_SUCH_SCOPE:
                raise
            raise ObjectMissing(error.what, status=error.status, code=error.code) from error
        return {
            self._principals.named(str(item["principal"])): {str(item["permission"])}
            for item in found.get("items") or []
        }

    def _rule_set(self, target: ObjectId) -> Words | None:
        """Read who may use and who may manage a service principal: one rule for each role."""
        principal = ServicePrincipalId(target.own_environment, target.own_project, target.key)
        identity = self._principals.application_id(principal)
        if identity is None:
            return None
        root = f"accounts/{self._contract.databricks.account_id}"
        name = f"{root}/servicePrincipals/{identity}/ruleSets/default"
        found = self._account.get(f"/api/2.0/preview/{root}/access-control/rule-sets", name=name, etag="")
        words: Words = defaultdict(set)
        for rule in found.get("grant_rules") or []:
            for principal in rule.get("principals") or []:
                words[self._principals.in_rule(str(principal))].add(str(rule["role"]))
        return words
