"""Whether Longhorn's API is closed: it has no authorization, so network policies alone decide who deletes volumes.

https://github.com/longhorn/longhorn/issues/13326; labels and port: longhorn/longhorn, deploy/longhorn.yaml
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rolecall.access.observation import Unmanaged
from rolecall.systems.kubernetes.selectors import selects

Object = Mapping[str, Any]
MANAGER_LABELS, API_PORT, PORT_NAME = {"app": "longhorn-manager"}, 9500, "manager"
READS = "network policies of Longhorn's API, which has no authorization"


def isolation(live: Iterable[Object], permitted: Collection[str] = ()) -> Iterator[Unmanaged]:
    """Yield each Longhorn whose API is open to all pods, or to namespaces beside its own.

    Args:
        live: pods and network policies, each with its kind.
        permitted: what may reach it, in small letters: `namespace monitoring`.
    """
    objects = [*live]
    policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
    managers = {
        str(one["metadata"]["namespace"]): one
        for one in objects
        if one["kind"] == "Pod" and selects({"matchLabels": MANAGER_LABELS}, one["metadata"].get("labels") or {})
    }
    for namespace, pod in sorted(managers.items()):
        thing = f"Longhorn's API in namespace {namespace}, port {API_PORT}"
        found = admitted([one for one in policies if one["metadata"]["namespace"] == namespace], pod)
        opened = [one for one in found or () if one.casefold() not in permitted]
        if found is None:
            reaches = "not isolated: no network policy selects its pods, and every pod may read and delete each volume"
        elif opened:
            reaches = f"open to {', '.join(opened)}: each pod there may read and delete each volume"
        else:
            continue
        how = f"take them out of the network policies of {namespace}, or name them in `administrators`"
        if found is None:
            how = f"write a NetworkPolicy in {namespace} that admits Longhorn's own pods (its chart: `networkPolicies`)"
        yield Unmanaged(thing, reaches, how)


def admitted(policies: Sequence[Object], pod: Object) -> list[str] | None:
    """Return from where policies of a pod's namespace admit connections to the API; None where none restricts it.

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
    rules = [rule for spec in chosen for rule in spec.get("ingress") or [] if _is_about_api(rule)]
    return sorted({source for rule in rules for source in _sources(rule)})


def _is_about_api(rule: Object) -> bool:
    """Return whether a rule opens the port; one without ports opens all of them."""
    ports = rule.get("ports") or []
    return not ports or any(
        str(one.get("protocol") or "TCP") == "TCP" and _includes(one.get("port"), one.get("endPort")) for one in ports
    )


def _includes(port: Any, last: Any) -> bool:
    if port is None:
        return True
    if isinstance(port, str):
        return port == PORT_NAME
    return int(port) <= API_PORT <= int(last if last is not None else port)


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
