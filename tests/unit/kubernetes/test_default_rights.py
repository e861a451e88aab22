"""Rights of Kubernetes' and of Linkerd's own parts are no findings; other bindings of the same subjects are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rolecall.access.graph.nodes import Right
from rolecall.access.observation import Unmanaged
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.kubernetes import rights
from rolecall.systems.kubernetes.client import Cluster
from rolecall.systems.kubernetes.inside import Inside
from rolecall.systems.kubernetes.mesh.compilation import Caller
from rolecall.systems.kubernetes.powers import POWERS
from rolecall.systems.kubernetes.rbac import Holder, Rbac
from rolecall.systems.kubernetes.reviews import Question
from rolecall.systems.kubernetes.rights import rights_on
from tests.support.cluster_contract import cluster_contract
from tests.unit.kubernetes.test_declared_certificates import with_certificates

GROUP, USER, ACCOUNT = "Group", "User", "ServiceAccount"
ENGINEERS, WEB = "oidc:engineers", Caller("dev-fraud", "web")
PRINCIPAL = ServicePrincipalId("dev", "fraud", "web")


def reads_secrets(kind: str, binding: str, who: dict[str, str]) -> list[dict[str, Any]]:
    metadata = {"name": binding, **({"namespace": "dev-fraud"} if kind == "RoleBinding" else {})}
    return [
        {
            "kind": "ClusterRole",
            "metadata": {"name": "reads"},
            "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
        },
        {
            "kind": kind,
            "metadata": metadata,
            "roleRef": {"kind": "ClusterRole", "name": "reads"},
            "subjects": [who],
        },
    ]


def found(tmp_path: Path, kind: str, binding: str, subject_kind: str, subject: str) -> list[str]:
    namespace, _, name = subject.rpartition("/")
    who = {"kind": subject_kind, "name": name, **({"namespace": namespace} if namespace else {})}
    rbac = reads_secrets(kind, binding, who)
    contract = cluster_contract(tmp_path).contract
    return [one.thing for one in rights_on(contract, Cluster("lab"), Inside("lab", ["dev-fraud"]), Rbac.of(rbac))]


BOOTSTRAP, TOKENS = "kubeadm:node-autoapprove-bootstrap", "system:bootstrappers:kubeadm:default-node-token"


@pytest.mark.parametrize(
    ("binding", "group", "own"),
    [(BOOTSTRAP, TOKENS, True), (BOOTSTRAP, "system:authenticated", False), ("more", TOKENS, False)],
)
def test_machines_join_by_the_tokens_of_kubeadm(tmp_path: Path, binding: str, group: str, *, own: bool) -> None:
    rule = {"apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests/nodeclient"]}
    role = {"kind": "ClusterRole", "metadata": {"name": "joins"}, "rules": [{**rule, "verbs": ["create"]}]}
    reference, subjects = {"kind": "ClusterRole", "name": "joins"}, [{"kind": GROUP, "name": group}]
    bound = {"kind": "ClusterRoleBinding", "metadata": {"name": binding}, "roleRef": reference, "subjects": subjects}
    contract = cluster_contract(tmp_path).contract
    reported = rights_on(contract, Cluster("lab"), Inside("lab", ["dev-fraud"]), Rbac.of([role, bound]))
    assert bool(reported) is not own


@pytest.mark.parametrize(
    ("binding", "kind", "subject"),
    [
        ("cluster-admin", GROUP, "system:masters"),
        ("system:kube-controller-manager", USER, "system:kube-controller-manager"),
        ("system:controller:generic-garbage-collector", ACCOUNT, "kube-system/generic-garbage-collector"),
        ("longhorn-bind", ACCOUNT, "longhorn-system/longhorn-service-account"),
    ],
)
def test_a_default_binding_is_no_finding(tmp_path: Path, binding: str, kind: str, subject: str) -> None:
    assert found(tmp_path, "ClusterRoleBinding", binding, kind, subject) == []


@pytest.mark.parametrize(
    ("kind_of_binding", "binding", "kind", "subject"),
    [
        ("ClusterRoleBinding", "cluster-admin", USER, "ada"),
        ("ClusterRoleBinding", "made-by-hand", GROUP, "system:masters"),
        ("ClusterRoleBinding", "made-by-hand", GROUP, "system:nodes"),
        ("ClusterRoleBinding", "made-by-hand", ACCOUNT, "kube-system/default"),
        ("ClusterRoleBinding", "system:controller:job-controller", ACCOUNT, "kube-system/default"),
        ("ClusterRoleBinding", "cluster-admin", ACCOUNT, "kube-system/default"),
        ("ClusterRoleBinding", "linkerd-linkerd-destination", ACCOUNT, "linkerd/default"),
        # By its installation it only reads other objects.
        ("ClusterRoleBinding", "linkerd-linkerd-destination", ACCOUNT, "linkerd/linkerd-destination"),
        ("ClusterRoleBinding", "by-hand-for-linkerd-destination", ACCOUNT, "linkerd/linkerd-destination"),
        ("ClusterRoleBinding", "linkerd-destination", ACCOUNT, "linkerd/linkerd-"),
        # Kubernetes has no such controller, and the next one reads no Secrets by its role.
        ("ClusterRoleBinding", "system:controller:by-hand", ACCOUNT, "kube-system/by-hand"),
        ("ClusterRoleBinding", "system:controller:job-controller", ACCOUNT, "kube-system/job-controller"),
        ("ClusterRoleBinding", "system:node", GROUP, "system:nodes"),
        ("ClusterRoleBinding", "made-by-hand", ACCOUNT, "linkerd/linkerd-destination"),
        ("ClusterRoleBinding", "longhorn-bind", ACCOUNT, "dev-fraud/longhorn-service-account"),
        ("ClusterRoleBinding", "made-by-hand", ACCOUNT, "longhorn-system/longhorn-service-account"),
        # Break-glass is `oidc:emergency` here.
        ("ClusterRoleBinding", "made-by-hand", GROUP, "emergency"),
        ("RoleBinding", "cluster-admin", GROUP, "system:masters"),
        ("RoleBinding", "system:controller:job-controller", ACCOUNT, "kube-system/job-controller"),
    ],
)
def test_another_binding_of_a_default_subject_is_found(
    tmp_path: Path, kind_of_binding: str, binding: str, kind: str, subject: str
) -> None:
    (thing,) = found(tmp_path, kind_of_binding, binding, kind, subject)
    assert binding in thing
    assert subject in thing


def role_in(namespace: str, group: str, resource: str, verb: str, who: dict[str, str] | None = None) -> Rbac:
    place = {"name": "by-hand", "namespace": namespace}
    rules = [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]
    reference = {"kind": "Role", "name": "by-hand"}
    subject = who or {"kind": GROUP, "name": "others"}
    return Rbac.of(
        [
            {"kind": "Role", "metadata": place, "rules": rules},
            {"kind": "RoleBinding", "metadata": place, "roleRef": reference, "subjects": [subject]},
        ]
    )


SERVED = ObjectId("dev", Kind.SERVICE, "fraud", "probed")
CALLS, ACTS = Right(SERVED, Verb.RUN.value), PRINCIPAL


@pytest.mark.parametrize(
    ("namespace", "group", "resource", "verb", "reaches"),
    [
        ("kube-system", "", "serviceaccounts/token", "create", [ACTS]),
        ("kube-system", "", "pods", "create", [ACTS]),
        ("kube-system", "rbac.authorization.k8s.io", "roles", "bind", []),
        # The issuer's key and the trust anchors are there.
        ("linkerd", "", "secrets", "get", [CALLS]),
        ("linkerd", "", "pods/exec", "create", [CALLS]),
        ("linkerd", "", "configmaps", "patch", [CALLS]),
        ("linkerd", "cert-manager.io", "certificates", "create", [CALLS]),
        # The trust anchor's key.
        ("cert-manager", "", "secrets", "list", [CALLS]),
        ("cert-manager", "cert-manager.io", "certificaterequests", "create", [CALLS]),
        ("tools", "", "pods", "create", [ACTS]),
    ],
)
def test_rights_in_a_namespace_that_reaches_all_others_are_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    namespace: str,
    group: str,
    resource: str,
    verb: str,
    reaches: list[Any],
) -> None:
    monkeypatch.setattr(rights, "permitted", lambda *_: iter(()))
    contract = with_certificates(tmp_path).contract
    contract = contract.model_copy(update={"administrators": ["tools/deployer"]})
    inside = Inside("lab", ["dev-fraud"], [(PRINCIPAL, WEB)], services=[SERVED])
    administers = reads_secrets(
        "ClusterRoleBinding", "tools", {"kind": ACCOUNT, "name": "deployer", "namespace": "tools"}
    )
    rbac = role_in(namespace, group, resource, verb)
    rbac = Rbac({**rbac.roles, **Rbac.of(administers).roles}, [*rbac.bindings, administers[1]])
    (one,) = rights_on(contract, Cluster("lab"), inside, rbac)
    assert one.thing == f"RoleBinding {namespace}/by-hand: group others"
    assert [step.target for step in one.steps] == reaches


@pytest.mark.parametrize("resource", ["pods", "configmaps", "secrets"])
def test_rights_in_other_namespaces_are_no_finding(tmp_path: Path, resource: str) -> None:
    contract = cluster_contract(tmp_path).contract
    rbac = role_in("elsewhere", "", resource, "create")
    assert rights_on(contract, Cluster("lab"), Inside("lab", ["dev-fraud"]), rbac) == []


def test_linkerds_right_to_read_secrets_of_its_own_namespace_is_no_finding(tmp_path: Path) -> None:
    contract = cluster_contract(tmp_path).contract
    account = {"kind": ACCOUNT, "name": "linkerd-destination", "namespace": "linkerd"}
    own, by_hand = (role_in("linkerd", "", "secrets", "get", account) for _ in range(2))
    own.bindings[0]["metadata"]["name"] = "linkerd-destination-remote-discovery"
    inside = Inside("lab", ["dev-fraud"])
    assert rights_on(contract, Cluster("lab"), inside, own) == []
    assert len(rights_on(contract, Cluster("lab"), inside, by_hand)) == 1


def asked_of(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    grants: Callable[[Question], bool],
    rbac: Iterable[dict[str, Any]] = (),
) -> tuple[list[Question], dict[str, Unmanaged]]:
    """Return the access reviews requested, and the findings by object."""
    asked: list[Question] = []

    def permitted(_: Cluster, questions: Iterable[Question]) -> Iterator[Question]:
        wanted = [*questions]
        asked.extend(wanted)
        yield from filter(grants, wanted)

    monkeypatch.setattr(rights, "permitted", permitted)
    contract = cluster_contract(tmp_path).contract
    accounts = [(PRINCIPAL, WEB)]
    inside = Inside("lab", ["dev-fraud"], accounts, {"engineers": ENGINEERS}, {"dev-fraud": [ENGINEERS]})
    return asked, {one.thing: one for one in rights_on(contract, Cluster("lab"), inside, Rbac.of(rbac))}


def test_the_server_is_asked_for_groups_with_each_action_of_a_power(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another authorizer than RBAC grants one action only, and not the first of its power."""
    asked, things = asked_of(tmp_path, monkeypatch, lambda one: (one.verb, one.resource) == ("patch", "statefulsets"))
    assert {*things} == {
        "the API server's authorization: group oidc:engineers",
        "the API server's authorization: group system:serviceaccounts:dev-fraud",
    }
    (step,) = things["the API server's authorization: group oidc:engineers"].steps
    assert (step.source, step.target) == (GroupId("engineers"), PRINCIPAL)
    for holder in (Holder("Group", ENGINEERS), Holder("Group", "system:serviceaccounts:dev-fraud")):
        actions = {(one.verb, one.resource) for one in asked if one.holder == holder}
        assert {("get", "pods/exec"), ("create", "pods/attach"), ("patch", "cronjobs"), ("watch", "secrets")} <= actions
        assert ("patch", "pods/exec") not in actions


def test_the_server_is_asked_for_each_account_about_each_power(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    single = Holder("ServiceAccount", "dev-fraud/web")
    asked, things = asked_of(
        tmp_path, monkeypatch, lambda one: one.holder == single and (one.verb, one.resource) == ("get", "secrets")
    )
    assert {*things} == {"the API server's authorization: service account dev-fraud/web"}
    questions = [(one.verb, one.resource) for one in asked if one.holder == single]
    assert questions == [
        (next(iter(power.actions.values()))[0], next(iter(power.actions)))
        for power in POWERS
        if power.namespaced and power.reviewed
    ]


def test_what_a_group_of_accounts_has_is_not_asked_for_each_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, things = asked_of(tmp_path, monkeypatch, lambda one: one.holder.name.startswith("system:serviceaccounts"))
    assert {*things} == {"the API server's authorization: group system:serviceaccounts:dev-fraud"}
    assert not [one for one in asked if one.holder.kind == "ServiceAccount"]


@pytest.mark.parametrize("kind", [USER, GROUP])
def test_a_group_is_reviewed_if_a_user_of_the_same_name_is_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    rbac = reads_secrets("RoleBinding", "by-hand", {"kind": kind, "name": ENGINEERS})
    asked, _ = asked_of(tmp_path, monkeypatch, lambda _: False, rbac)
    reads = {one.holder for one in asked if (one.verb, one.resource) == ("get", "secrets")}
    assert (Holder(GROUP, ENGINEERS) in reads) == (kind == USER)


@pytest.mark.parametrize(
    "subject",
    [
        {"kind": ACCOUNT, "name": "web", "namespace": "dev-fraud"},
        {"kind": USER, "name": "system:serviceaccount:dev-fraud:web"},
    ],
)
def test_a_service_account_that_is_bound_as_a_user_is_the_same_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subject: dict[str, str]
) -> None:
    rbac = reads_secrets("RoleBinding", "by-hand", subject)
    asked, things = asked_of(tmp_path, monkeypatch, lambda _: False, rbac)
    assert {*things} == {"RoleBinding dev-fraud/by-hand: service account dev-fraud/web"}
    single = Holder(ACCOUNT, "dev-fraud/web")
    assert ("get", "secrets") not in {(one.verb, one.resource) for one in asked if one.holder == single}


def test_an_account_of_another_environment_is_that_principal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "permitted", lambda *_: iter(()))
    staging = ServicePrincipalId("staging", "fraud", "web")
    target = ObjectId("dev", Kind.PERSISTENT_VOLUME, "fraud", "features")
    accounts = [(PRINCIPAL, WEB), (staging, Caller("staging-fraud", "web"))]
    inside = Inside("lab", ["dev-fraud"], accounts, volumes={"dev-fraud": [target]})
    subject = {"kind": ACCOUNT, "name": "web", "namespace": "staging-fraud"}
    rbac = Rbac.of(reads_secrets("RoleBinding", "by-hand", subject))
    (one,) = rights_on(cluster_contract(tmp_path).contract, Cluster("lab"), inside, rbac)
    assert [(step.source, step.target) for step in one.steps] == [(staging, Right(target, Verb.VIEW.value))]


@pytest.mark.parametrize(
    "name", ["system:serviceaccount:web", "system:serviceaccount::web", "system:serviceaccounts:a:b"]
)
def test_a_user_that_is_no_service_account_stays_a_user(name: str) -> None:
    rbac = Rbac.of(reads_secrets("RoleBinding", "by-hand", {"kind": USER, "name": name}))
    assert {one.holder for one in rbac.held(["dev-fraud"], POWERS)} == {Holder(USER, name)}


@pytest.mark.parametrize(
    ("resource", "limits", "right"),
    [("secrets", True, Verb.VIEW), ("pods", True, None), ("pods", False, Verb.EDIT), ("configmaps", False, None)],
)
def test_who_reads_the_key_or_makes_pods_reaches_the_volumes(
    tmp_path: Path, resource: str, limits: bool, right: Verb | None
) -> None:
    metadata = {"name": "b", "namespace": "dev-fraud"}
    rules = [{"apiGroups": [""], "resources": [resource], "verbs": ["get", "create"]}]
    reference, subject = {"kind": "Role", "name": "b"}, {"kind": GROUP, "name": "analysts"}
    rbac = [
        {"kind": "Role", "metadata": metadata, "rules": rules},
        {"kind": "RoleBinding", "metadata": metadata, "roleRef": reference, "subjects": [subject]},
    ]
    contract = cluster_contract(tmp_path).contract
    target = ObjectId("dev", Kind.PERSISTENT_VOLUME, "fraud", "features")
    inside = Inside("lab", ["dev-fraud"], volumes={"dev-fraud": [target]}, limits_mounts=limits)
    steps = [step for one in rights_on(contract, Cluster("lab"), inside, Rbac.of(rbac)) for step in one.steps]
    assert [one.target for one in steps] == ([] if right is None else [Right(target, right.value)])


@pytest.mark.parametrize(
    ("group", "resource", "verb"),
    [
        ("", "serviceaccounts/token", "create"),
        ("", "serviceaccounts", "impersonate"),
        ("", "secrets", "patch"),
        ("batch", "cronjobs", "create"),
        ("rbac.authorization.k8s.io", "rolebindings", "create"),
        ("longhorn.io", "snapshots", "create"),
    ],
)
def test_who_acts_as_longhorn_in_its_namespace_is_a_finding(
    tmp_path: Path, group: str, resource: str, verb: str
) -> None:
    place = {"name": "by-hand", "namespace": "longhorn-system"}
    rules = [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]
    rbac = [
        {"kind": "Role", "metadata": place, "rules": rules},
        {
            "kind": "RoleBinding",
            "metadata": place,
            "roleRef": {"kind": "Role", "name": "by-hand"},
            "subjects": [{"kind": GROUP, "name": "others"}],
        },
    ]
    contract = cluster_contract(tmp_path).contract
    (one,) = rights_on(contract, Cluster("lab"), Inside("lab", ["dev-fraud"]), Rbac.of(rbac))
    assert one.thing == "RoleBinding longhorn-system/by-hand: group others"
