"""A run waits until Linkerd's controller has accepted a Server's routes; without a controller it does not wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolecall.errors import RolecallError
from rolecall.systems.kubernetes.acceptance import SECONDS, await_acceptance
from rolecall.systems.kubernetes.api_kinds import ApiKind
from rolecall.systems.kubernetes.mesh.objects import CONTROLLER

Object = dict[str, Any]
VERSION = "policy.linkerd.io/v1beta3"


def server(name: str) -> Object:
    return {"apiVersion": VERSION, "kind": "Server", "metadata": {"name": name, "namespace": "dev"}}


def route(name: str, parent: str, *, accepted: bool = False, kind: str = "Server") -> Object:
    group = "policy.linkerd.io" if kind == "Server" else "core"
    reference = {"group": group, "kind": kind, "name": parent}
    conditions = [{"type": "Accepted", "status": "True" if accepted else "False"}]
    status = {"parents": [{"parentRef": reference, "controllerName": CONTROLLER, "conditions": conditions}]}
    spec = {"parentRefs": [reference], "rules": [{}]}
    metadata = {"name": name, "namespace": "dev"}
    return {"apiVersion": VERSION, "kind": "HTTPRoute", "metadata": metadata, "spec": spec, "status": status}


class Client:
    """A cluster that returns successive lists of routes."""

    def __init__(self, *lists: list[Object], servers: tuple[str, ...] = (), controller: bool = True) -> None:
        self.lists, self.servers, self.has_policy_controller = [*lists], servers, controller
        self.reads = 0

    def __call__(self) -> Client:
        return self

    def every(self, path: str) -> list[Any]:
        assert path == f"/apis/{VERSION}/namespaces/dev/httproutes"
        self.reads += 1
        return self.lists[min(self.reads, len(self.lists)) - 1]

    def get(self, kind: ApiKind, namespace: str, name: str) -> Any:
        assert (kind.name, namespace) == ("Server", "dev")
        return {} if name in self.servers else None

    def poll_until(
        self, look: Callable[[], list[str]], seen: Callable[[list[str]], bool], *, seconds: float
    ) -> list[str]:
        assert seconds == SECONDS
        found = look()
        while not seen(found) and self.reads < len(self.lists):
            found = look()
        return found


def test_a_server_waits_for_its_routes_and_for_no_others() -> None:
    others = [route("other", "another"), route("traffic", "web", kind="Service")]
    client = Client([route("web", "web"), *others], [route("web", "web", accepted=True), *others])
    await_acceptance(client, server("web"))
    assert client.reads == 2


def test_a_route_that_is_not_accepted_in_time_is_named() -> None:
    with pytest.raises(RolecallError, match="has not accepted HTTPRoute dev/web"):
        await_acceptance(Client([route("web", "web")]), server("web"))


def test_a_route_waits_if_its_server_exists() -> None:
    changed = route("web", "web")
    client = Client([changed], [route("web", "web", accepted=True), route("more", "web")], servers=("web",))
    await_acceptance(client, changed)
    assert client.reads == 2
    first = Client([changed])
    await_acceptance(first, changed)
    assert first.reads == 0


@pytest.mark.parametrize(
    ("made", "controller"),
    [
        (server("web"), False),
        (route("traffic", "web", kind="Service"), True),
        ({**server("web"), "kind": "AuthorizationPolicy"}, True),
    ],
)
def test_nothing_else_waits(made: Object, controller: bool) -> None:
    client = Client([route("web", "web")], servers=("web",), controller=controller)
    await_acceptance(client, made)
    assert client.reads == 0
