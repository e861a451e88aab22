"""Connections to clusters: one for each context of the kubeconfig."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from pyrate_limiter import Duration, Rate

from rolecall.errors import ObjectMissing, RolecallError, SystemRefused
from rolecall.systems.client import Client, error_in, one_limit
from rolecall.systems.kubernetes.api_kinds import NAMESPACE, ApiKind
from rolecall.systems.kubernetes.signing_in import SIGN_IN
from rolecall.systems.requests import PLAIN_TEXT, Json, Request

# Requests above this are queued by the server itself, by priority and fairness:
# https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
PACE = Rate(800, Duration.SECOND)
FIELD_MANAGER = "rolecall"
APPLY = {"Content-Type": "application/apply-patch+yaml"}
# https://github.com/linkerd/linkerd2, charts/linkerd-control-plane/templates/destination.yaml
POLICY_CONTROLLER = "linkerd.io/control-plane-component=destination"
METRICS = {"Accept": PLAIN_TEXT}
BAD_REQUEST = 400
MERGE = {"Content-Type": "application/merge-patch+json"}


class Cluster(Client):
    """A client of one cluster.

    Args:
        context: the context of the kubeconfig; empty for the cluster in which this process runs.
    """

    def __init__(self, context: str) -> None:
        from rolecall.systems.kubernetes.transport import KubernetesTransport

        self.context = context
        self.title = f"Kubernetes cluster {context or 'of this pod'}"
        self._served: dict[str, frozenset[str]] = {}
        self._uid = ""
        self._controller: bool | None = None
        self._may: dict[tuple[ApiKind, str], bool] = {}
        self._lists: dict[str, Future[Json]] = {}
        self._indexes: dict[str, dict[tuple[str, str], Json]] = {}
        self._facts = threading.RLock()
        super().__init__(
            self.title,
            lambda: lambda: KubernetesTransport(context),
            pace=one_limit(PACE),
            error_of=error_in("reason", "message"),
            sign_in=SIGN_IN,
        )

    @property
    def uid(self) -> str:
        """The cluster's identity: the id of its namespace kube-system.

        https://opentelemetry.io/docs/specs/semconv/resource/k8s/
        """
        with self._facts:
            if not self._uid:
                found = self.get(NAMESPACE, "", "kube-system")
                if found is None:
                    raise RolecallError(f"{self.title} has no namespace kube-system", "Check the context.")
                self._uid = str(found["metadata"]["uid"])
            return self._uid

    @property
    def has_policy_controller(self) -> bool:
        """Whether Linkerd's policy controller runs there; False if the caller may not read pods. Queried once."""
        with self._facts:
            if self._controller is None:
                request = Request("GET", "/api/v1/pods", {"labelSelector": POLICY_CONTROLLER}, reads=True)
                try:
                    pods = self().send(request).body.get("items") or []
                except SystemRefused:
                    pods = []
                self._controller = any((one.get("status") or {}).get("phase") == "Running" for one in pods)
            return self._controller

    def serves(self, kind: ApiKind) -> bool:
        """Return whether the cluster has a kind in its version."""
        with self._facts:
            if kind.version not in self._served:
                found = self.one(kind.base)
                resources = found.get("resources") or [] if isinstance(found, dict) else []
                self._served[kind.version] = frozenset(str(one["name"]) for one in resources)
            return kind.plural in self._served[kind.version]

    def served_path(self, group: str, plural: str) -> str:
        """Return the path of a list in a version of its group that the cluster has; empty where it has none.

        https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
        """
        found = self.one(f"/apis/{group}") or {}
        for version in (str(one["groupVersion"]) for one in found.get("versions") or []):
            resources = (self.one(f"/apis/{version}") or {}).get("resources") or []
            if any(one["name"] == plural for one in resources):
                return f"/apis/{version}/{plural}"
        return ""

    def require(self, kind: ApiKind) -> None:
        """Require that the cluster has a kind.

        Raises:
            RolecallError: it has none of the kind, or in another version only.
        """
        if self.serves(kind):
            return
        with self._facts:
            # It may have been installed since.
            self._served.pop(kind.version, None)
        if not self.serves(kind):
            what = f"{self.title} has no {kind.name} of {kind.version}: its custom resource definition is missing"
            raise RolecallError(what, kind.install)

    def require_namespace(self, name: str) -> None:
        """Require that the cluster has a namespace that no run makes.

        Raises:
            RolecallError: it has none of that name.
        """
        if self.get(NAMESPACE, "", name) is None:
            how = "Install the software that the contract declares there, or correct its `namespace`."
            raise RolecallError(f"{self.title} has no namespace {name!r}", how)

    def may_apply(self, kind: ApiKind, namespace: str) -> bool:
        """Return whether the caller may apply objects of a kind in a namespace, or in all of them; asked for once.

        https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
        """
        key = (kind, namespace)
        with self._facts:
            if key not in self._may:
                everywhere = bool(namespace) and self.may_apply(kind, "")
                # An object that is not there yet is applied with the right to create it.
                self._may[key] = everywhere or all(self._may_do(verb, *key) for verb in ("patch", "create"))
            return self._may[key]

    def _may_do(self, verb: str, kind: ApiKind, namespace: str) -> bool:
        attributes = {"verb": verb, "group": kind.group, "resource": kind.plural, "namespace": namespace}
        body = {"spec": {"resourceAttributes": attributes}}
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        answer = self().send(Request("POST", path, body=body, reads=True))
        return bool(answer.body["status"]["allowed"])

    def get(self, kind: ApiKind, namespace: str, name: str) -> Json | None:
        """Return an object, or None where there is none."""
        found: Json | None = self.one(kind.path(namespace, quote(name, safe="")))
        return found

    def look_up(self, kind: ApiKind, namespace: str, name: str) -> Json | None:
        """Return an object as `get` does: from the list of its kind, where lists are shared."""
        if not _sharing:
            return self.get(kind, namespace, name)
        try:
            items = self.whole(kind.everywhere)["items"]
        except (SystemRefused, ObjectMissing):
            # The caller may read single namespaces only, or the kind is not there.
            return self.get(kind, namespace, name)
        index = self._indexes.setdefault(kind.everywhere, {})
        if len(index) != len(items):
            index.update({(one["metadata"].get("namespace") or "", one["metadata"]["name"]): one for one in items})
        found = index.get((namespace, name))
        # Items of a list have no kind.
        return None if found is None else {**found, "apiVersion": kind.version, "kind": kind.name}

    def apply(self, kind: ApiKind, body: Json, *, force: bool = False, dry_run: bool = False) -> Json:
        """Apply an object on the server's side, with Rolecall's field manager; return it as it is then.

        https://kubernetes.io/docs/reference/using-api/server-side-apply/

        Args:
            kind: its kind.
            body: the object.
            force: whether fields of other managers are taken over.
            dry_run: whether the server only answers what it would do.
        """
        metadata = body["metadata"]
        query = {"fieldManager": FIELD_MANAGER, "force": str(force).lower(), **({"dryRun": "All"} if dry_run else {})}
        path = kind.path(metadata.get("namespace", ""), metadata["name"])
        request = Request("PATCH", path, query, body, APPLY, reads=dry_run)
        return dict(self.repeatedly(request).body)

    def merge(self, kind: ApiKind, namespace: str, name: str, patch: Json) -> Json:
        """Change an object by a merge patch (RFC 7386); return it as it is then."""
        query = {"fieldManager": FIELD_MANAGER}
        request = Request("PATCH", kind.path(namespace, name), query, patch, MERGE)
        return dict(self.repeatedly(request).body)

    def delete(self, kind: ApiKind, found: Json) -> None:
        """Delete an object that was read, and no other one of its name that was made since.

        https://kubernetes.io/docs/concepts/architecture/garbage-collection/#orphaned-dependents
        """
        metadata = found["metadata"]
        policy = "Orphan" if kind.leaves else "Background"
        body = {"preconditions": {"uid": metadata["uid"]}, "propagationPolicy": policy}
        path = kind.path(metadata.get("namespace", ""), metadata["name"])
        self.answer(Request("DELETE", path, body=body))

    def every(self, path: str) -> list[Json]:
        """Return all objects of a list.

        Raises:
            BrokenList: the answer is no list, or not a whole one.
        """
        return self.list_in(self.whole(path), path, "items")

    def whole(self, path: str) -> Json:
        """Return a list of the API as it is: read once, where lists are shared.

        Raises:
            BrokenList: the answer is no list, or not a whole one.
            ObjectMissing: the cluster has no such list.
        """
        with self._facts:
            pending = self._lists.get(path) if _sharing else None
            asked = pending is not None
            if pending is None:
                pending = Future()
                if _sharing:
                    self._lists[path] = pending
        if not asked:
            try:
                pending.set_result(self._read(path))
            except BaseException as error:
                pending.set_exception(error)
                raise
        return pending.result()

    def _read(self, path: str) -> Json:
        answer = self().get(path)
        self.list_in(answer, path, "items")
        if (answer.get("metadata") or {}).get("continue"):
            raise self().broken(f"{path} has more pages")
        return dict(answer)

    def pod_metrics(self, namespace: str, pod: str, port: int) -> str:
        """Return a pod's metrics in Prometheus' text format, through the API server; tried once.

        A pod that does not answer is 503 of the API server, which would count as a server that is away.
        https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-connect-get-requests-to-proxy-of-pod

        Raises:
            ConnectionLost: there was no answer.
            SystemRefused: the answer is an error.
        """
        from rolecall.systems.kubernetes.transport import KubernetesTransport

        path = f"/api/v1/namespaces/{namespace}/pods/{quote(pod, safe='')}:{port}/proxy/metrics"
        answer = KubernetesTransport(self.context).send(Request("GET", path, headers=METRICS, reads=True))
        if answer.status >= BAD_REQUEST:
            raise SystemRefused(f"{self.title} answers {answer.status} for pod {namespace}/{pod}", SIGN_IN)
        return str(answer.body or "")

    def forget_lists(self) -> None:
        """Read lists again at the next use."""
        with self._facts:
            self._lists, self._indexes = {}, {}

    def has_any(self, path: str) -> bool:
        """Return whether a list has an object; a list that the cluster does not have has none."""
        try:
            return bool(self.every(path))
        except ObjectMissing:
            return False

    def forget(self) -> None:
        """Reconnect at the next use, for tests."""
        with self._facts:
            self._served, self._uid, self._may, self._controller = {}, "", {}, None
        super().forget()


_clusters: dict[str, Cluster] = {}
_lock = threading.Lock()
# As many entries as blocks share lists.
_sharing: list[bool] = []


def cluster(context: str) -> Cluster:
    """Return the client of a context's cluster."""
    with _lock:
        if context not in _clusters:
            _clusters[context] = Cluster(context)
        return _clusters[context]


@contextmanager
def shared_lists() -> Iterator[None]:
    """Share lists between all readers of clusters in a `with` block: each list is requested once."""
    with _lock:
        _sharing.append(True)
    try:
        yield
    finally:
        with _lock:
            _sharing.pop()
            for one in _clusters.values() if not _sharing else ():
                one.forget_lists()


def allowed(client: Cluster, user: str, groups: list[str], attributes: dict[str, Any]) -> bool:
    """Return whether the API server permits a user an action.

    https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
    """
    body = {"spec": {"user": user, "groups": groups, "resourceAttributes": attributes}}
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    answer = client().send(Request("POST", path, body=body, reads=True))
    return bool(answer.body["status"]["allowed"])
