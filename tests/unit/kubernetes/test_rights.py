"""Rights by RBAC that lead past the mesh, as Kubernetes combines roles and bindings."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.systems.kubernetes.powers import POWERS
from rolecall.systems.kubernetes.rbac import Holder, Rbac

Object = dict[str, Any]
USER = {"kind": "User", "name": "ada"}


def role(name: str, *rules: tuple[str, str, str], namespace: str = "", **more: Any) -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **more.pop("metadata", {})}
    written = [{"apiGroups": [group], "resources": [resource], "verbs": [verb]} for group, resource, verb in rules]
    return {"kind": "Role" if namespace else "ClusterRole", "metadata": metadata, "rules": written, **more}


def binding(reference: str, *subjects: Object, namespace: str = "", kind: str = "ClusterRole") -> Object:
    return {
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": "b", **({"namespace": namespace} if namespace else {})},
        "roleRef": {"kind": kind, "name": reference},
        "subjects": [*subjects],
    }


def held(*objects: Object) -> set[tuple[str, str]]:
    return {(one.holder.shown, one.power.name) for one in Rbac.of(objects).held(["dev-fraud"], POWERS)}


@pytest.mark.parametrize(
    ("rule", "power"),
    [
        (("", "pods/exec", "create"), "run commands in pods"),
        (("", "pods/exec", "get"), "run commands in pods"),
        (("", "*/exec", "create"), "run commands in pods"),
        (("", "pods/ephemeralcontainers", "patch"), "run commands in pods"),
        (("", "pods", "create"), "create pods"),
        (("apps", "deployments", "patch"), "change workloads"),
        (("batch", "cronjobs", "update"), "change jobs"),
        (("", "serviceaccounts/token", "create"), "create tokens"),
        (("", "serviceaccounts", "impersonate"), "impersonate service accounts"),
        (("", "secrets", "get"), "read Secrets"),
        (("", "secrets", "list"), "read Secrets"),
        (("", "secrets", "watch"), "read Secrets"),
        (("", "pods/portforward", "create"), "reach ports of pods"),
        (("rbac.authorization.k8s.io", "clusterroles", "bind"), "bind roles"),
        (("rbac.authorization.k8s.io", "roles", "escalate"), "escalate roles"),
        (("rbac.authorization.k8s.io", "rolebindings", "create"), "change bindings"),
        (("policy.linkerd.io", "servers", "delete"), "change the mesh's policies"),
        (("policy.linkerd.io", "*", "*"), "change the mesh's policies"),
        (("networking.k8s.io", "networkpolicies", "delete"), "change network policies"),
        (("", "namespaces", "patch"), "change the namespace"),
        (
            ("authentication.k8s.io", "serviceaccounts", "impersonate:serviceaccount"),
            "impersonate service accounts in part",
        ),
    ],
)
def test_each_right_past_the_mesh_is_found_in_a_namespace(rule: tuple[str, str, str], power: str) -> None:
    found = held(role("r", rule, namespace="dev-fraud"), binding("r", USER, namespace="dev-fraud", kind="Role"))
    assert ("user ada", power) in found


@pytest.mark.parametrize(
    ("rule", "power"),
    [
        (("certificates.k8s.io", "signers", "approve"), "approve or sign client certificates"),
        (("certificates.k8s.io", "signers", "sign"), "approve or sign client certificates"),
        (("certificates.k8s.io", "certificatesigningrequests/nodeclient", "create"), "request certificates of nodes"),
        (("authentication.k8s.io", "users", "impersonate:user-info"), "impersonate users in part"),
        (("admissionregistration.k8s.io", "mutatingadmissionpolicies", "create"), "change admission rules"),
        (("apiextensions.k8s.io", "customresourcedefinitions", "patch"), "change definitions of resources"),
        (("apiregistration.k8s.io", "apiservices", "create"), "change API services"),
        (("cert-manager.io", "clusterissuers", "update"), "change issuers of the cluster"),
        (("trust.cert-manager.io", "bundles", "patch"), "change trust bundles"),
        (("snapshot.storage.k8s.io", "volumesnapshotcontents", "create"), "change contents of snapshots"),
    ],
)
def test_each_right_of_the_cluster_past_the_mesh_is_found(rule: tuple[str, str, str], power: str) -> None:
    assert held(role("r", rule), binding("r", USER)) == {("user ada", power)}


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        (["kubernetes.io/kube-apiserver-client"], True),
        (["example.com/other", "kubernetes.io/*"], True),
        (["kubernetes.io/kubelet-serving"], False),
        (["issuers.cert-manager.io/*"], False),
    ],
)
def test_signers_count_whose_certificates_the_api_server_accepts(names: list[str], counts: bool) -> None:
    signs = role("r", ("certificates.k8s.io", "signers", "approve"))
    signs["rules"][0]["resourceNames"] = names
    assert bool(held(signs, binding("r", USER))) == counts


@pytest.mark.parametrize(
    "rule",
    [
        ("", "pods", "get"),
        ("", "pods/log", "get"),
        ("", "configmaps", "*"),
        ("apps", "secrets", "get"),
        ("apps", "deployments", "get"),
        ("", "*/log", "get"),
        ("", "services", "create"),
        ("policy.linkerd.io", "servers", "list"),
    ],
)
def test_other_rights_are_none_of_them(rule: tuple[str, str, str]) -> None:
    assert held(role("r", rule), binding("r", USER)) == set()


def test_everything_is_every_power_and_only_a_binding_of_the_cluster_gives_those_of_the_cluster() -> None:
    everything = role("admin", ("*", "*", "*"))
    names = {one.name for one in POWERS}
    assert {power for _, power in held(everything, binding("admin", USER))} == names
    within = {power for _, power in held(everything, binding("admin", USER, namespace="dev-fraud"))}
    assert within == {one.name for one in POWERS if one.namespaced} < names


def test_a_binding_counts_in_its_namespace_and_a_role_is_looked_up_there() -> None:
    reads = ("", "secrets", "get")
    assert held(role("r", reads), binding("r", USER, namespace="elsewhere")) == set()
    assert held(role("r", reads, namespace="other"), binding("r", USER, namespace="dev-fraud", kind="Role")) == set()
    # A Role and a ClusterRole of one name are two.
    assert held(role("r", reads), binding("r", USER, namespace="dev-fraud", kind="Role")) == set()


def test_rules_are_aggregated_in_several_steps_and_in_a_circle() -> None:
    def aggregates(name: str, label: str, own: str = "") -> Object:
        selectors = [{"matchLabels": {label: "true"}}]
        metadata = {"labels": {own: "true"}} if own else {}
        return role(name, metadata=metadata, aggregationRule={"clusterRoleSelectors": selectors})

    reads = role("reads", ("", "secrets", "get"), metadata={"labels": {"to-edit": "true"}})
    roles = (aggregates("admin", "to-admin", "to-edit"), aggregates("edit", "to-edit", "to-admin"), reads)
    assert held(*roles, binding("admin", USER)) == {("user ada", "read Secrets")}


def test_a_service_account_of_a_binding_without_namespace_is_that_of_the_binding() -> None:
    account = {"kind": "ServiceAccount", "name": "web"}
    found = [
        *Rbac.of([role("r", ("", "pods", "create")), binding("r", account, namespace="dev-fraud")]).held(
            ["dev-fraud"], POWERS
        )
    ]
    assert [one.holder for one in found] == [Holder("ServiceAccount", "dev-fraud/web")]
    assert found[0].holder.user == "system:serviceaccount:dev-fraud:web"
