"""Certificates of the mesh as a real API server shows them; cert-manager's definition has only the read fields."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
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
from rolecall.systems.kubernetes.declared_objects import declared_certificates
from rolecall.systems.kubernetes.governed_object import GovernedObject, ObjectInputs
from rolecall.systems.kubernetes.mesh.certificates import fingerprint
from rolecall.systems.resource import read_live
from tests.kubernetes.test_renewal import Authority
from tests.support.waiting import becomes
from tests.unit.kubernetes.test_declared_certificates import with_certificates

TEMPLATE = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: PLURAL.GROUP}
spec:
  group: GROUP
  names: {kind: KIND, plural: PLURAL}
  scope: SCOPE
  versions:
    - name: VERSION
      served: true
      storage: true
      subresources: {status: {}}
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def definition(group: str, version: str, kind: str, scope: str = "Namespaced") -> str:
    text = TEMPLATE.replace("GROUP", group).replace("VERSION", version).replace("SCOPE", scope)
    return text.replace("KIND", kind).replace("PLURAL", f"{kind.lower()}s")


DEFINITION = definition("cert-manager.io", "v1", "Certificate")
DEFINITIONS = (
    DEFINITION,
    definition("cert-manager.io", "v1", "CertificateRequest"),
    definition("cert-manager.io", "v1", "Issuer"),
    definition("cert-manager.io", "v1", "ClusterIssuer", "Cluster"),
    definition("trust.cert-manager.io", "v1alpha1", "Bundle", "Cluster"),
)
CERTIFICATES = "/apis/cert-manager.io/v1/namespaces"
MERGE = {"Content-Type": "application/merge-patch+json"}
HOUR = timedelta(hours=1)


def text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def declared(anchor: str) -> Certificates:
    return Certificates(anchors=[anchor], issuer_life="48h", anchor_life="365d")


def delete(client: httpx.Client, identity: str, inputs: ObjectInputs) -> None:
    """Delete an object and its dependents, as the garbage collector would, which does not run here."""
    GovernedObject().delete(identity, inputs)
    path = inputs.api_kind.path(inputs.namespace, inputs.name)
    left = client.get(path)
    assert left.is_success is (inputs.kind in ("Bundle", "Certificate")), inputs.kind
    if left.is_success:
        assert left.json()["metadata"]["finalizers"] == ["orphan"]
        client.patch(path, headers=MERGE, json={"metadata": {"finalizers": None}}).raise_for_status()


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
    delete(administrator, made.id, inputs)
    assert read_live(governed, made.id, inputs) is None


def test_the_contracts_certificates_read_back_and_their_issuer_signs_no_other(
    administrator: httpx.Client, namespace: str, cluster: Cluster, tmp_path: Path
) -> None:
    folder = tmp_path / "crds"
    folder.mkdir()
    for number, text_of in enumerate(DEFINITIONS):
        (folder / f"{number}.yaml").write_text(text_of)
    apply_definitions(administrator, folder)
    for name in ("linkerd", "cert-manager"):
        administrator.post("/api/v1/namespaces", json={"metadata": {"name": name}})
    governed, wanted = GovernedObject(), declared_certificates(with_certificates(tmp_path).contract)
    inputs_of = [ObjectInputs.model_validate(dict(one.properties)) for one in wanted]
    made = [(governed.create(one), one) for one in inputs_of]
    for live, inputs in made:
        governed.check(inputs)
        again = read_live(governed, live.id, inputs)
        assert again is not None
        assert again.inputs == inputs
    reference = {"kind": "ClusterIssuer", "name": "linkerd-trust-anchor"}
    spec = {"secretName": "mine", "isCA": True, "duration": "24h", "issuerRef": reference}
    body = {"apiVersion": "cert-manager.io/v1", "metadata": {"name": "mine"}}

    def refused(kind: str, where: str, issuer: dict[str, str]) -> bool:
        posted = {**body, "kind": kind, "spec": {**spec, "issuerRef": issuer}}
        place = f"{CERTIFICATES}/{where}/{kind.lower()}s"
        answer = administrator.post(place, params={"dryRun": "All"}, json=posted)
        return answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and "signs the mesh's issuer only" in answer.text

    for kind in ("Certificate", "CertificateRequest"):
        for issuer in (reference, {**reference, "group": "cert-manager.io"}):
            becomes(partial(refused, kind, namespace, issuer))
        for other in ({**reference, "name": "other"}, {"name": "linkerd-trust-anchor"}):
            assert not refused(kind, namespace, other)
    assert refused("Certificate", "linkerd", reference)
    # Parity finds certificates that were created while the rule was missing.
    policy = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/rolecall-mesh-issuer"
    administrator.delete(policy).raise_for_status()
    becomes(lambda: not refused("Certificate", namespace, reference))
    posted = {**body, "kind": "Certificate", "spec": spec}
    administrator.post(f"{CERTIFICATES}/{namespace}/certificates", json=posted).raise_for_status()
    mesh = with_certificates(tmp_path).contract.clusters["lab"].mesh
    remarks = [one.text for one in certificate_remarks("lab", mesh, cluster, [], datetime.now(UTC))]
    assert any(f"Certificate {namespace}/mine is signed by the mesh's ClusterIssuer" in one for one in remarks)
    for live, inputs in reversed(made):
        delete(administrator, live.id, inputs)
        assert read_live(governed, live.id, inputs) is None
