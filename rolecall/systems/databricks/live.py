"""Which stacks are live as their states have them: read in pages where there are pages, side by side, never written.

A refresh through the engine costs ten times as much; it is left to stacks in which something differs, or that hold a
type of which nothing is known here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol
from urllib.parse import quote

from pyrate_limiter import Duration, Rate

from rolecall.errors import RequestRejected, SystemRefused, SystemUnreachable
from rolecall.systems.databricks.account import every_of, requests_to, scim
from rolecall.systems.databricks.account_transport import AccountTransport
from rolecall.systems.databricks.comparison import (
    same_assignment,
    same_cluster_policy,
    same_federation_policy,
    same_grants,
    same_job,
    same_permissions,
    same_principal,
    same_rule_set,
    same_secret_access,
)
from rolecall.systems.databricks.once import Once
from rolecall.systems.databricks.workspace import requests_to_workspace
from rolecall.systems.requests import Request

# Requests under way at once, and in a second to one workspace: permissions can be read at 100/s (databrickslabs/ucx).
AT_ONCE = 16
REQUESTS_PER_SECOND = 50

INDEX = "databricks:index/"
SECRET_ACCESS = "rolecall:databricks:SecretAccess"
# The name of the connection to the account, as components give it.
ACCOUNT = "account"
Listed = dict[str, Mapping[str, Any]]


class Known(Protocol):
    """A resource as a state has it."""

    @property
    def type(self) -> str:
        """Its type token."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def connection(self) -> str:
        """The name of the connection through which it was made."""

    @property
    def custom(self) -> bool:
        """Whether it stands for something outside; a component does not."""

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What the provider told of it."""


class Live:
    """Compares resources with what is live.

    Args:
        host: address of the account.
        account_id: id of the account.
        hosts: addresses of workspaces, by the names of their connections.
    """

    def __init__(self, host: str, account_id: str, hosts: Mapping[str, str]) -> None:
        self._account_id = account_id
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._workspaces = {name: _Workspace(name, host) for name, host in hosts.items()}
        self._account = Once(lambda: requests_to(AccountTransport(host, account_id)))
        self._groups = Once(lambda: self._listed("Groups", "id,displayName,externalId"))
        self._service_principals = Once(
            lambda: self._listed("ServicePrincipals", "id,displayName,externalId,applicationId,active")
        )
        self._checks: Mapping[str, Callable[[Known], bool]] = {
            "job:Job": self._job,
            "permissions:Permissions": self._permissions,
            "clusterPolicy:ClusterPolicy": self._cluster_policy,
            "group:Group": self._principal("Groups"),
            "servicePrincipal:ServicePrincipal": self._principal("ServicePrincipals"),
            "permissionAssignment:PermissionAssignment": self._assignment,
            "accessControlRuleSet:AccessControlRuleSet": self._rule_set,
            "grants:Grants": self._grants,
            "servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy": self._federation_policy,
        }

    def understands(self, resources: Iterable[Known]) -> bool:
        """Say whether all of some resources are of types that can be compared, and made through known connections."""
        known = {ACCOUNT, *self._workspaces}
        return all(
            self._check(one) is not None and (one.connection in known or one.type == SECRET_ACCESS)
            for one in resources
            if one.custom
        )

    def compare(self, stacks: Mapping[str, Iterable[Known]]) -> dict[str, bool]:
        """Return for each stack whether everything in it is live as its state has it; all are read side by side.

        Of a stack whose system does not answer, or refuses the caller, that is not known, and so it is not said.
        """
        found: dict[str, bool] = {}
        later: dict[str, list[Future[bool]]] = {}
        for stack, resources in stacks.items():
            custom = [one for one in resources if one.custom]
            if not self.understands(custom):
                found[stack] = False
                continue
            later[stack] = [self._pool.submit(self._same, one) for one in custom]
        for stack, futures in later.items():
            try:
                found[stack] = all(one.result() for one in futures)
            except (SystemUnreachable, SystemRefused):
                # The engine says so of this stack, and the others can still be compared.
                found[stack] = False
        return found

    def close(self) -> None:
        """End what is under way."""
        self._pool.shutdown(cancel_futures=True)

    def _check(self, resource: Known) -> Callable[[Known], bool] | None:
        if resource.type == SECRET_ACCESS:
            return self._secret_access
        if not resource.type.startswith(INDEX):
            return None
        return self._checks.get(resource.type.removeprefix(INDEX))

    def _same(self, resource: Known) -> bool:
        check = self._check(resource)
        assert check is not None
        try:
            return check(resource)
        except RequestRejected:
            # It is not there, or no longer what it was; the engine says which.
            return False

    def _workspace(self, resource: Known) -> _Workspace:
        return self._workspaces[resource.connection]

    def _job(self, resource: Known) -> bool:
        live = self._workspace(resource).get("/api/2.2/jobs/get", job_id=resource.id)
        return not live.get("has_more") and same_job(resource.outputs, live)

    def _permissions(self, resource: Known) -> bool:
        return same_permissions(
            resource.outputs, self._workspace(resource).get(f"/api/2.0/permissions{quote(resource.id)}")
        )

    def _cluster_policy(self, resource: Known) -> bool:
        listed = self._workspace(resource).cluster_policies()
        return resource.id in listed and same_cluster_policy(resource.outputs, listed[resource.id])

    def _assignment(self, resource: Known) -> bool:
        listed = self._workspace(resource).assignments()
        return resource.id in listed and same_assignment(resource.outputs, listed[resource.id])

    def _principal(self, collection: str) -> Callable[[Known], bool]:
        def check(resource: Known) -> bool:
            listed = self._groups() if collection == "Groups" else self._service_principals()
            return resource.id in listed and same_principal(resource.outputs, listed[resource.id])

        return check

    def _rule_set(self, resource: Known) -> bool:
        path = f"/api/2.0/preview/accounts/{self._account_id}/access-control/rule-sets"
        return same_rule_set(resource.outputs, self._account().get(path, name=resource.id, etag=""))

    def _grants(self, resource: Known) -> bool:
        """Compare the direct grants on an object of Unity Catalog; the id is `SECURABLE/FULL_NAME`."""
        return same_grants(resource.outputs, self._workspace(resource).grants(*resource.id.split("/", 1)))

    def _secret_access(self, resource: Known) -> bool:
        """Compare a scope's list; the resource names its workspace."""
        host = str(resource.outputs.get("workspaceHost"))
        name = next((name for name, one in self._workspaces.items() if one.host == host), None)
        if name is None:
            return False
        scope = str(resource.outputs.get("scope"))
        return same_secret_access(
            resource.outputs, self._workspaces[name].get("/api/2.0/secrets/acls/list", scope=scope)
        )

    def _federation_policy(self, resource: Known) -> bool:
        principal, policy = resource.outputs["servicePrincipalId"], resource.outputs["policyId"]
        path = f"/api/2.0/accounts/{self._account_id}/servicePrincipals/{principal}/federationPolicies/{policy}"
        return same_federation_policy(resource.outputs, self._account().get(path))

    def _listed(self, collection: str, attributes: str) -> Listed:
        path = scim(collection, self._account_id)
        return {str(one["id"]): one for one in every_of(self._account(), path, attributes)}


class _Workspace:
    """Reads from one workspace; its lists are read once."""

    def __init__(self, name: str, host: str) -> None:
        per_second = int(os.environ.get("DATABRICKS_RATE_LIMIT") or REQUESTS_PER_SECOND)
        rate = Rate(per_second, Duration.SECOND)
        self.host = host
        self._requests = Once(lambda: requests_to_workspace(name, host, rate))
        self.assignments, self.cluster_policies = Once(self._assignments), Once(self._cluster_policies)

    def get(self, path: str, **query: str) -> Mapping[str, Any]:
        """Return an answer."""
        answer: Mapping[str, Any] = self._requests().send(Request("GET", path, query)).body or {}
        return answer

    def grants(self, securable: str, full_name: str) -> list[Mapping[str, Any]]:
        """Return everything that is given directly on an object of Unity Catalog.

        A function's page says `next_page_token` where there is more
        (https://docs.databricks.com/api/workspace/grants/get).
        """
        # Models are functions there: https://docs.databricks.com/api/workspace/registeredmodels
        path = f"/api/2.1/unity-catalog/permissions/{ {'model': 'function'}.get(securable, securable) }/{full_name}"
        found: list[Mapping[str, Any]] = []
        token: str | None = None
        while True:
            page = self.get(path, **({"page_token": token} if token else {}))
            found += page.get("privilege_assignments") or []
            token = page.get("next_page_token")
            if not token:
                return found

    def _assignments(self) -> Listed:
        listed = self.get("/api/2.0/preview/permissionassignments").get("permission_assignments") or []
        return {str(one["principal"]["principal_id"]): one for one in listed}

    def _cluster_policies(self) -> Listed:
        listed = self.get("/api/2.0/policies/clusters/list").get("policies") or []
        return {str(one["policy_id"]): one for one in listed}
