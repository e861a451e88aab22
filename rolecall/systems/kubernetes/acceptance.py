"""Wait until Linkerd's policy controller has accepted routes: before that, a Server denies the routes' requests.

A route is accepted once its Server is there: linkerd/linkerd2, policy-controller/k8s/status/src/index.rs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from rolecall.errors import RolecallError
from rolecall.systems.kubernetes.api_kinds import BY_NAME, ApiKind
from rolecall.systems.kubernetes.mesh.compilation import HTTP_ROUTE, SERVER
from rolecall.systems.kubernetes.mesh.objects import Illegal, route_binding

SERVERS, ROUTES = BY_NAME[SERVER, "Server"], BY_NAME[HTTP_ROUTE, "HTTPRoute"]
# The controller writes a status within a second; a new leader takes over within half a minute.
SECONDS = 45.0
Object = Mapping[str, Any]


class Waits(Protocol):
    """A client that repeats a read."""

    def poll_until(
        self, look: Callable[[], list[str]], seen: Callable[[list[str]], bool], *, seconds: float
    ) -> list[str]:
        """Poll until a condition is met or the time is over; return the last result."""


class Reads(Protocol):
    """A client of a cluster."""

    @property
    def has_policy_controller(self) -> bool:
        """Whether Linkerd's policy controller runs there."""

    def __call__(self) -> Waits:
        """Return the connection."""

    def every(self, path: str) -> list[Any]:
        """Return all objects of a list."""

    def get(self, kind: ApiKind, namespace: str, name: str) -> Any:
        """Return an object, or None if absent."""


def await_acceptance(client: Reads, made: Object) -> None:
    """Wait until the routes of a Server, or a route whose Server is there, are accepted.

    Returns at once without a running controller: no policy is enforced then.

    Raises:
        RolecallError: they are not accepted in time.
    """
    kind = (str(made["apiVersion"]), str(made["kind"]))
    if kind not in ((SERVER, "Server"), (HTTP_ROUTE, "HTTPRoute")) or not client.has_policy_controller:
        return
    namespace, name = str(made["metadata"]["namespace"]), str(made["metadata"]["name"])
    if kind[1] == "Server":
        servers, only = {name}, None
    else:
        parents = route_binding(made).parents
        servers, only = {one for one in parents if client.get(SERVERS, namespace, one) is not None}, name

    def pending() -> list[str]:
        found = client.every(ROUTES.inside(namespace))
        return sorted(one["metadata"]["name"] for one in found if _is_pending(one, servers, only))

    left = client().poll_until(pending, lambda names: not names, seconds=SECONDS) if servers else []
    if left:
        shown = ", ".join(f"{namespace}/{one}" for one in left)
        raise RolecallError(
            f"Linkerd's policy controller has not accepted HTTPRoute {shown}: callers are refused until it does",
            f"`kubectl -n {namespace} get httproutes.policy.linkerd.io -o yaml` shows the reason. Then run it again.",
        )


def _is_pending(route: Object, servers: set[str], only: str | None) -> bool:
    """Return whether a route waits to be accepted by one of some Servers; without `only`, each route counts."""
    if only is not None and route["metadata"]["name"] != only:
        return False
    try:
        found = route_binding({**route, "apiVersion": HTTP_ROUTE, "kind": "HTTPRoute"})
    except Illegal:
        # The controller ignores it, and parity reports that.
        return False
    return bool((found.parents & servers) - found.accepted)
