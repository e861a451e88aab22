"""Requests to a cluster that is away, slow, or answers something else than it should; no API server is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import yaml
from kubernetes.client import ApiClient

from rolecall.errors import AnswerLost, BrokenList, RolecallError, SystemRefused, SystemUnreachable
from rolecall.systems.connections import forget_all
from rolecall.systems.kubernetes.api_kinds import API_KINDS, NAMESPACE
from rolecall.systems.kubernetes.client import Cluster, cluster, shared_lists
from rolecall.systems.kubernetes.transport import KubernetesTransport
from rolecall.systems.requests import Request
from tests.support.threads import LOOK_EVERY

Answer = tuple[int, Any]
NAMESPACES = NAMESPACE.everywhere
SERVER = next(one for one in API_KINDS if one.name == "Server")
BODY = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dev-fraud"}}


class Api(BaseHTTPRequestHandler):
    """Answers what a test has written, each answer once and the last one for ever; None is no answer at all."""

    answers: list[Answer | None] = []
    seen: list[tuple[str, str, str]] = []
    released = Event()

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        type(self).seen.append((self.command, self.path, self.headers.get("Authorization") or ""))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            self.released.wait(30)
            return
        status, body = answer
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if status in (301, 302):
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PATCH = _answer  # noqa: N815 - names of the base class

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A kubeconfig whose context `lab` leads to the server."""
    Api.answers, Api.seen, Api.released = [], [], Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, args=(LOOK_EVERY,), daemon=True).start()
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump(_config(server.server_port, "first-token")))
        monkeypatch.setenv("KUBECONFIG", str(path))
        monkeypatch.setenv("ROLECALL_RETRY_SECONDS", "5")
        forget_all()
        yield path
        Api.released.set()
        server.shutdown()
    forget_all()


def _config(port: int, token: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "lab", "context": {"cluster": "c", "user": "u"}}],
    }


def client(*answers: Answer | None) -> Cluster:
    Api.answers = [*answers]
    return cluster("lab")


def status(code: int, reason: str, message: str) -> Answer:
    return code, {"kind": "Status", "code": code, "reason": reason, "message": message}


@pytest.mark.usefixtures("kubeconfig")
def test_a_server_that_never_answers_is_given_up_within_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_HOST_TIMEOUT", "0.2")
    monkeypatch.setenv("ROLECALL_RETRY_SECONDS", "0.2")
    with pytest.raises(SystemUnreachable, match="does not answer"):
        client(None).every(NAMESPACES)


@pytest.mark.usefixtures("kubeconfig")
def test_a_read_is_repeated_while_the_server_is_unavailable() -> None:
    unavailable = status(503, "ServiceUnavailable", "starting up")
    assert client(unavailable, unavailable, (200, {"items": []})).every(NAMESPACES) == []
    assert len(Api.seen) == 3


@pytest.mark.usefixtures("kubeconfig")
def test_an_application_whose_answer_is_lost_is_repeated_once() -> None:
    """It names its whole result, so that a second one changes nothing more."""
    lost = status(504, "Timeout", "no answer of the store")
    assert client(lost, (200, BODY)).apply(NAMESPACE, BODY) == BODY
    assert [one[0] for one in Api.seen] == ["PATCH", "PATCH"]
    with pytest.raises(AnswerLost):
        client(lost).apply(NAMESPACE, BODY)


@pytest.mark.usefixtures("kubeconfig")
@pytest.mark.parametrize(
    "body", [None, [], {"kind": "NamespaceList"}, {"items": None}, {"items": [], "metadata": {"continue": "more"}}]
)
def test_a_list_that_is_none_or_not_whole_is_never_an_empty_one(body: object) -> None:
    with pytest.raises(BrokenList):
        client((200, body)).every(NAMESPACES)
    with shared_lists(), pytest.raises(BrokenList):
        client((200, body)).every(NAMESPACES)


def test_an_expired_token_is_read_again_from_the_file(kubeconfig: Path) -> None:
    """Others renew it there; where it is still the same, the server's refusal is the answer."""
    refused = status(401, "Unauthorized", "Unauthorized")
    found = client((200, {"items": []}))
    found.every(NAMESPACES)
    kubeconfig.write_text(kubeconfig.read_text().replace("first-token", "second-token"))
    Api.answers = [refused, (200, {"items": []})]
    assert found.every(NAMESPACES) == []
    assert [one[2] for one in Api.seen] == ["Bearer first-token", "Bearer first-token", "Bearer second-token"]
    Api.answers = [refused]
    with pytest.raises(SystemRefused, match="Unauthorized") as error:
        found.every(NAMESPACES)
    assert "token" not in error.value.what


def test_credentials_are_looked_up_once_a_second_and_after_each_refusal(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, looks = [0.0], []
    transport = KubernetesTransport("lab", clock=lambda: now[0])
    original = ApiClient.update_params_for_auth

    def counted(self: Any, headers: dict[str, str], *rest: Any) -> None:
        looks.append(now[0])
        original(self, headers, *rest)

    monkeypatch.setattr(ApiClient, "update_params_for_auth", counted)
    Api.answers = [(200, {"items": []})]
    for at in (0.0, 0.5, 0.9, 1.0, 1.9):
        now[0] = at
        transport.send(Request("GET", NAMESPACES))
    assert looks == [0.0, 1.0]
    assert {one[2] for one in Api.seen} == {"Bearer first-token"}
    kubeconfig.write_text(kubeconfig.read_text().replace("first-token", "second-token"))
    Api.answers = [status(401, "Unauthorized", "Unauthorized"), (200, {"items": []})]
    assert transport.send(Request("GET", NAMESPACES)).status == 200
    assert looks == [0.0, 1.0, 1.9]
    assert Api.seen[-1][2] == "Bearer second-token"


def test_a_credential_that_no_header_may_carry_is_refused_each_time(kubeconfig: Path) -> None:
    kubeconfig.write_text(kubeconfig.read_text().replace("first-token", '"first\\ntoken"'))
    transport = KubernetesTransport("lab")
    for _ in range(2):
        with pytest.raises(SystemRefused, match="cannot be sent"):
            transport.send(Request("GET", NAMESPACES))
    assert Api.seen == []


@pytest.mark.usefixtures("kubeconfig")
def test_credentials_follow_no_redirect() -> None:
    with pytest.raises(RolecallError):
        client((302, {})).every(NAMESPACES)
    assert len(Api.seen) == 1


@pytest.mark.usefixtures("kubeconfig")
def test_a_shared_list_is_read_once_and_no_longer_than_the_block() -> None:
    items = {"items": [{"metadata": {"name": "dev-fraud"}}]}
    found = client((200, items))
    with shared_lists():
        assert found.look_up(NAMESPACE, "", "dev-fraud") == {**BODY, "metadata": {"name": "dev-fraud"}}
        assert found.look_up(NAMESPACE, "", "gone") is None
        assert len(found.every(NAMESPACES)) == 1
    assert len(Api.seen) == 1
    Api.answers = [status(404, "NotFound", "there is none")]
    assert found.look_up(NAMESPACE, "", "dev-fraud") is None
    assert Api.seen[-1][1] == f"{NAMESPACES}/dev-fraud"


@pytest.mark.usefixtures("kubeconfig")
def test_a_list_that_the_caller_may_not_read_is_no_empty_one() -> None:
    """Who may read one namespace only is asked for single objects."""
    forbidden = status(403, "Forbidden", "namespaces is forbidden")
    with shared_lists():
        assert client(forbidden, (200, BODY)).look_up(NAMESPACE, "", "dev-fraud") == BODY
        with pytest.raises(SystemRefused, match="namespaces is forbidden"):
            client(forbidden).every(NAMESPACES)


@pytest.mark.usefixtures("kubeconfig")
def test_a_missing_kind_is_asked_for_again_as_it_may_be_installed_since() -> None:
    missing = status(404, "NotFound", "the server could not find the requested resource")
    served = (200, {"resources": [{"name": "servers"}]})
    with pytest.raises(RolecallError, match=r"has no Server of policy\.linkerd\.io/v1beta3"):
        client(missing).require(SERVER)
    client(served).require(SERVER)


def test_a_kubeconfig_without_the_context_and_no_kubeconfig_are_refused(kubeconfig: Path) -> None:
    with pytest.raises(SystemRefused, match="context 'other'"):
        cluster("other").every(NAMESPACES)
    kubeconfig.unlink()
    forget_all()
    with pytest.raises(SystemRefused, match="context 'lab'"):
        cluster("lab").every(NAMESPACES)
    # Outside of a pod.
    with pytest.raises(SystemRefused, match="this pod's cluster"):
        cluster("").every(NAMESPACES)


def test_an_address_in_clear_beyond_this_machine_gets_no_credentials(kubeconfig: Path) -> None:
    written = yaml.safe_load(kubeconfig.read_text())
    written["clusters"][0]["cluster"]["server"] = "http://cluster.example.com"
    kubeconfig.write_text(yaml.safe_dump(written))
    forget_all()
    with pytest.raises(SystemRefused, match="nothing is sent"):
        cluster("lab").every(NAMESPACES)


def test_metrics_of_a_pod_are_asked_for_once_and_a_pod_that_is_away_is_no_server_that_is(kubeconfig: Path) -> None:
    Api.answers = [(503, {"kind": "Status", "reason": "ServiceUnavailable"}), (200, "issuer_cert_ttl_seconds 5")]
    client = Cluster("lab")
    with pytest.raises(SystemRefused, match="answers 503 for pod linkerd/identity-1"):
        client.pod_metrics("linkerd", "identity-1", 9990)
    assert [path for _, path, _ in Api.seen] == ["/api/v1/namespaces/linkerd/pods/identity-1:9990/proxy/metrics"]
    assert "issuer_cert_ttl_seconds 5" in client.pod_metrics("linkerd", "identity-1", 9990)
    Api.answers = [(200, {"items": []})]
    assert client.every(NAMESPACES) == []


@pytest.mark.usefixtures("kubeconfig")
@pytest.mark.parametrize(
    ("answer", "runs"),
    [
        ((200, {"items": [{"status": {"phase": "Running"}}]}), True),
        ((200, {"items": [{"status": {"phase": "Pending"}}]}), False),
        ((200, {"items": []}), False),
        (status(403, "Forbidden", "pods is forbidden"), False),
    ],
)
def test_the_policy_controller_is_looked_up_once(answer: Answer, runs: bool) -> None:
    found = client(answer)
    assert [found.has_policy_controller for _ in range(2)] == [runs, runs]
    assert len(Api.seen) == 1
    assert "labelSelector=linkerd.io%2Fcontrol-plane-component%3Ddestination" in Api.seen[0][1]
