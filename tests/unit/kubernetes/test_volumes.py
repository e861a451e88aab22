"""Reading volumes: holders of claims by binding, and the keys that encrypt them."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.access.graph.nodes import Right
from rolecall.access.observation import RemarkKind
from rolecall.ids.ids import GroupId, ObjectId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.kubernetes.rbac import Holder, Rbac
from rolecall.systems.kubernetes.storage.classes import StorageClass
from rolecall.systems.kubernetes.storage.reading import Volumes, encryption, holders_of, strangers, whole_verb

Object = dict[str, Any]
NAMESPACE = "dev-fraud"
FEATURES = ObjectId("dev", Kind.PERSISTENT_VOLUME, "fraud", "features")
OWN = StorageClass("dev-fraud-confidential", NAMESPACE, "volume-key-confidential")
VOLUMES = Volumes(NAMESPACE, {"features": FEATURES}, {"features": OWN}, ["local-path"])
ENGINEERS = Holder("Group", "oidc:engineers")
SUBJECTS: dict[Holder, Subject] = {ENGINEERS: GroupId("engineers")}


def rbac(
    verbs: list[str], *names: str, group: str = "", resource: str = "persistentvolumeclaims", who: str = "x"
) -> Rbac:
    rule = {
        "apiGroups": [group],
        "resources": [resource],
        "verbs": verbs,
        **({"resourceNames": [*names]} if names else {}),
    }
    place = {"name": "r", "namespace": NAMESPACE}
    subject = {"kind": "Group", "name": who}
    role = {"kind": "Role", "metadata": place, "rules": [rule]}
    reference = {"kind": "Role", "name": "r"}
    return Rbac.of([role, {"kind": "RoleBinding", "metadata": place, "roleRef": reference, "subjects": [subject]}])


@pytest.mark.parametrize(
    ("found", "verbs"),
    [
        (rbac(["get"], "features"), {"get"}),
        (rbac(["get"]), {"get"}),
        (rbac(["*"]), {"get", "patch", "update", "delete"}),
        (rbac(["*"], resource="*"), {"get", "patch", "update", "delete"}),
        (rbac(["delete"], "features", "other"), {"delete"}),
        (rbac(["delete"], "other"), set()),
        (rbac(["list", "watch", "create"]), set()),
        (rbac(["get"], group="apps"), set()),
        (rbac(["get"], resource="pods"), set()),
        (rbac(["get"], resource="persistentvolumeclaims/status"), set()),
    ],
)
def test_rules_on_a_claim_are_read_by_its_name(found: Rbac, verbs: set[str]) -> None:
    held = holders_of(found, VOLUMES)["features"]
    assert {verb for each in held.values() for verb in each} == verbs


def test_a_holder_whom_the_contract_does_not_know_is_named_with_its_binding() -> None:
    (one,) = strangers(VOLUMES, rbac(["delete"]), SUBJECTS, lambda *_: False)
    assert one.thing == "RoleBinding dev-fraud/r: group x"
    assert one.reaches == "may delete claims features in dev-fraud"
    (step,) = one.steps
    assert step.target == Right(FEATURES, Verb.MANAGE.value)
    assert [*strangers(VOLUMES, rbac(["delete"]), SUBJECTS, lambda *_: True)] == []
    known = rbac(["delete"], who=ENGINEERS.name)
    assert [*strangers(VOLUMES, known, SUBJECTS, lambda *_: False)] == []


@pytest.mark.parametrize(
    ("words", "verb", "beyond"),
    [
        (set(), None, set()),
        ({"get"}, Verb.VIEW, set()),
        ({"get", "patch"}, Verb.VIEW, {"patch"}),
        ({"get", "patch", "update"}, Verb.EDIT, set()),
        ({"get", "delete"}, Verb.VIEW, {"delete"}),
        ({"delete"}, None, {"delete"}),
        ({"get", "patch", "update", "delete"}, Verb.MANAGE, set()),
    ],
)
def test_words_are_never_rounded_to_a_verb(words: set[str], verb: Verb | None, beyond: set[str]) -> None:
    assert whole_verb(frozenset(words)) == (verb, frozenset(beyond))


def claim(storage_class: str | None, name: str = "features", namespace: str = NAMESPACE) -> Object:
    spec = {"volumeName": "pv-1", **({"storageClassName": storage_class} if storage_class else {})}
    return {"metadata": {"name": name, "namespace": namespace}, "spec": spec}


def volume(**changes: Any) -> Object:
    secret = {"name": OWN.secret, "namespace": OWN.namespace}
    source = {
        "driver": "driver.longhorn.io",
        "volumeAttributes": {"encrypted": "true"},
        "nodeStageSecretRef": secret,
        "nodePublishSecretRef": secret,
        **changes,
    }
    return {"metadata": {"name": "pv-1"}, "spec": {"csi": source}}


def remarks(one: Object, *persistent: Object) -> list[tuple[RemarkKind, str]]:
    return [(each.kind, each.text) for each in encryption(VOLUMES, [one], persistent)]


def test_a_volume_with_the_projects_key_is_as_it_is_declared() -> None:
    assert remarks(claim(OWN.name), volume()) == []
    assert remarks(claim(OWN.name, "another"), volume()) == []
    assert remarks(claim("local-path", "scratch"), volume()) == []
    assert remarks(claim("longhorn", namespace="elsewhere"), volume()) == []


@pytest.mark.parametrize(
    ("one", "persistent", "what"),
    [
        (claim("longhorn"), volume(), "has the storage class longhorn, not dev-fraud-confidential"),
        (claim("local-path"), volume(), "has the storage class local-path, not dev-fraud-confidential"),
        (claim(None), volume(), "has no storage class"),
        (claim("longhorn", "another"), volume(), "not a class of the project"),
        (claim(OWN.name), volume(driver="ebs.csi.aws.com"), "is of ebs.csi.aws.com"),
        (claim(OWN.name), volume(volumeAttributes={}), "is not encrypted"),
        (
            claim(OWN.name),
            volume(nodeStageSecretRef={"name": "k", "namespace": "longhorn-system"}),
            "longhorn-system/k",
        ),
        (claim(OWN.name), volume(nodePublishSecretRef=None), "no Secret"),
        (claim(OWN.name), {"metadata": {"name": "pv-1"}, "spec": {"nfs": {}}}, "is of no CSI driver"),
        (claim(OWN.name, namespace="elsewhere"), volume(), "claim elsewhere/features has the project's storage class"),
    ],
)
def test_a_volume_without_the_projects_key_is_found(one: Object, persistent: Object, what: str) -> None:
    ((_, text),) = remarks(one, persistent)
    assert what in text
