"""Certificates of the mesh as a real API server shows them; cert-manager's definition has only the read fields."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from rolecall.access.observation import Remark
from rolecall.contract.cluster import Certificates, Mesh
from rolecall.errors import RolecallError
from rolecall.local.api_definitions import apply_definitions
from rolecall.local.api_server import ApiServer
from rolecall.policies import compliant
from rolecall.systems.connections import forget_all
from rolecall.systems.kubernetes.certificates import certificate_remarks
from rolecall.systems.kubernetes.client import Cluster
from rolecall.systems.kubernetes.governed_object import GovernedObject, ObjectInputs
from rolecall.systems.kubernetes.mesh.certificates import fingerprint
from rolecall.systems.resource import read_live
from tests.kubernetes.test_renewal import Authority

DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: certificates.cert-manager.io}
spec:
  group: cert-manager.io
  names: {kind: Certificate, plural: certificates}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
CERTIFICATES = "/apis/cert-manager.io/v1/namespaces"
MERGE = {"Content-Type": "application/merge-patch+json"}
HOUR = timedelta(hours=1)


def text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def declared(anchor: str) -> Certificates:
    return Certificates(anchors=[anchor], issuer_life="48h", anchor_life="365d")


class Installation:
    """A control plane without its programs: the objects that they and cert-manager write."""

    def __init__(self, client: httpx.Client, namespace: str) -> None:
        self._client, self.namespace, self.now = client, namespace, datetime.now(UTC)
        anchor = Authority("root.linkerd.cluster.local", 2_000 * HOUR)
        self.certificates = declared(fingerprint(anchor.certificate))
        body: dict[str, Any] = {"metadata": {"name": "linkerd-identity-trust-roots"}}
        body["data"] = {"ca-bundle.crt": anchor.pem}
        self._post(f"/api/v1/namespaces/{namespace}/configmaps", body)
        name = {"metadata": {"name": "linkerd-identity-issuer"}}
        kind = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate"}
        self._post(f"{CERTIFICATES}/{namespace}/certificates", {**kind, **name})

    def renewed(self, since: datetime, life: timedelta) -> None:
        status = {"notBefore": text(since), "notAfter": text(since + life), "renewalTime": text(since + life * 2 / 3)}
        self._status(f"{CERTIFICATES}/{self.namespace}/certificates/linkerd-identity-issuer", status)

    def runs(self, name: str, since: datetime) -> None:
        labels = {"linkerd.io/control-plane-component": "identity"}
        place = f"/api/v1/namespaces/{self.namespace}/pods"
        containers = [{"name": "identity", "image": "controller"}]
        self._post(place, {"metadata": {"name": name, "labels": labels}, "spec": {"containers": containers}})
        running = {"name": "identity", "ready": True, "restartCount": 0, "image": "controller", "imageID": ""}
        running["state"] = {"running": {"startedAt": text(since)}}
        self._status(f"{place}/{name}", {"containerStatuses": [running]})

    def remarks(self, cluster: Cluster) -> list[Remark]:
        mesh = Mesh(control_plane=self.namespace, certificates=self.certificates)
        pods = [{**one, "kind": "Pod"} for one in cluster.every("/api/v1/pods")]
        return [*certificate_remarks("lab", mesh, cluster, pods, self.now)]

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self._client.post(path, json=body).raise_for_status()

    def _status(self, path: str, status: dict[str, Any]) -> None:
        self._client.patch(f"{path}/status", headers=MERGE, json={"status": status}).raise_for_status()


@pytest.fixture
def cluster(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "kubeconfig", {"lab": "deployer"})))
    yield Cluster("lab")
    forget_all()


def test_a_renewal_counts_once_each_controller_shows_it(
    administrator: httpx.Client, namespace: str, cluster: Cluster, tmp_path: Path
) -> None:
    bare = Mesh(control_plane=namespace, certificates=declared(":".join(["0A"] * 32)))
    missing = [one.text for one in certificate_remarks("lab", bare, cluster, [], datetime.now(UTC))]
    assert any("nothing renews it" in one for one in missing), "cert-manager may be missing altogether"
    (tmp_path / "crds").mkdir()
    (tmp_path / "crds" / "certificates.yaml").write_text(DEFINITION)
    apply_definitions(administrator, tmp_path / "crds")
    made = Installation(administrator, namespace)
    (unissued,) = [one for one in made.remarks(cluster) if "issued" in one.text]
    assert unissued.kind == "unknown"
    made.renewed(made.now - 5 * HOUR, 48 * HOUR)
    made.runs("identity-new", made.now + HOUR)
    assert made.remarks(cluster) == []
    # Its metrics cannot be read, as no kubelet runs it: that it took the renewal is not known.
    made.runs("identity-old", made.now - 6 * HOUR)
    found = {one.text.partition(":")[2].strip(): one for one in made.remarks(cluster)}
    assert {one.kind for one in found.values()} == {"different", "unknown"}
    assert any(text.startswith("identity controller identity-old has not shown") for text in found)
    # The bundle was written just now, after this controller had read it.
    assert any(text.startswith("identity controller identity-old started before the trust bundle") for text in found)


@pytest.mark.usefixtures("cluster")
def test_a_declared_certificate_reads_back_and_a_longer_life_by_hand_shows(
    administrator: httpx.Client, namespace: str, tmp_path: Path
) -> None:
    (tmp_path / "crds").mkdir()
    (tmp_path / "crds" / "certificates.yaml").write_text(DEFINITION)
    apply_definitions(administrator, tmp_path / "crds")
    values = {**compliant.CERTIFICATE, "context": "lab", "namespace": namespace}
    inputs, governed = ObjectInputs.model_validate(values), GovernedObject()
    governed.check(inputs)
    made = governed.create(inputs)
    live = read_live(governed, made.id, inputs)
    assert live is not None
    assert live.inputs == inputs
    place = f"{CERTIFICATES}/{namespace}/certificates/{inputs.name}"
    longer = {"spec": {"duration": "87600h"}}
    administrator.patch(place, params={"fieldManager": "by-hand"}, headers=MERGE, json=longer).raise_for_status()
    changed = read_live(governed, made.id, inputs)
    assert changed is not None
    assert changed.inputs != inputs
    with pytest.raises(RolecallError, match=r"spec\.duration by by-hand"):
        governed.check(inputs)
    governed.delete(made.id, inputs)
    assert read_live(governed, made.id, inputs) is None
