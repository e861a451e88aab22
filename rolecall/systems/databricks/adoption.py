"""Finds what a killed run had made before it could note it, so that the next run takes it over and makes no second one.

Only types whose creation makes a second object, or is refused because the first one is there, have to be found. Lists
of holders, assignments and rule sets are written whole: writing one again is the same as writing it once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.databricks.account import every_of, requests_to, scim
from rolecall.systems.databricks.account_transport import AccountTransport
from rolecall.systems.databricks.workspace import workspace
from rolecall.systems.requests import Answer, Request, Requests

Json = Mapping[str, Any]
PREFIX = "databricks:index/"
PAGE = 100


class Adoption:
    """Looks for objects by what their declarations say of them.

    Args:
        host: address of the account.
        account_id: id of the account.
        deployer: application id of who made them.
    """

    def __init__(self, host: str, account_id: str, deployer: str) -> None:
        self._host, self._account_id, self._deployer = host, account_id, deployer
        self._finders: Mapping[str, Callable[[Json, Requests, Collection[str]], str | None]] = {
            "job:Job": self._job,
            "clusterPolicy:ClusterPolicy": _named("/api/2.0/policies/clusters/list", "policies", "name", "policy_id"),
            "instancePool:InstancePool": _named(
                "/api/2.0/instance-pools/list", "instance_pools", "instance_pool_name", "instance_pool_id"
            ),
            "sqlEndpoint:SqlEndpoint": _named("/api/2.0/sql/warehouses", "warehouses", "name", "id"),
            "secretScope:SecretScope": _named("/api/2.0/secrets/scopes/list", "scopes", "name", "name"),
            "ipAccessList:IpAccessList": _named("/api/2.0/ip-access-lists", "ip_access_lists", "label", "list_id"),
            "mlflowExperiment:MlflowExperiment": _experiment,
            "catalog:Catalog": _securable("catalogs", "name"),
            "schema:Schema": _securable("schemas", "catalogName", "name"),
            "volume:Volume": _securable("volumes", "catalogName", "schemaName", "name"),
            "registeredModel:RegisteredModel": _securable("models", "catalogName", "schemaName", "name"),
        }

    def find(self, resource_type: str, inputs: Json, host: str | None, known: Collection[str]) -> str | None:
        """Return the id of what a declaration has made; None where there is nothing, or nothing to look for.

        Args:
            resource_type: the type token.
            inputs: what was declared.
            host: address of the workspace; None for the account.
            known: ids that belong to other resources.

        Raises:
            SystemRefused: the system refuses the caller.
            SystemUnreachable: it does not answer.
        """
        kind = resource_type.removeprefix(PREFIX)
        if kind == "servicePrincipal:ServicePrincipal":
            return self._principal("ServicePrincipals", "externalId", inputs, known)
        if kind == "group:Group":
            return self._principal("Groups", "displayName", inputs, known)
        finder = self._finders.get(kind) if resource_type.startswith(PREFIX) else None
        if finder is None or host is None:
            return None
        try:
            return finder(inputs, workspace(host), known)
        except ObjectMissing:
            return None

    def _principal(self, collection: str, field: str, inputs: Json, known: Collection[str]) -> str | None:
        account = requests_to(AccountTransport(self._host, self._account_id))
        wanted = inputs.get(field)
        for one in every_of(account, scim(collection, self._account_id), f"id,{field}"):
            if wanted and one.get(field) == wanted and str(one["id"]) not in known:
                return str(one["id"])
        return None

    def _job(self, inputs: Json, requests: Requests, known: Collection[str]) -> str | None:
        """Find a job by its name, and its tags: names of jobs are not unique."""
        first = Request("GET", "/api/2.2/jobs/list", {"name": str(inputs.get("name")), "limit": PAGE})

        def following(answer: Answer) -> Request | None:
            token = answer.body.get("next_page_token")
            return Request("GET", first.path, {**first.query, "page_token": token}) if token else None

        def items(answer: Answer) -> list[dict[str, Any]]:
            return list(answer.body.get("jobs") or [])

        for job in requests.pages(first, items, following, lambda one: str(one["job_id"])):
            settings = job.get("settings") or {}
            same = settings.get("name") == inputs.get("name") and settings.get("tags") == inputs.get("tags")
            ours = job.get("creator_user_name") in (None, self._deployer)
            if same and ours and str(job["job_id"]) not in known:
                return str(job["job_id"])
        return None


def _named(path: str, items: str, name: str, identity: str) -> Callable[[Json, Requests, Collection[str]], str | None]:
    """Return what finds an object by its name in a list that is one answer."""
    declared = {"instance_pool_name": "instancePoolName"}.get(name, name)

    def find(inputs: Json, requests: Requests, known: Collection[str]) -> str | None:
        wanted = inputs.get(declared)
        for one in requests.get(path).get(items) or []:
            if wanted and one.get(name) == wanted and str(one[identity]) not in known:
                return str(one[identity])
        return None

    return find


def _experiment(inputs: Json, requests: Requests, known: Collection[str]) -> str | None:
    told = requests.get("/api/2.0/mlflow/experiments/get-by-name", experiment_name=str(inputs.get("name")))
    identity = str(told["experiment"]["experiment_id"])
    return identity if identity not in known else None


def _securable(collection: str, *parts: str) -> Callable[[Json, Requests, Collection[str]], str | None]:
    """Return what finds an object of Unity Catalog, whose id is its full name."""

    def find(inputs: Json, requests: Requests, known: Collection[str]) -> str | None:
        full_name = ".".join(str(inputs.get(part)) for part in parts)
        try:
            requests.get(f"/api/2.1/unity-catalog/{collection}/{full_name}")
        except RequestRejected:
            return None
        return full_name if full_name not in known else None

    return find
