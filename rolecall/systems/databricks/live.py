"""Which stacks are live as their states have them: read in pages where there are pages, side by side, never written.

A refresh through the engine costs ten times as much; it is left to stacks in which something differs, or that hold a
type of which nothing is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from rolecall.access.answers import understood
from rolecall.errors import RequestRejected, SystemRefused, SystemUnreachable
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import ASSIGNMENT, GRANTS, PERMISSIONS, RULE_SET, SECRET_ACL
from rolecall.kinds.comparison import same_federation_policy, same_principal
from rolecall.kinds.registry import KINDS, TOKENS, Spec
from rolecall.kinds.workspace import ASSIGNMENTS
from rolecall.once import Once
from rolecall.stack_names import ACCOUNT_STACK
from rolecall.systems.databricks.client import Reader, workspace_reader
from rolecall.systems.databricks.principals import GROUP_ATTRIBUTES, PRINCIPAL_ATTRIBUTES

# Requests under way at once, and in a second to one workspace: permissions can be read at 100/s (databrickslabs/ucx).
AT_ONCE = 16
REQUESTS_PER_SECOND = 50

INDEX = "databricks:index/"
# The name of the connection to the account, as components give it.
Check = Callable[["Known"], bool]
# What the permissions of Unity Catalog call the objects that the provider names otherwise.
SECURABLES = {kind.access.object_property: kind.access.type for kind in KINDS if kind.access.interface is GRANTS}


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
        """What the provider returned."""


class Live:
    """Compares resources with live state.

    Args:
        account: reads from the account.
        account_id: id of the account.
        hosts: addresses of workspaces, by the names of their connections.
    """

    def __init__(self, account: Reader, account_id: str, hosts: Mapping[str, str]) -> None:
        self._account_id = account_id
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._hosts = dict(hosts)
        self._workspaces = {name: workspace_reader(name, host, REQUESTS_PER_SECOND) for name, host in hosts.items()}
        self._account = account
        self._groups = Once(lambda: self._scim("Groups", GROUP_ATTRIBUTES))
        self._service_principals = Once(lambda: self._scim("ServicePrincipals", PRINCIPAL_ATTRIBUTES))
        self._checks: Mapping[str, Check] = {
            **{kind.resource.token: self._object(kind) for kind in KINDS if kind.resource and kind.resource.same},
            PERMISSIONS.token: self._permissions,
            GRANTS.token: self._grants,
            SECRET_ACL.token: self._secret_access,
            RULE_SET.token: self._rule_set,
            ASSIGNMENT.token: self._assignment,
            TOKENS[Kind.SERVICE_PRINCIPAL]: self._principal(self._service_principals),
            f"{INDEX}group:Group": self._principal(self._groups),
            f"{INDEX}servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy": self._federation_policy,
        }

    def understands(self, resources: Iterable[Known]) -> bool:
        """Return whether all resources are of comparable types, and were made through known connections."""
        known = {ACCOUNT_STACK, *self._workspaces}
        return all(
            self._check(one) is not None and (one.connection in known or one.type == SECRET_ACL.token)
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
            later[stack] = [self._pool.submit(self.is_same, one) for one in custom]
        for stack, futures in later.items():
            try:
                found[stack] = all(one.result() for one in futures)
            except (SystemUnreachable, SystemRefused):
                # The engine reports that of this stack, and the others can still be compared.
                found[stack] = False
        return found

    def close(self) -> None:
        """End what is under way."""
        self._pool.shutdown(cancel_futures=True)

    def _check(self, resource: Known) -> Check | None:
        return self._checks.get(resource.type)

    def is_same(self, resource: Known) -> bool:
        """Return whether a resource of a known type is live as its state has it.

        Raises:
            SystemUnreachable: its system does not answer.
            SystemRefused: it refuses the caller.
        """
        check = self._check(resource)
        assert check is not None
        try:
            with understood(resource.id):
                return check(resource)
        except RequestRejected:
            # It was deleted or replaced; the engine reports which.
            return False

    def _workspace(self, resource: Known) -> Reader:
        return self._workspaces[resource.connection]

    def _object(self, kind: Spec) -> Check:
        """Return a comparison of an object with the fullest answer: its own, or its list's item."""
        api, same = kind.api, kind.resource.same if kind.resource else None
        assert api is not None
        assert same is not None

        def check(resource: Known) -> bool:
            reader = self._workspace(resource)
            live = reader.object(api, resource.id) if api.get else reader.listed(api).get(resource.id)
            return live is not None and not live.get("has_more") and same(resource.outputs, live)

        return check

    def _permissions(self, resource: Known) -> bool:
        path = resource.id.removeprefix("/")
        return PERMISSIONS.same(resource.outputs, self._workspace(resource).permissions(path))

    def _assignment(self, resource: Known) -> bool:
        live = self._workspace(resource).listed(ASSIGNMENTS).get(resource.id)
        return live is not None and ASSIGNMENT.same(resource.outputs, live)

    def _principal(self, listed: Once[Mapping[str, Any]]) -> Check:
        def check(resource: Known) -> bool:
            live = listed().get(resource.id)
            return live is not None and same_principal(resource.outputs, live)

        return check

    def _rule_set(self, resource: Known) -> bool:
        return RULE_SET.same(resource.outputs, self._account.rule_set(self._account_id, resource.id))

    def _grants(self, resource: Known) -> bool:
        """Compare the direct grants on an object of Unity Catalog; the id is `SECURABLE/FULL_NAME`."""
        securable, _, full_name = resource.id.partition("/")
        live = self._workspace(resource).grants(SECURABLES.get(securable, securable), full_name)
        return GRANTS.same(resource.outputs, live)

    def _secret_access(self, resource: Known) -> bool:
        """Compare a scope's list; the resource names its workspace."""
        host = str(resource.outputs.get("workspaceHost"))
        name = next((name for name, one in self._hosts.items() if one == host), None)
        if name is None:
            return False
        live = self._workspaces[name].secret_acl(str(resource.outputs.get("scope")))
        return SECRET_ACL.same(resource.outputs, live)

    def _federation_policy(self, resource: Known) -> bool:
        principal, policy = resource.outputs["servicePrincipalId"], resource.outputs["policyId"]
        path = f"/api/2.0/accounts/{self._account_id}/servicePrincipals/{principal}/federationPolicies/{policy}"
        return same_federation_policy(resource.outputs, self._account.get(path))

    def _scim(self, collection: str, attributes: str) -> Mapping[str, Any]:
        return {str(one["id"]): one for one in self._account.scim(self._account_id, collection, attributes)}
