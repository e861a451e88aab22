"""Whether Longhorn is closed: without authorization in it, network policies alone decide who deletes volumes.

https://github.com/longhorn/longhorn/issues/13326; labels and port: longhorn/longhorn, deploy/longhorn.yaml
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolecall.access.observation import Unmanaged
from rolecall.contract.longhorn import Longhorn
from rolecall.systems.kubernetes.selectors import selects
from rolecall.systems.kubernetes.storage.classes import API_PORT, MANAGER, UI, UI_PORT

Object = Mapping[str, Any]
READS = "network policies of Longhorn's API and user interface, which have no authorization"


@dataclass(frozen=True)
class Entrance:
    """A port of Longhorn's pods behind which everything is permitted.

    Attributes:
        name: its name in messages.
        labels: labels of its pods.
        port: the port.
        port_name: the port's name in the pods.
    """

    name: str
    labels: Mapping[str, str]
    port: int
    port_name: str


ENTRANCES = (
    Entrance("API", MANAGER, API_PORT, "manager"),
    Entrance("user interface", UI, UI_PORT, "http"),
)


def isolation(
    live: Iterable[Object], permitted: Collection[str] = (), declared: Longhorn | None = None
) -> Iterator[Unmanaged]:
    """Yield each entrance of a Longhorn that is open to all pods, or to namespaces beside its own.

    Args:
        live: pods and network policies, each with its kind.
        permitted: clients that may reach all entrances, in lower case: `namespace monitoring`.
        declared: the contract's Longhorn, with the namespaces that may reach single entrances.
    """
    clients = {"API": declared.api_clients, "user interface": declared.ui_clients} if declared is not None else {}
    objects = [*live]
    policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
    for entrance in ENTRANCES:
        pods = {
            str(one["metadata"]["namespace"]): one
            for one in objects
            if one["kind"] == "Pod" and selects({"matchLabels": entrance.labels}, one["metadata"].get("labels") or {})
        }
        for namespace, pod in sorted(pods.items()):
            own = [one for one in policies if one["metadata"]["namespace"] == namespace]
            found = admitted(own, pod, entrance)
            own_clients = clients.get(entrance.name, ()) if declared and declared.namespace == namespace else ()
            may = {*permitted, *(f"namespace {one}" for one in own_clients)}
            opened = [one for one in found or () if one.casefold() not in may]
            if found is None or opened:
                yield _open(entrance, namespace, opened, closed=found is not None)


def installations(live: Iterable[Object]) -> Iterator[str]:
    """Yield the namespaces in which a manager of Longhorn runs."""
    found = {
        str(one["metadata"]["namespace"])
        for one in live
        if one["kind"] == "Pod" and selects({"matchLabels": MANAGER}, one["metadata"].get("labels") or {})
    }
    yield from sorted(found)


def _open(entrance: Entrance, namespace: str, opened: Sequence[str], *, closed: bool) -> Unmanaged:
    thing = f"Longhorn's {entrance.name} in namespace {namespace}, port {entrance.port}"
    if closed:
        reaches = f"open to {', '.join(opened)}: each pod there may read and delete each volume"
        how = f"take them out of the network policies of {namespace}, or name them in `administrators`"
    else:
        reaches = "not isolated: no network policy selects its pods, and every pod may read and delete each volume"
        how = f"write a NetworkPolicy in {namespace} that admits Longhorn's own pods (its chart: `networkPolicies`)"
    return Unmanaged(thing, reaches, how)


def admitted(policies: Sequence[Object], pod: Object, entrance: Entrance = ENTRANCES[0]) -> list[str] | None:
    """Return from where policies of a pod's namespace admit connections; None where none restricts them.

    Pods of its own namespace are left out.
    https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
    """
    labels = pod["metadata"].get("labels") or {}
    specs = [one.get("spec") or {} for one in policies]
    chosen = [
        spec
        for spec in specs
        if selects(spec.get("podSelector") or {}, labels) and "Ingress" in (spec.get("policyTypes") or ["Ingress"])
    ]
    if not chosen:
        return None
    rules = [rule for spec in chosen for rule in spec.get("ingress") or [] if _is_about(rule, entrance)]
    return sorted({source for rule in rules for source in _sources(rule)})


def _is_about(rule: Object, entrance: Entrance) -> bool:
    """Return whether a rule opens the port; one without ports opens all of them."""
    ports = rule.get("ports") or []
    return not ports or any(
        str(one.get("protocol") or "TCP") == "TCP" and _includes(one.get("port"), one.get("endPort"), entrance)
        for one in ports
    )


def _includes(port: Any, last: Any, entrance: Entrance) -> bool:
    if port is None:
        return True
    if isinstance(port, str):
        return port == entrance.port_name
    return int(port) <= entrance.port <= int(last if last is not None else port)


def _sources(rule: Object) -> Iterator[str]:
    sources = rule.get("from") or []
    if not sources:
        yield "everybody"
    for one in sources:
        if (block := one.get("ipBlock")) is not None:
            yield f"addresses {block.get('cidr')}"
        elif (selector := one.get("namespaceSelector")) is not None:
            names = (selector.get("matchLabels") or {}).get("kubernetes.io/metadata.name")
            yield f"namespace {names}" if names else "namespaces by label" if selector else "all namespaces"
