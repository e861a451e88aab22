"""Kubernetes clusters, with the mesh that is installed in them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from rolecall.contract.break_glass import none_by_name
from rolecall.contract.longhorn import Longhorn, longhorn_or_none
from rolecall.contract.workspace import Address
from rolecall.ids.model import Model
from rolecall.ids.name_types import DnsName, Fingerprint, GroupName, KubernetesName, Name, Period


class TokenFederation(Model):
    """How tokens of the cluster's service accounts reach Databricks."""

    issuer: Name
    """name of the issuer of the contract whose tokens they are"""
    audience: Annotated[str, Field(min_length=1)]
    """the audience of the tokens"""


def hours(period: str) -> int:
    """Return a period in hours."""
    return int(period[:-1]) * (24 if period.endswith("d") else 1)


class CertManager(Model):
    """cert-manager and trust-manager in the cluster, to which Rolecall declares the mesh's certificates."""

    namespace: KubernetesName = "cert-manager"
    """namespace of the trust anchor: the cluster resource namespace of cert-manager, and the trust namespace of
    trust-manager"""
    anchor: KubernetesName = "linkerd-trust-anchor"
    """the trust anchor's Certificate, its Secret, and its issuers"""
    previous_anchor: KubernetesName | None = None
    """Secret there with the trust anchor before the current one, while a rotation lasts"""


class Certificates(Model):
    """Certificates of the mesh, which cert-manager renews and trust-manager distributes; parity watches them."""

    anchors: list[Fingerprint] = Field(default_factory=list)
    """fingerprints of the trust anchors; the key of each signs any identity of the mesh. Parity reports all others"""
    cert_manager: CertManager | None = None
    """declares the trust anchor, the issuer and the bundle; without it, they are only watched"""
    issuer_life: Period
    """longest life of the issuer"""
    anchor_life: Period
    """longest life of a trust anchor"""
    issuer: KubernetesName = "linkerd-identity-issuer"
    """cert-manager's Certificate of the issuer, in the control plane's namespace"""
    trust_bundle: KubernetesName = "linkerd-identity-trust-roots"
    """ConfigMap of the trust anchors, there"""


class Mesh(Model):
    """How Linkerd is installed in the cluster."""

    control_plane: KubernetesName = "linkerd"
    """namespace of the control plane"""
    trust_domain: DnsName = "cluster.local"
    """domain of all identities"""
    probe_networks: list[Address] = Field(default_factory=list)
    """networks from which the kubelet probes pods"""
    cni: bool = False
    """whether Linkerd's CNI plugin is installed: pods need no init container with rights on their network then"""
    certificates: Certificates | None = None
    """its certificates; without it, parity does not read them"""

    @property
    def key_namespaces(self) -> frozenset[str]:
        """The namespaces with keys that sign identities: the control plane's, and that of the trust anchor."""
        installed = self.certificates.cert_manager if self.certificates is not None else None
        return frozenset({self.control_plane, *([installed.namespace] if installed is not None else [])})


class ClusterGroups(Model):
    """Names of groups in the API server: https://kubernetes.io/docs/reference/access-authn-authz/authentication/."""

    prefix: Annotated[str, Field(max_length=100)] = ""
    """prefix of groups' names, `--oidc-groups-prefix`"""
    ids: bool = False
    """whether tokens name external groups by their ids in the identity provider, as Entra does"""
    names: dict[GroupName, Annotated[str, Field(min_length=1, max_length=256)]] = Field(default_factory=dict)
    """names in tokens of single groups, without the prefix"""


# https://kubernetes.io/docs/concepts/security/pod-security-standards/
PodSecurity = Literal["privileged", "baseline", "restricted"]


class Cluster(Model):
    """A Kubernetes cluster."""

    context: Annotated[str, Field(min_length=1)] | None = None
    """context of the kubeconfig; without it, Rolecall runs in the cluster as one of its pods"""
    federation: TokenFederation | None = None
    """allows pods with a service account to act as its service principal in Databricks, without a key"""
    overrules: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    """field managers (`kubectl-edit`, `kubectl-client-side-apply` …) whose changes to Rolecall's objects a run sets
    back; changes of any other are reported as conflicts, and the run stops"""
    mesh: Mesh = Field(default_factory=Mesh)
    """how Linkerd is installed in it"""
    groups: ClusterGroups = Field(default_factory=ClusterGroups)
    """names of groups in its API server"""
    longhorn: Annotated[Longhorn | None, BeforeValidator(longhorn_or_none), Field(json_schema_extra=none_by_name)] = (
        None
    )
    """Longhorn's installation in it; `none` without Longhorn"""
    pod_security: PodSecurity | None = None
    """level of Pod Security that the projects' namespaces enforce; by default `baseline` with Linkerd's CNI plugin, and
    `privileged` without it, as Linkerd's init container needs; rules of `admission` limit pods there"""
    admission: bool = True
    """whether the API server refuses objects in projects' namespaces that break the rules, from any source"""

    @property
    def states_longhorn(self) -> bool:
        """Whether the contract states how Longhorn is installed in it, or that it is not."""
        return "longhorn" in self.model_fields_set

    @property
    def pod_security_level(self) -> PodSecurity:
        """The level of Pod Security of the projects' namespaces."""
        return self.pod_security or ("baseline" if self.mesh.cni else "privileged")


def makes_certificates(cluster: Cluster) -> bool:
    """Return whether Rolecall declares the certificates of a cluster's mesh, in the account's stack."""
    return cluster.mesh.certificates is not None and cluster.mesh.certificates.cert_manager is not None
