"""Network policies of other APIs, which extend or override Kubernetes' own, and are not evaluated.

https://network-policy-api.sigs.k8s.io/, https://docs.cilium.io/en/stable/network/kubernetes/policy/,
https://docs.tigera.io/calico/latest/reference/resources/networkpolicy, https://antrea.io/docs/main/docs/antrea-network-policy/.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rolecall.access.observation import Remark, RemarkKind
from rolecall.errors import ObjectMissing, SystemRefused
from rolecall.systems.kubernetes.client import Cluster

# Kinds by API group, each with its name in paths and whether its objects are of the whole cluster.
KINDS: Mapping[str, Collection[tuple[str, bool]]] = {
    "policy.networking.k8s.io": (
        ("adminnetworkpolicies", True),
        ("baselineadminnetworkpolicies", True),
        ("clusternetworkpolicies", True),
    ),
    "cilium.io": (("ciliumnetworkpolicies", False), ("ciliumclusterwidenetworkpolicies", True)),
    "crd.projectcalico.org": (("networkpolicies", False), ("globalnetworkpolicies", True)),
    "crd.antrea.io": (("networkpolicies", False), ("clusternetworkpolicies", True)),
}
HOW = "delete them, or verify that they allow no traffic to these namespaces"


def other_policies(client: Cluster, namespaces: Collection[str]) -> Iterator[Remark]:
    """Yield the network policies of other APIs that may open some namespaces, as unknown.

    Args:
        client: the cluster.
        namespaces: the namespaces of projects.
    """
    for group, kinds in KINDS.items():
        try:
            served = client.one(f"/apis/{group}")
        except SystemRefused as error:
            yield Remark(None, RemarkKind.UNKNOWN, f"network policies of {group} could not be read: {error.what}")
            continue
        for plural, of_cluster in kinds if served else ():
            yield from _found(client, group, plural, None if of_cluster else namespaces)


def _found(client: Cluster, group: str, plural: str, namespaces: Collection[str] | None) -> Iterator[Remark]:
    shown = f"{plural}.{group}"
    try:
        path = client.served_path(group, plural)
        objects = client.every(path) if path else []
    except ObjectMissing:
        return
    except SystemRefused as error:
        yield Remark(None, RemarkKind.UNKNOWN, f"{shown} could not be read: {error.what}")
        return
    names = sorted(_name(one) for one in objects if namespaces is None or one["metadata"]["namespace"] in namespaces)
    if names:
        what = f"{shown} also control access to pods, and are not evaluated: {', '.join(names)}"
        yield Remark(None, RemarkKind.UNKNOWN, what, how=HOW)


def _name(one: Mapping[str, Any]) -> str:
    metadata = one["metadata"]
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])
