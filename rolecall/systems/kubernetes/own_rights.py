"""Rights that Kubernetes, Linkerd and Longhorn bind to their own parts when they are installed.

A further subject of such a binding, another binding of such a subject, and a right that its role has in addition, were
added by hand. Of `powers`, Linkerd's accounts have only the right to read Secrets of their own namespace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from rolecall.contract.contract import Contract
from rolecall.systems.kubernetes.rbac import EVERYTHING, Holder, verbs_on

Rule = tuple[str, str, str]
_ALL = (EVERYTHING, EVERYTHING, EVERYTHING)
_SYSTEM, _CONTROLLER = "kube-system", "system:controller:"
_CLAIMS, _VOLUMES = "persistentvolumeclaims", "persistentvolumes"
_PODS = ("", "pods", "create delete get patch update")
_SIGNERS = ("certificates.k8s.io", "signers", "approve sign")
_USERS: Mapping[str, tuple[Holder, Sequence[Rule]]] = {
    "cluster-admin": (Holder("Group", "system:masters"), [_ALL]),
    "system:kube-controller-manager": (
        Holder("User", "system:kube-controller-manager"),
        [("", "secrets", "create get update list watch"), ("", "serviceaccounts/token", "create")],
    ),
    "system:kube-scheduler": (Holder("User", "system:kube-scheduler"), [("", _CLAIMS, "get")]),
    "system:volume-scheduler": (
        Holder("User", "system:kube-scheduler"),
        [("", _VOLUMES, "get patch update"), ("", _CLAIMS, "get patch update")],
    ),
    # With it, machines join by a bootstrap token, a Secret of kube-system:
    # kubernetes/kubernetes, cmd/kubeadm/app/phases/bootstraptoken/node/tlsbootstrap.go
    "kubeadm:node-autoapprove-bootstrap": (
        Holder("Group", "system:bootstrappers:kubeadm:default-node-token"),
        [("certificates.k8s.io", "certificatesigningrequests/nodeclient", "create")],
    ),
}
# Rules of controllers, as far as they are about powers and claims; each service account is called like its role:
# kubernetes/kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go
_CONTROLLERS: Mapping[str, Sequence[Rule]] = {
    "certificate-controller": [_SIGNERS],
    "clusterrole-aggregation-controller": [("rbac.authorization.k8s.io", "clusterroles", "escalate patch update")],
    "cronjob-controller": [("batch", "cronjobs", "update"), ("batch", "jobs", "create delete patch update")],
    "daemon-set-controller": [_PODS],
    "deployment-controller": [
        ("apps", "deployments", "update"),
        ("apps", "replicasets", "create delete patch update"),
        ("", "pods", "update"),
    ],
    "ephemeral-volume-controller": [("", _CLAIMS, "get")],
    "expand-controller": [("", _VOLUMES, "patch update"), ("", _CLAIMS, "get")],
    "generic-garbage-collector": [(EVERYTHING, EVERYTHING, "delete get list patch update watch")],
    "job-controller": [("batch", "jobs", "patch update"), _PODS],
    "legacy-service-account-token-cleaner": [("", "secrets", "delete patch")],
    "namespace-controller": [(EVERYTHING, EVERYTHING, "delete deletecollection get list watch")],
    "persistent-volume-binder": [("", _VOLUMES, "create delete update"), ("", _CLAIMS, "get update"), _PODS],
    "pv-protection-controller": [("", _VOLUMES, "update")],
    "pvc-protection-controller": [("", _CLAIMS, "get update")],
    "replicaset-controller": [("apps", "replicasets", "update"), _PODS],
    "replication-controller": [("", "replicationcontrollers", "update"), _PODS],
    "resourcequota-controller": [(EVERYTHING, EVERYTHING, "list watch")],
    "root-ca-cert-publisher": [("", "configmaps", "create update")],
    "selinux-warning-controller": [("", _CLAIMS, "get")],
    "statefulset-controller": [_PODS, ("", _CLAIMS, "get delete update")],
    "volumeattributesclass-protection-controller": [("", _CLAIMS, "get")],
}
# Roles in single namespaces: namespace_policy.go there.
_IN_SYSTEM: Mapping[str, Sequence[Rule]] = {
    "bootstrap-signer": [("", "secrets", "get list watch")],
    "cloud-provider": [("", "configmaps", "create")],
    "token-cleaner": [("", "secrets", "get list watch")],
}
# longhorn/longhorn, deploy/longhorn.yaml: both may edit cluster roles, and so have every right.
_LONGHORN = {"longhorn-bind": "longhorn-service-account", "longhorn-support-bundle": "longhorn-support-bundle"}


def own_rules(contract: Contract, cluster: str, holder: Holder, binding: str) -> Sequence[Mapping[str, Any]]:
    """Return the rules that a subject has by a binding from its installation; none for other bindings.

    Args:
        contract: the contract.
        cluster: the cluster's name there.
        holder: the subject.
        binding: the binding, as `Held` names it.
    """
    declared = contract.clusters[cluster]
    longhorn = declared.longhorn.namespace if declared.longhorn is not None else None
    found = _own(declared.mesh.control_plane, longhorn).get((holder, binding), ())
    return [{"apiGroups": [group], "resources": [resource], "verbs": verbs.split()} for group, resource, verbs in found]


def are_own_verbs(rules: Sequence[Mapping[str, Any]], verbs: frozenset[str], resource: str) -> bool:
    """Return whether own rules have all of some verbs on a resource of the core group."""
    own = verbs_on(rules, "", resource, "")
    return EVERYTHING in own or verbs <= own


@cache
def _own(plane: str, longhorn: str | None) -> Mapping[tuple[Holder, str], Sequence[Rule]]:
    """Return the rules of each own binding.

    Args:
        plane: namespace of the mesh's control plane.
        longhorn: namespace of Longhorn; None without it.
    """
    found = {(holder, f"ClusterRoleBinding {name}"): rules for name, (holder, rules) in _USERS.items()}
    for name, rules in _CONTROLLERS.items():
        found[_account(_SYSTEM, name), f"ClusterRoleBinding {_CONTROLLER}{name}"] = rules
    for name, rules in _IN_SYSTEM.items():
        found[_account(_SYSTEM, name), f"RoleBinding {_SYSTEM}/{_CONTROLLER}{name}"] = rules
    # linkerd/linkerd2, charts/linkerd-control-plane/templates/destination-rbac.yaml
    discovery = f"RoleBinding {plane}/linkerd-destination-remote-discovery"
    found[_account(plane, "linkerd-destination"), discovery] = [("", "secrets", "get list watch")]
    if longhorn is not None:
        for name, account in _LONGHORN.items():
            found[_account(longhorn, account), f"ClusterRoleBinding {name}"] = [_ALL]
        found[_account(longhorn, "longhorn-service-account"), f"RoleBinding {longhorn}/longhorn"] = [_ALL]
    return found


def _account(namespace: str, name: str) -> Holder:
    return Holder("ServiceAccount", f"{namespace}/{name}")
