"""Objects of a cluster that other managers have changed or own: neither skipped silently nor adopted."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.errors import NotOwned, RolecallError
from rolecall.systems.kubernetes import governed_object
from rolecall.systems.kubernetes.api_kinds import ApiKind
from rolecall.systems.kubernetes.governed_object import GovernedObject, ObjectInputs
from rolecall.systems.kubernetes.ownership import CLUSTER
from rolecall.systems.requests import Json

MARK = "rolecall:acme:dev:claim:fraud:models"
OBJECT = GovernedObject()


class Cluster:
    """A cluster with one object, which is there until nothing delays its deletion."""

    uid = "1"

    def __init__(self, found: Json) -> None:
        self.found: Json | None = found
        self.deleted = 0

    def require(self, kind: ApiKind) -> None:
        pass

    def get(self, kind: ApiKind, namespace: str, name: str) -> Json | None:
        return self.found

    def delete(self, kind: ApiKind, found: Json) -> None:
        self.deleted += 1
        if found["metadata"].get("finalizers"):
            found["metadata"]["deletionTimestamp"] = "2026-11-27T08:00:00Z"
        else:
            self.found = None


def binding(name: str = "lab", **content: Any) -> ObjectInputs:
    content = {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "viewer"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "analysts"}],
        **content,
    }
    return ObjectInputs.model_validate(
        {
            "cluster": name,
            "context": "lab",
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "namespace": "dev-fraud",
            "name": "viewer",
            "content": content,
            "managedBy": MARK,
        }
    )


def live(inputs: ObjectInputs, manager: str | None, **metadata: Any) -> Json:
    """Return an object of which a manager has set the name of the cluster; None where that was removed."""
    found: Json = inputs.body
    fields: Json = {"f:metadata": {"f:annotations": {f"f:{CLUSTER}": {}}}}
    found["metadata"]["managedFields"] = [{"manager": manager, "fieldsV1": fields}] if manager else []
    found["metadata"] |= {"uid": "2", "resourceVersion": "1", **metadata}
    return found


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Any:
    def serving(found: Json) -> Cluster:
        one = Cluster(found)
        monkeypatch.setattr(governed_object, "cluster", lambda context: one)
        return one

    return serving


def identity() -> str:
    return "1|rbac.authorization.k8s.io/v1|RoleBinding|dev-fraud|viewer"


@pytest.mark.parametrize("manager", ["kubectl-edit", None])
def test_a_cluster_name_that_others_changed_does_not_keep_a_grant_silently(serve: Any, manager: str | None) -> None:
    server = serve(live(binding("elsewhere"), manager))
    with pytest.raises(NotOwned, match=f"names cluster 'elsewhere' since a change by {manager or 'an unknown'}"):
        OBJECT.delete(identity(), binding())
    assert server.deleted == 0


@pytest.mark.parametrize("beside", [(), ("argocd",)])
def test_what_another_cluster_of_the_contract_has_taken_over_stays(serve: Any, beside: tuple[str, ...]) -> None:
    found = live(binding("renamed"), "rolecall")
    managers = found["metadata"]["managedFields"]
    managers += [{**managers[0], "manager": one} for one in beside]
    server = serve(found)
    OBJECT.delete(identity(), binding())
    assert server.deleted == 0


def test_a_deletion_that_finalizers_delay_has_not_ended(serve: Any) -> None:
    """A binding counts until it is gone; no controller ends an invented finalizer."""
    server = serve(live(binding(), "rolecall", finalizers=["example.com/keep"]))
    for _ in range(2):
        with pytest.raises(RolecallError, match=r"is not gone: its deletion waits for example\.com/keep"):
            OBJECT.delete(identity(), binding())
    assert server.deleted == 1
    assert server.found is not None
    server.found["metadata"]["finalizers"] = []
    OBJECT.delete(identity(), binding())
    assert server.deleted == 1


def test_a_binding_of_another_role_is_not_replaced_while_finalizers_delay_it(serve: Any) -> None:
    server = serve(live(binding(), "rolecall", finalizers=["example.com/keep"]))
    other = binding(roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "editor"})
    with pytest.raises(RolecallError, match=r"waits for example\.com/keep"):
        OBJECT.update(identity(), binding(), other)
    assert server.deleted == 0


def test_objects_whose_own_controllers_clean_up_end_later(serve: Any) -> None:
    job = ObjectInputs.model_validate(
        {
            "cluster": "lab",
            "context": "lab",
            "apiVersion": "longhorn.io/v1beta2",
            "kind": "RecurringJob",
            "namespace": "longhorn-system",
            "name": "nightly",
            "content": {},
            "managedBy": MARK,
        }
    )
    server = serve(live(job, "rolecall", finalizers=["longhorn.io"]))
    OBJECT.delete("1|longhorn.io/v1beta2|RecurringJob|longhorn-system|nightly", job)
    assert server.deleted == 1


@pytest.mark.parametrize("mark", ["rolecall:acme:dev:claim:fraud:other", "rolecall:initech:dev:claim:fraud:models"])
def test_an_object_with_another_mark_is_not_adopted(serve: Any, mark: str) -> None:
    """Another stack's state has it, or another organization's."""
    adopting = binding().model_copy(update={"adopt": True})
    server = serve(live(adopting.model_copy(update={"managed_by": mark}), "rolecall"))
    with pytest.raises(NotOwned, match=f"carries the mark {mark}"):
        OBJECT.create(adopting)
    with pytest.raises(NotOwned, match=f"carries the mark {mark}"):
        OBJECT.update(identity(), adopting, adopting)
    assert server.deleted == 0
