"""The kinds of objects that Rolecall applies: where they are, and which of their fields the server sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rolecall.systems.kubernetes.mesh.objects import POLICY_GROUP

LINKERD = "Install Linkerd's custom resource definitions, of 2.18 or later, and run it again."
LONGHORN = "Install Longhorn 1.8 or later, and run it again."
CERT_MANAGER = "Install cert-manager, and run it again."
TRUST_MANAGER = "Install trust-manager, and run it again."
UPGRADE = "Upgrade Kubernetes to 1.30 or later, and run it again."


@dataclass(frozen=True)
class ApiKind:
    """A kind in a version of an API.

    Attributes:
        version: group and version.
        name: the kind.
        plural: its name in paths.
        namespaced: whether its objects are in namespaces.
        assigned: fields that the server or its controllers set, and that no declaration has; inner ones: PARENT.CHILD.
        defaulted: values of inner fields that newer versions set where a declaration has none.
        immutable: fields that the server does not change: an object with others is deleted and made again.
        install: how to get it, for messages.
        leaves: whether objects created by its controller remain after its deletion.
    """

    version: str
    name: str
    plural: str
    namespaced: bool = True
    assigned: frozenset[str] = frozenset()
    defaulted: tuple[tuple[str, str], ...] = ()
    immutable: frozenset[str] = frozenset()
    install: str = UPGRADE
    leaves: bool = False

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.version.rpartition("/")[0]

    @property
    def ends_at_once(self) -> bool:
        """Whether no controller of its own delays the deletion of its objects.

        A namespace empties first, and Longhorn cleans up: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
        """
        return self.name != "Namespace" and not self.version.startswith("longhorn.io/")

    @property
    def base(self) -> str:
        """The path of its API's version."""
        return f"/apis/{self.version}" if "/" in self.version else f"/api/{self.version}"

    def path(self, namespace: str, name: str) -> str:
        """Return the path of an object."""
        return f"{self.inside(namespace)}/{name}"

    def inside(self, namespace: str) -> str:
        """Return the path of the list of a namespace."""
        where = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{self.base}{where}/{self.plural}"

    @property
    def everywhere(self) -> str:
        """The path of the list of all namespaces."""
        return f"{self.base}/{self.plural}"


_RBAC, _ADMISSION = "rbac.authorization.k8s.io/v1", "admissionregistration.k8s.io/v1"
_POLICY = f"{POLICY_GROUP}/v1alpha1"
_LONGHORN = "longhorn.io/v1beta2"
_ROUTES = f"{POLICY_GROUP}/v1beta3"
CERT_MANAGER_GROUP = "cert-manager.io"
_CERTIFICATES = f"{CERT_MANAGER_GROUP}/v1"
TRUST = "trust.cert-manager.io/v1alpha1"

NAMESPACE = ApiKind("v1", "Namespace", "namespaces", False, frozenset({"spec"}))
# Controllers add the Secrets of a service account.
SERVICE_ACCOUNT = ApiKind(
    "v1", "ServiceAccount", "serviceaccounts", assigned=frozenset({"secrets", "imagePullSecrets"})
)
SERVICE = ApiKind("v1", "Service", "services")
CLAIM = ApiKind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
PERSISTENT_VOLUME = ApiKind("v1", "PersistentVolume", "persistentvolumes", False)
ROLES = (
    ApiKind(_RBAC, "Role", "roles"),
    ApiKind(_RBAC, "RoleBinding", "rolebindings", immutable=frozenset({"roleRef"})),
    ApiKind(_RBAC, "ClusterRole", "clusterroles", False),
    ApiKind(_RBAC, "ClusterRoleBinding", "clusterrolebindings", False),
)

API_KINDS: tuple[ApiKind, ...] = (
    NAMESPACE,
    SERVICE_ACCOUNT,
    ApiKind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    ApiKind(_ROUTES, "Server", "servers", install=LINKERD),
    ApiKind(_ROUTES, "HTTPRoute", "httproutes", install=LINKERD),
    ApiKind(_POLICY, "AuthorizationPolicy", "authorizationpolicies", install=LINKERD),
    ApiKind(_POLICY, "MeshTLSAuthentication", "meshtlsauthentications", install=LINKERD),
    ApiKind(_POLICY, "NetworkAuthentication", "networkauthentications", install=LINKERD),
    *ROLES,
    # Volumes that were made with the class before stay as they are.
    ApiKind(
        "storage.k8s.io/v1",
        "StorageClass",
        "storageclasses",
        False,
        immutable=frozenset({"provisioner", "parameters", "reclaimPolicy", "volumeBindingMode", "mountOptions"}),
    ),
    ApiKind(
        _LONGHORN,
        "RecurringJob",
        "recurringjobs",
        defaulted=(("spec.retentionPolicy", "count-based"),),
        install=LONGHORN,
    ),
    # Longhorn writes there when it looks for backups.
    ApiKind(_LONGHORN, "BackupTarget", "backuptargets", assigned=frozenset({"spec.syncRequestedAt"}), install=LONGHORN),
    # Running workloads have the keys of a Certificate, and proxies start with the trust anchors of a Bundle.
    ApiKind(_CERTIFICATES, "Certificate", "certificates", install=CERT_MANAGER, leaves=True),
    ApiKind(_CERTIFICATES, "Issuer", "issuers", install=CERT_MANAGER),
    ApiKind(_CERTIFICATES, "ClusterIssuer", "clusterissuers", False, install=CERT_MANAGER),
    ApiKind(TRUST, "Bundle", "bundles", False, install=TRUST_MANAGER, leaves=True),
    ApiKind(_ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", False),
    ApiKind(_ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", False),
)
BY_NAME: Mapping[tuple[str, str], ApiKind] = {(one.version, one.name): one for one in API_KINDS}
