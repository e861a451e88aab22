"""Finds what a killed run had made before it could note it, so that the next run takes it over and makes no second one.

An object of the same name that somebody else made is not taken over: wherever a service says who made an object, that
has to be the deployer, and tags have to be those that were declared.

Only types whose creation makes a second object, or is refused because the first one is there, have to be found. Lists
of holders, assignments and rule sets are written whole: writing one again is the same as writing it once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.databricks.account import every_of, requests_to, scim
from rolecall.systems.databricks.account_transport import AccountTransport
from rolecall.systems.databricks.workspace import workspace
from rolecall.systems.requests import Answer, Request, Requests

Json = Mapping[str, Any]
Find = Callable[[Json, "Remembered", Collection[str]], str | None]
PREFIX = "databricks:index/"
PAGE = 100
# Where services say who made an object, by application id: jobs and policies, Unity Catalog. IP access lists have a
# number there, and warehouses a name that need not be an id.
CREATORS = ("creator_user_name", "created_by")
# Says how an object is to be deleted, which no system can be asked about.
HOW_TO_DELETE = frozenset({"disableAsUserDeletion"})
# What objects are found by; nothing else has to be known of what was declared.
IDENTIFYING = HOW_TO_DELETE | frozenset(
    {
        "catalogName",
        "customTags",
        "displayName",
        "entityName",
        "entityType",
        "externalId",
        "instancePoolName",
        "label",
        "name",
        "policyId",
        "schemaName",
        "servicePrincipalId",
        "tagKey",
        "tags",
    }
)


class Remembered:
    """Requests whose answers are asked for once: nothing is made while objects are looked for.

    Args:
        requests: the requests to a system.
    """

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._answers: dict[str, Any] = {}

    def get(self, path: str, **query: str) -> Any:
        """Return the body that a path answers.

        Raises:
            ObjectMissing: there is no such object.
            SystemRefused: the system refuses the caller.
            SystemUnreachable: it does not answer.
        """
        return self._once(f"{path}?{query}", lambda: self._requests.get(path, **query))

    def every(self, name: str, read: Callable[[Requests], Iterable[Json]]) -> list[Json]:
        """Return the items of a list; errors as those of `get`.

        Args:
            name: what the list is remembered by.
            read: reads it, page by page.
        """
        found: list[Json] = self._once(name, lambda: list(read(self._requests)))
        return found

    def _once(self, name: str, ask: Callable[[], Any]) -> Any:
        if name not in self._answers:
            self._answers[name] = ask()
        return self._answers[name]


class Adoption:
    """Looks for objects by what their declarations say of them.

    Args:
        host: address of the account.
        account_id: id of the account.
        deployer: application id of who made them.
    """

    def __init__(self, host: str, account_id: str, deployer: str) -> None:
        self._host, self._account_id, self._deployer = host, account_id, deployer
        self._account = Remembered(requests_to(AccountTransport(host, account_id)))
        self._workspaces: dict[str, Remembered] = {}
        self._finders: Mapping[str, Find] = {
            "job:Job": self._job,
            "clusterPolicy:ClusterPolicy": self._named(
                "/api/2.0/policies/clusters/list", "policies", "name", "policy_id"
            ),
            "instancePool:InstancePool": self._named(
                "/api/2.0/instance-pools/list", "instance_pools", "instance_pool_name", "instance_pool_id"
            ),
            "sqlEndpoint:SqlEndpoint": self._named("/api/2.0/sql/warehouses", "warehouses", "name", "id"),
            "secretScope:SecretScope": self._named("/api/2.0/secrets/scopes/list", "scopes", "name", "name"),
            "ipAccessList:IpAccessList": self._named("/api/2.0/ip-access-lists", "ip_access_lists", "label", "list_id"),
            "mlflowExperiment:MlflowExperiment": _experiment,
            "catalog:Catalog": self._securable("catalogs", "name"),
            "schema:Schema": self._securable("schemas", "catalogName", "name"),
            "volume:Volume": self._securable("volumes", "catalogName", "schemaName", "name"),
            "registeredModel:RegisteredModel": self._securable("models", "catalogName", "schemaName", "name"),
            "entityTagAssignment:EntityTagAssignment": _tag,
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
        if kind == "servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy":
            finder, asked = self._federation_policy, self._account
        elif finder is None or host is None:
            return None
        else:
            asked = self._workspaces.setdefault(host, Remembered(workspace(host)))
        try:
            return finder(inputs, asked, known)
        except ObjectMissing:
            return None

    def _federation_policy(self, inputs: Json, requests: Remembered, known: Collection[str]) -> str | None:
        """Find a federation policy by the id that is declared; what is returned is what an import takes."""
        principal, policy = _whole(inputs.get("servicePrincipalId")), inputs.get("policyId")
        root = f"/api/2.0/accounts/{self._account_id}/servicePrincipals/{principal}/federationPolicies"
        found = requests.get(f"{root}/{policy}")
        return f"{principal},{policy}" if str(found["name"]) not in known else None

    def _principal(self, collection: str, field: str, inputs: Json, known: Collection[str]) -> str | None:
        path, wanted = scim(collection, self._account_id), inputs.get(field)
        for one in self._account.every(path, lambda requests: every_of(requests, path, f"id,{field}")):
            if wanted and one.get(field) == wanted and str(one["id"]) not in known:
                return str(one["id"])
        return None

    def _job(self, inputs: Json, requests: Remembered, known: Collection[str]) -> str | None:
        """Find a job by its name, and its tags: names of jobs are not unique."""
        for job in requests.every("jobs", _jobs):
            settings = job.get("settings") or {}
            same = settings.get("name") == inputs.get("name") and settings.get("tags") == inputs.get("tags")
            if same and self._is_ours(job, inputs) and str(job["job_id"]) not in known:
                return str(job["job_id"])
        return None

    def _is_ours(self, found: Json, inputs: Json) -> bool:
        """Return whether nothing speaks against an object being what we made: its creator, and its tags."""
        maker = next((found[key] for key in CREATORS if isinstance(found.get(key), str)), None)
        if maker not in (None, self._deployer):
            return False
        declared = inputs.get("customTags")
        held = found.get("custom_tags")
        return not isinstance(declared, Mapping) or not isinstance(held, Mapping) or declared.items() <= held.items()

    def _named(self, path: str, items: str, name: str, identity: str) -> Find:
        """Return what finds an object by its name in a list that is one answer."""
        declared = {"instance_pool_name": "instancePoolName"}.get(name, name)

        def find(inputs: Json, requests: Remembered, known: Collection[str]) -> str | None:
            wanted = inputs.get(declared)
            for one in requests.get(path).get(items) or []:
                same = wanted and one.get(name) == wanted and str(one[identity]) not in known
                if same and self._is_ours(one, inputs):
                    return str(one[identity])
            return None

        return find

    def _securable(self, collection: str, *parts: str) -> Find:
        """Return what finds an object of Unity Catalog, whose id is its full name."""

        def find(inputs: Json, requests: Remembered, known: Collection[str]) -> str | None:
            full_name = ".".join(str(inputs.get(part)) for part in parts)
            try:
                found = requests.get(f"/api/2.1/unity-catalog/{collection}/{full_name}")
            except RequestRejected:
                return None
            return full_name if full_name not in known and self._is_ours(found or {}, inputs) else None

        return find


def _jobs(requests: Requests) -> Iterable[Json]:
    """Return all jobs of a workspace: https://docs.databricks.com/api/workspace/jobs/list."""
    first = Request("GET", "/api/2.2/jobs/list", {"limit": PAGE})

    def following(answer: Answer) -> Request | None:
        token = answer.body.get("next_page_token")
        return Request("GET", first.path, {**first.query, "page_token": token}) if token else None

    def items(answer: Answer) -> list[dict[str, Any]]:
        return list(answer.body.get("jobs") or [])

    return requests.pages(first, items, following, lambda one: str(one["job_id"]))


def _experiment(inputs: Json, requests: Remembered, known: Collection[str]) -> str | None:
    told = requests.get("/api/2.0/mlflow/experiments/get-by-name", experiment_name=str(inputs.get("name")))
    identity = str(told["experiment"]["experiment_id"])
    return identity if identity not in known else None


def _whole(number: Any) -> Any:
    """Return a number as it is written: the engine's protocol has floating-point numbers only."""
    return int(number) if isinstance(number, float) else number


def _tag(inputs: Json, requests: Remembered, known: Collection[str]) -> str | None:
    """Find a tag of an object of Unity Catalog; what is returned is what an import takes."""
    kind, name, key = (str(inputs.get(part)) for part in ("entityType", "entityName", "tagKey"))
    requests.get(f"/api/2.1/unity-catalog/entity-tag-assignments/{kind}/{name}/tags/{key}")
    identity = f"{kind},{name},{key}"
    return identity if identity not in known else None
