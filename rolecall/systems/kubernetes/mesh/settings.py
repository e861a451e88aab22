"""Installation-wide settings of Linkerd that decide what its policies mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

from rolecall.contract.service_accounts import mesh_identity

Network = IPv4Network | IPv6Network

EVERYWHERE: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
# https://github.com/linkerd/linkerd2, charts/linkerd-control-plane/values.yaml: clusterNetworks.
PRIVATE: tuple[Network, ...] = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
)


class DefaultPolicy(StrEnum):
    """Policy of a port without a Server, and `accessPolicy` of a Server.

    https://linkerd.io/2/reference/authorization-policy/#default-policies
    """

    DENY = "deny"
    AUDIT = "audit"
    ALL_AUTHENTICATED = "all-authenticated"
    ALL_UNAUTHENTICATED = "all-unauthenticated"
    CLUSTER_AUTHENTICATED = "cluster-authenticated"
    CLUSTER_UNAUTHENTICATED = "cluster-unauthenticated"

    @property
    def authenticated_only(self) -> bool:
        """Whether it admits authenticated clients only."""
        return self in (DefaultPolicy.ALL_AUTHENTICATED, DefaultPolicy.CLUSTER_AUTHENTICATED)

    @property
    def cluster_only(self) -> bool:
        """Whether it admits clients of the cluster's networks only."""
        return self in (DefaultPolicy.CLUSTER_AUTHENTICATED, DefaultPolicy.CLUSTER_UNAUTHENTICATED)

    @property
    def authenticated(self) -> DefaultPolicy:
        """The same policy for authenticated clients only."""
        if self is DefaultPolicy.ALL_UNAUTHENTICATED:
            return DefaultPolicy.ALL_AUTHENTICATED
        return DefaultPolicy.CLUSTER_AUTHENTICATED if self is DefaultPolicy.CLUSTER_UNAUTHENTICATED else self


@dataclass(frozen=True)
class MeshSettings:
    """How Linkerd is installed in a cluster.

    Attributes:
        control_plane: namespace of the control plane.
        trust_domain: domain of all identities.
        default_policy: policy of pods without the annotation.
        cluster_networks: networks of the cluster's pods.
        probe_networks: networks from which the kubelet probes.
    """

    control_plane: str = "linkerd"
    trust_domain: str = "cluster.local"
    default_policy: DefaultPolicy = DefaultPolicy.ALL_UNAUTHENTICATED
    cluster_networks: Sequence[Network] = PRIVATE
    probe_networks: Sequence[Network] = EVERYWHERE

    def identity(self, namespace: str, service_account: str) -> str:
        """Return the mesh identity of a service account."""
        return mesh_identity(namespace, service_account, self.control_plane, self.trust_domain)

    def namespace_identities(self, namespace: str) -> str:
        """Return the pattern of all identities of a namespace."""
        return mesh_identity(namespace, "*", self.control_plane, self.trust_domain)

    def service_account(self, identity: str) -> tuple[str, str] | None:
        """Return namespace and name of the service account that has an identity; None where it has another form."""
        start, found, rest = identity.partition(".serviceaccount.identity.")
        name, dot, namespace = start.rpartition(".")
        fits = found and dot and rest == f"{self.control_plane}.{self.trust_domain}"
        return (namespace, name) if fits and name and "*" not in start else None
