"""Rights on the API server that lead past the mesh's policies, or to the rights of others.

https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rolecall.systems.kubernetes.api_kinds import CERT_MANAGER_GROUP
from rolecall.systems.kubernetes.mesh.objects import GATEWAY_GROUP, POLICY_GROUP

WRITE = ("create", "update", "patch")
CHANGE = (*WRITE, "delete", "deletecollection")


@dataclass(frozen=True)
class Power:
    """A right with which a subject reaches what it does not hold.

    Attributes:
        name: what it is, in words.
        group: the API group.
        resources: the resources, each of which is enough.
        verbs: the verbs, each of which is enough.
        means: what its holder reaches.
        acts_as: whether its holder may act as the service accounts of the namespace.
        namespaced: whether a binding of a namespace can give it.
        decrypts: whether its holder reads the keys of volumes.
        names: names of the objects that it is about; empty for all.
    """

    name: str
    group: str
    resources: Sequence[str]
    verbs: Sequence[str]
    means: str
    acts_as: bool = False
    namespaced: bool = True
    decrypts: bool = False
    names: Sequence[str] = ()

    @property
    def reviewed(self) -> bool:
        """Whether it needs a SubjectAccessReview: it leads to other subjects' rights, or to keys."""
        return self.acts_as or self.decrypts or bool({*self.verbs} & {"bind", "escalate"})

    @property
    def actions(self) -> Mapping[str, Sequence[str]]:
        """The verbs that each resource has of it."""
        return {
            one: [verb for verb in self.verbs if verb in _VERBS.get(one.partition("/")[2], self.verbs)]
            for one in self.resources
        }


# https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
_VERBS = {
    **dict.fromkeys(("exec", "attach", "portforward", "proxy"), ("create", "get")),
    "ephemeralcontainers": ("update", "patch"),
}

AUTHENTICATION_GROUP, CERTIFICATES_GROUP = "authentication.k8s.io", "certificates.k8s.io"
TRUST_GROUP = "trust.cert-manager.io"
# Signers whose certificates the API server accepts:
# https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
_KUBERNETES_SIGNERS = ("*", "kube-apiserver-client", "kube-apiserver-client-kubelet", "legacy-unknown")
CLIENT_SIGNERS = tuple(f"kubernetes.io/{one}" for one in _KUBERNETES_SIGNERS)
AS_ACCOUNTS = "acts as the service accounts of the namespace"
POWERS: tuple[Power, ...] = (
    Power(
        "run commands in pods",
        "",
        ("pods/exec", "pods/attach", "pods/ephemeralcontainers"),
        ("get", *WRITE),
        AS_ACCOUNTS,
        acts_as=True,
    ),
    Power("create pods", "", ("pods", "replicationcontrollers"), WRITE, AS_ACCOUNTS, acts_as=True),
    Power(
        "change workloads",
        "apps",
        ("deployments", "statefulsets", "daemonsets", "replicasets"),
        WRITE,
        AS_ACCOUNTS,
        acts_as=True,
    ),
    Power("change jobs", "batch", ("jobs", "cronjobs"), WRITE, AS_ACCOUNTS, acts_as=True),
    Power("create tokens", "", ("serviceaccounts/token",), ("create",), AS_ACCOUNTS, acts_as=True),
    Power("impersonate service accounts", "", ("serviceaccounts",), ("impersonate",), AS_ACCOUNTS, acts_as=True),
    Power(
        "impersonate users",
        "",
        ("users", "groups"),
        ("impersonate",),
        "acts as everybody",
        acts_as=True,
        namespaced=False,
    ),
    # A second form of impersonation, on by default since Kubernetes 1.36: https://kep.k8s.io/5284.
    Power(
        "impersonate service accounts in part",
        AUTHENTICATION_GROUP,
        ("serviceaccounts",),
        ("impersonate:serviceaccount",),
        AS_ACCOUNTS,
        acts_as=True,
    ),
    Power(
        "impersonate users in part",
        AUTHENTICATION_GROUP,
        ("users", "groups", "nodes"),
        ("impersonate:user-info", "impersonate:arbitrary-node", "impersonate:associated-node"),
        "acts as everybody",
        acts_as=True,
        namespaced=False,
    ),
    Power(
        "approve or sign client certificates",
        CERTIFICATES_GROUP,
        ("signers",),
        ("approve", "sign"),
        "issues itself a certificate of any user or group",
        acts_as=True,
        namespaced=False,
        names=CLIENT_SIGNERS,
    ),
    Power(
        "request certificates of nodes",
        CERTIFICATES_GROUP,
        ("certificatesigningrequests/nodeclient",),
        ("create",),
        "acts as a node, which has the Secrets of its pods",
        acts_as=True,
        namespaced=False,
    ),
    Power("read Secrets", "", ("secrets",), ("get", "list", "watch"), "reads keys and tokens", decrypts=True),
    Power("change Secrets", "", ("secrets",), WRITE, "replaces keys and tokens"),
    Power(
        "reach ports of pods",
        "",
        ("pods/portforward", "pods/proxy", "services/proxy"),
        ("get", *WRITE),
        "reaches ports past the mesh's policies",
    ),
    Power(
        "reach nodes",
        "",
        ("nodes/proxy",),
        ("create", "get"),
        "runs commands in every pod",
        acts_as=True,
        namespaced=False,
    ),
    Power(
        "bind roles",
        "rbac.authorization.k8s.io",
        ("roles", "clusterroles"),
        ("bind",),
        "grants itself each right of the roles",
    ),
    Power(
        "escalate roles",
        "rbac.authorization.k8s.io",
        ("roles", "clusterroles"),
        ("escalate",),
        "puts each right into a role",
    ),
    Power(
        "change bindings",
        "rbac.authorization.k8s.io",
        ("rolebindings", "clusterrolebindings"),
        CHANGE,
        "grants its own rights to other subjects, and revokes theirs",
    ),
    Power(
        "change roles",
        "rbac.authorization.k8s.io",
        ("roles", "clusterroles"),
        CHANGE,
        "changes what the bound subjects may do",
    ),
    Power(
        "change the mesh's policies",
        POLICY_GROUP,
        (
            *("servers", "serverauthorizations", "authorizationpolicies", "meshtlsauthentications"),
            *("networkauthentications", "httproutes"),
        ),
        CHANGE,
        "decides who may call the services",
    ),
    Power(
        "change routes of the Gateway API",
        GATEWAY_GROUP,
        ("httproutes", "grpcroutes"),
        CHANGE,
        "decides which requests the policies are about",
    ),
    Power(
        "change network policies",
        "networking.k8s.io",
        ("networkpolicies",),
        CHANGE,
        "opens what bypasses the mesh",
    ),
    Power("change the namespace", "", ("namespaces",), ("update", "patch", "delete"), "takes pods out of the mesh"),
    Power(
        "change admission rules",
        "admissionregistration.k8s.io",
        (
            *("validatingadmissionpolicies", "validatingadmissionpolicybindings"),
            *("mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
            *("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
        ),
        CHANGE,
        "decides what the cluster admits",
        namespaced=False,
    ),
    Power(
        "change persistent volumes",
        "",
        ("persistentvolumes",),
        CHANGE,
        "mounts others' volumes under a claim of its own, and deletes them",
        namespaced=False,
    ),
    Power(
        "change definitions of resources",
        "apiextensions.k8s.io",
        ("customresourcedefinitions",),
        CHANGE,
        "converts and deletes the mesh's policies",
        namespaced=False,
    ),
    Power(
        "change API services",
        "apiregistration.k8s.io",
        ("apiservices",),
        CHANGE,
        "answers in the place of the API server, and gets its clients' requests",
        namespaced=False,
    ),
    Power(
        "change issuers of the cluster",
        CERT_MANAGER_GROUP,
        ("clusterissuers",),
        CHANGE,
        "decides who signs the mesh's identities",
        namespaced=False,
    ),
    Power(
        "change trust bundles",
        TRUST_GROUP,
        ("bundles", "clusterbundles"),
        CHANGE,
        "adds a trust anchor, whose key signs any identity",
        namespaced=False,
    ),
    Power(
        "change contents of snapshots",
        "snapshot.storage.k8s.io",
        ("volumesnapshotcontents",),
        CHANGE,
        "restores others' volumes",
        namespaced=False,
    ),
    Power(
        "change storage classes",
        "storage.k8s.io",
        ("storageclasses",),
        CHANGE,
        "decides whose key encrypts new volumes, and where their backups go",
        namespaced=False,
    ),
)
# Rights in the namespace of Longhorn, whose objects are the volumes, snapshots and backups of all projects.
LONGHORN_POWERS: tuple[Power, ...] = (
    Power(
        "change Longhorn's objects",
        "longhorn.io",
        (
            *("volumes", "volumeattachments", "engines", "replicas", "sharemanagers", "snapshots", "nodes", "settings"),
            *("backups", "backupvolumes", "backuptargets", "recurringjobs", "systembackups", "systemrestores"),
        ),
        CHANGE,
        "deletes, copies and restores each volume",
    ),
    # Longhorn's service accounts change all of these, and pods there are no part of the mesh.
    *(
        one
        for one in POWERS
        if one.namespaced and one.group not in (POLICY_GROUP, GATEWAY_GROUP) and "namespaces" not in one.resources
    ),
)
# Rights in a namespace whose service accounts have rights in all others.
SYSTEM_POWERS: tuple[Power, ...] = tuple(
    one
    for one in POWERS
    if one.namespaced and (one.reviewed or one.group == "rbac.authorization.k8s.io" or one.resources == ("secrets",))
)
# Rights in the namespace of the mesh's control plane, which has the issuer's key.
MESH_POWERS: tuple[Power, ...] = (
    *SYSTEM_POWERS,
    Power("change ConfigMaps", "", ("configmaps",), WRITE, "adds a trust anchor, whose key signs any identity"),
    Power(
        "change certificates",
        CERT_MANAGER_GROUP,
        ("certificates", "certificaterequests", "issuers"),
        WRITE,
        "obtains a key that signs any identity",
    ),
)
