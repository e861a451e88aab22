"""A real Kubernetes API server on this machine, with etcd, on loopback only."""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe

import httpx
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from rolecall.emulators.certificate import Certificate, certificate_in
from rolecall.engine.watchdog import end_group, watchdog
from rolecall.errors import ToolchainError
from rolecall.toolchain.api_server import ApiServerPrograms

# Seconds until the server has to be ready, and between two looks.
START_SECONDS, LOOK_EVERY, STOP_SECONDS = 120.0, 0.05, 20.0
ADMINISTRATOR, ADMINISTRATORS = "administrator", "system:masters"
# Issuer of service accounts' tokens.
ISSUER = "https://kubernetes.default.svc"
# Needs pods of a controller that does not run here.
DISABLED_PLUGINS = "ServiceAccount"


@dataclass(frozen=True)
class User:
    """A user who signs in with a token.

    Attributes:
        name: the user's name.
        groups: the user's groups.
        token: the token.
    """

    name: str
    groups: Sequence[str]
    token: str


@dataclass
class ApiServer:
    """A running API server.

    Attributes:
        address: its URL.
        certificate: its certificate, which is its own authority.
        users: users by name.
        folder: folder of its files.
        watchdog: leader of the other processes' group; kills them when this process is killed.
        processes: etcd and kube-apiserver, in the order of their start.
    """

    address: str
    certificate: Certificate
    users: Mapping[str, User]
    folder: Path
    watchdog: subprocess.Popen[bytes]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def client(self, user: str = ADMINISTRATOR) -> httpx.Client:
        """Return a client that signs in as a user."""
        headers = {"Authorization": f"Bearer {self.users[user].token}"}
        context = ssl.create_default_context(cafile=self.certificate.chain)
        return httpx.Client(base_url=self.address, headers=headers, verify=context, timeout=60, trust_env=False)

    def kubeconfig(self, path: Path, contexts: Mapping[str, str]) -> Path:
        """Write a kubeconfig file with a user for each context; return its path."""
        cluster = {"server": self.address, "certificate-authority": self.certificate.chain}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "local", "cluster": cluster}],
            "users": [
                {"name": name, "user": {"token": self.users[name].token}} for name in sorted({*contexts.values()})
            ],
            "contexts": [
                {"name": name, "context": {"cluster": "local", "user": user}} for name, user in contexts.items()
            ],
        }
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return path

    def stop(self) -> None:
        """End both processes and wait for them."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        end_group(self.watchdog)


def start_api_server(
    programs: ApiServerPrograms, folder: Path, ports: Sequence[int], users: Sequence[User], options: Sequence[str] = ()
) -> ApiServer:
    """Start etcd and kube-apiserver, and wait until they are ready.

    No controller, scheduler or kubelet runs: objects are stored, admitted and authorized, and nothing acts on them. A
    deleted namespace stays in the phase Terminating.

    Args:
        programs: the programs.
        folder: an empty folder for data, keys and logs, for this user only.
        ports: three free ports.
        users: users beside the administrator, who is in the group `system:masters`.
        options: more options of kube-apiserver.

    Raises:
        ToolchainError: one of them does not start.
    """
    certificate = certificate_in(folder)
    everyone = [User(ADMINISTRATOR, (ADMINISTRATORS,), token_urlsafe()), *users]
    client_port, peer_port, port = ports[:3]
    store = f"http://127.0.0.1:{client_port}"
    etcd = [
        *(programs.etcd, "--data-dir", folder / "etcd", "--unsafe-no-fsync", "--log-level", "warn"),
        *("--listen-client-urls", store, "--advertise-client-urls", store),
        *("--listen-peer-urls", f"http://127.0.0.1:{peer_port}", "--initial-advertise-peer-urls"),
        *(f"http://127.0.0.1:{peer_port}", "--initial-cluster", f"default=http://127.0.0.1:{peer_port}"),
    ]
    key = _service_account_key(folder)
    apiserver = [
        *(programs.server, "--etcd-servers", store, "--bind-address", "127.0.0.1", "--secure-port", str(port)),
        *("--tls-cert-file", certificate.chain, "--tls-private-key-file", certificate.key),
        *("--authorization-mode", "RBAC", "--token-auth-file", _tokens(folder, everyone), "--anonymous-auth=false"),
        *("--service-account-key-file", key, "--service-account-signing-key-file", key),
        *("--service-account-issuer", ISSUER, "--service-cluster-ip-range", "10.0.0.0/24"),
        *("--enable-priority-and-fairness=false", "--endpoint-reconciler-type", "none"),
        # As kubeadm and the hosted services set it; without it, the server alone would refuse privileged pods.
        *(
            "--allow-privileged=true",
            "--disable-admission-plugins",
            DISABLED_PLUGINS,
            "--cert-dir",
            folder / "certificates",
        ),
        *options,
    ]
    by_name = {one.name: one for one in everyone}
    server = ApiServer(f"https://127.0.0.1:{port}", certificate, by_name, folder, watchdog())
    try:
        for name, command in (("etcd", etcd), ("kube-apiserver", apiserver)):
            with (folder / f"{name}.log").open("wb") as log:
                server.processes.append(
                    subprocess.Popen(
                        list(map(str, command)),
                        cwd=folder,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        process_group=server.watchdog.pid,
                    )
                )
        _wait_until_ready(server)
    except BaseException:
        server.stop()
        raise
    return server


def _tokens(folder: Path, users: Sequence[User]) -> Path:
    path = folder / "tokens.csv"
    path.touch(mode=0o600)
    lines = (f'{one.token},{one.name},{one.name},"{",".join(one.groups)}"\n' for one in users)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _service_account_key(folder: Path) -> Path:
    path = folder / "service-accounts.key"
    path.touch(mode=0o600)
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form, plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    path.write_bytes(private.private_bytes(serialization.Encoding.PEM, form, plain))
    return path


def _wait_until_ready(server: ApiServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    with server.client() as client:
        while not _answers(client):
            ended = [process for process in server.processes if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise ToolchainError(
                    "the Kubernetes API server does not start",
                    f"See the logs in {server.folder}: {_last_lines(server)}",
                )
            time.sleep(LOOK_EVERY)  # the server announces its readiness to no one; it has to be polled


def _answers(client: httpx.Client) -> bool:
    with suppress(httpx.HTTPError):
        return client.get("/readyz").status_code == httpx.codes.OK
    return False


def _last_lines(server: ApiServer) -> str:
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in sorted(server.folder.glob("*.log")))
    return " | ".join(line for text in texts for line in text.splitlines()[-3:])
