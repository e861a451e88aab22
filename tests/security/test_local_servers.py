"""Another user of the machine finds the ports of our servers; none answers anybody but the user who runs it."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import language_pb2 as language
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as rpc

from rolecall.deploy.serving.native_provider import NativeProvider
from rolecall.deploy.serving.programs import Programs
from rolecall.engine.shared_provider import SharedProvider
from rolecall.errors import UsageError
from rolecall.provider.values import struct
from rolecall.systems.databricks.account_address import (
    ACCOUNT,
    AccountAddress,
    AccountInUse,
    admitted_by_environment,
)
from rolecall.toolchain.install import ensure
from rolecall.toolchain.language_host.local_server import address_of, local_server
from rolecall.toolchain.language_host.same_user import is_own_socket, is_same_user, owner_in
from rolecall.toolchain.language_host.sock_diag import connection_owner
from rolecall.toolchain.progress import Progress
from tests.conftest import ROOT
from tests.support.emulator import ServedEmulator
from tests.support.other_user import NOBODY, answered, called, needs_root, opened_by
from tests.support.project import VIRTUAL_ENVIRONMENT, Project
from tests.support.threads import LOOK_EVERY

REFUSED, FINE = ("PERMISSION_DENIED", "UNAVAILABLE"), ("OK", "INVALID_ARGUMENT", "UNKNOWN")
PROVIDER, LANGUAGE = "/pulumirpc.ResourceProvider/GetPluginInfo", "/pulumirpc.LanguageRuntime/GetPluginInfo"
ANALYZER, MONITOR = "/pulumirpc.Analyzer/GetPluginInfo", "/pulumirpc.ResourceMonitor/SupportsFeature"

# As Linux 6 writes it: a client of user 1000, the server's end, a closed connection of 1000 shown as root's, and a
# client that has reached the same server over IPv6.
TABLE = b"""\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:9C40 0100007F:7D00 01 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 20 4 30 10 -1
   1: 0100007F:7D00 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
   2: 0100007F:9C41 0100007F:7D00 06 00000000:00000000 03:000012DC 00000000     0        0 0 3 0
   3: 0100007F:9C40 0100007F:7D01 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
"""
TABLE_6 = b"""\
  sl  local_address                         remote_address                        st tx rx tr tm uid
   0: 0000000000000000FFFF00000100007F:9C42 0000000000000000FFFF00000100007F:7D00 01 0:0 00:0 0 1001 0 4 1 0
"""
SERVER = ("127.0.0.1", 32000)


@pytest.mark.skipif(sys.byteorder != "little", reason="the table is that of a little-endian machine")
@pytest.mark.parametrize(
    ("port", "user"),
    [(40000, 1000), (40001, None), (40002, 1001), (40003, None)],
    ids=["of a user", "closed", "over IPv6", "unknown"],
)
def test_the_kernel_says_whose_a_connection_is(port: int, user: int | None) -> None:
    assert owner_in(("127.0.0.1", port), SERVER, [TABLE, TABLE_6]) == user


def test_lsof_says_whether_a_connection_is_ours() -> None:
    def lsof(user: int, port: int) -> str:
        return "p1\nf3\nn127.0.0.1:40000->127.0.0.1:32000\n" if (user, port) == (501, 40000) else ""

    assert is_own_socket(("127.0.0.1", 40000), SERVER, 501, lsof)
    assert not is_own_socket(("127.0.0.1", 40000), ("127.0.0.1", 32001), 501, lsof)
    assert not is_own_socket(("127.0.0.1", 40001), SERVER, 501, lsof)


def test_a_peer_of_no_known_form_is_nobody() -> None:
    assert address_of("ipv4:127.0.0.1:40000") == ("127.0.0.1", 40000)
    assert address_of("ipv6:%5B::ffff:127.0.0.1%5D:40000") == ("127.0.0.1", 40000)
    assert [address_of(one) for one in ("unix:/tmp/a", "ipv6:[::1]:4", "")] == [None, None, None]


def test_the_table_of_this_machine_knows_this_user() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    with listening, socket.create_connection(listening.getsockname()) as client, listening.accept()[0] as accepted:
        ends = client.getsockname(), accepted.getsockname()
        assert is_same_user(*ends)
        assert not is_same_user(*ends, user=NOBODY)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the question is one of Linux")
@pytest.mark.parametrize("host", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_the_kernel_is_asked_for_one_connection(host: str) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    server = listening.getsockname()
    with listening, socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as client:
        client.connect((host, server[1]))
        here = ("127.0.0.1", client.getsockname()[1])
        assert connection_owner(here, server) == os.geteuid()
        assert connection_owner(("127.0.0.1", 1), server) is None
        assert connection_owner(server, ("127.0.0.1", 1)) is None, "a listening socket is no connection"
        assert connection_owner(here, ("127.0.0.1", server[1] ^ 1)) is None
        assert connection_owner(here, ("127.0.0.2", server[1])) is None
        assert connection_owner(("not an address", 1), server) is None


@needs_root
def test_the_kernel_names_another_user_for_a_connection_of_his() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    with listening, opened_by(NOBODY, listening.getsockname()) as client:
        assert connection_owner(client, listening.getsockname()) == NOBODY
        assert not is_same_user(client, listening.getsockname())


class _Answering(provider_pb2_grpc.ResourceProviderServicer):
    pass


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]"])
@needs_root
def test_a_server_of_ours_refuses_another_user(host: str) -> None:
    server, port = local_server(ThreadPoolExecutor(2))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Answering(), server)
    server.start()
    try:
        assert called(port, PROVIDER, NOBODY, host) in REFUSED
        assert called(port, PROVIDER, os.geteuid(), host) == "UNIMPLEMENTED", "it came to the servicer"
    finally:
        server.stop(None).wait()


@needs_root
def test_the_native_provider_refuses_another_user() -> None:
    with NativeProvider({}, lambda _host: False) as served:
        port = served.ports()["rolecall"]
        assert called(port, PROVIDER, NOBODY) in REFUSED
        assert called(port, PROVIDER, os.geteuid()) in FINE


@needs_root
def test_the_server_of_programs_refuses_another_user() -> None:
    with Programs({}, 1, {}) as programs:
        port = int(programs.address.rpartition(":")[2])
        assert called(port, LANGUAGE, NOBODY) in REFUSED
        assert called(port, LANGUAGE, os.geteuid()) in FINE


@contextmanager
def started(command: list[str], folder: Path, variables: dict[str, str]) -> Iterator[int]:
    """Start a plugin as the engine does; yield the port that it says."""
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **variables}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.stdin.close()
        process.wait()
        process.stdout.close()


@needs_root
def test_plugins_refuse_another_user(tmp_path: Path) -> None:
    toolchain = ensure(Progress())
    host = str(Path(toolchain.bin) / "pulumi-language-python")
    guarded = str(ROOT / "rolecall" / "toolchain" / "language_host" / "guarded_plugin.py")
    pack, provider = ROOT / "policies" / "guardrails", ROOT / "rolecall" / "provider"
    sdk_provider = tmp_path / "sdk"
    sdk_provider.mkdir()
    (sdk_provider / "__main__.py").write_text(
        "import pulumi.provider\nclass P(pulumi.provider.Provider): pass\npulumi.provider.main(P('1.0.0'), [])\n"
    )
    plugins = [
        ([host, "127.0.0.1:1"], LANGUAGE),
        ([sys.executable, "-u", guarded, "analyzer", "127.0.0.1:1", str(pack)], ANALYZER),
        ([sys.executable, "-u", guarded, "provider", str(provider)], PROVIDER),
        ([sys.executable, "-u", guarded, "provider", str(sdk_provider), "127.0.0.1:1"], PROVIDER),
        ([str(databricks_plugin(toolchain.home)), "127.0.0.1:1"], PROVIDER),
    ]
    for command, method in plugins:
        with started(command, pack, {"ROLECALL_CONTRACT": str(ROOT / "stacks" / "acme" / "contract.yaml")}) as port:
            assert called(port, method, NOBODY) in REFUSED, command
            assert called(port, method, os.geteuid()) in FINE, command


def databricks_plugin(home: str | None) -> Path:
    assert home is not None
    (found,) = Path(home).glob("plugins/resource-databricks-*/pulumi-resource-databricks")
    return found


@needs_root
def test_the_shared_provider_refuses_another_user() -> None:
    with SharedProvider(ensure(Progress()), {**os.environ}) as shared:
        port = shared.ports()["databricks"]
        assert called(port, PROVIDER, NOBODY) in REFUSED
        assert called(port, PROVIDER, os.geteuid()) in FINE


class _Attacked(language_pb2_grpc.LanguageRuntimeServicer):
    """A program's host that hears where the engine takes resources, and calls there as another user."""

    def __init__(self) -> None:
        self.statuses: list[str] = []

    def GetPluginInfo(self, request: object, context: grpc.ServicerContext) -> object:  # noqa: N802
        return plugin_pb2.PluginInfo(version="0.0.1")

    def GetRequiredPackages(self, request: object, context: grpc.ServicerContext) -> object:  # noqa: N802
        return language.GetRequiredPackagesResponse()

    def Run(self, request: language.RunRequest, context: grpc.ServicerContext) -> language.RunResponse:  # noqa: N802
        port = int(request.monitor_address.rpartition(":")[2])
        self.statuses += [called(port, MONITOR, NOBODY), called(port, MONITOR, os.geteuid())]
        return language.RunResponse()


@needs_root
def test_the_engine_takes_no_resources_from_another_user(tmp_path: Path) -> None:
    attacked = _Attacked()
    server, port = local_server(ThreadPoolExecutor(2))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(attacked, server)
    server.start()
    project = Project(tmp_path, {})
    options = f"{{name: python, options: {{virtualenv: {VIRTUAL_ENVIRONMENT}}}}}"
    project.write("Pulumi.yaml", f"name: attacked\nruntime: {options}\n")
    assert project.pulumi("stack", "init", "dev").returncode == 0
    answer = project.pulumi("preview", "--stack", "dev", f"--client=127.0.0.1:{port}")
    server.stop(None).wait()
    assert len(attacked.statuses) == 2, answer.stdout + answer.stderr
    assert attacked.statuses[0] in REFUSED
    assert attacked.statuses[1] in FINE


@needs_root
@pytest.mark.parametrize("path", ["/__stats", "/__key/deployer", "/api/2.0/accounts"])
def test_emulators_answer_no_other_user(emulator: ServedEmulator, path: str) -> None:
    port = int(emulator.account_host.rpartition(":")[2])
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert answered(port, request, NOBODY) == ""
    assert answered(port, request, os.geteuid()).startswith("HTTP/1.1")


class _Collector(http.server.BaseHTTPRequestHandler):
    """Stands for the host of an attacker: it keeps what is sent."""

    requests: list[str] = []

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self.requests.append(f"{self.command} {self.path} {self.headers} {self.rfile.read(length)!r}")
        self.send_error(404)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def attacker() -> Iterator[tuple[str, list[str]]]:
    """The address of an attacker's host, and what it has got."""
    _Collector.requests = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Collector)
    threading.Thread(target=server.serve_forever, args=(LOOK_EVERY,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", _Collector.requests
    server.shutdown()
    server.server_close()


SECRET = {
    "DATABRICKS_CLIENT_ID": "00000000-0000-4000-8000-000000000001",
    "DATABRICKS_CLIENT_SECRET": "canary-of-a-client-secret",
}


@pytest.mark.parametrize(
    ("setting", "extra"),
    [("host", {}), ("host", {"accountId": "a"}), ("azureWorkspaceResourceId", {}), ("profile", {}), ("token", {})],
)
def test_the_shared_provider_sends_credentials_to_no_host_but_those_of_the_run(
    attacker: tuple[str, list[str]], setting: str, extra: dict[str, str]
) -> None:
    address, got = attacker
    environment = {**os.environ, **SECRET, "DATABRICKS_HOST": "http://127.0.0.1:1", "ROLECALL_HOST_TIMEOUT": "1"}
    with SharedProvider(ensure(Progress()), environment) as shared:
        shared.admit(["http://127.0.0.1:1", "https://other.example"])
        with grpc.insecure_channel(f"127.0.0.1:{shared.ports()['databricks']}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            with pytest.raises(grpc.RpcError) as refused:
                stub.Configure(rpc.ConfigureRequest(args=struct({setting: address, **extra})))
            with pytest.raises(grpc.RpcError) as by_variable:
                stub.Configure(rpc.ConfigureRequest(variables={f"databricks:config:{setting}": address}))
    assert got == []
    for error in (refused, by_variable):
        assert "of this run" in str(error.value.details())


def test_the_native_provider_signs_in_at_no_host_but_that_of_the_run(attacker: tuple[str, list[str]]) -> None:
    address, got = attacker
    before = dict(os.environ)
    serving = NativeProvider({}, lambda host: host == "https://accounts.example")
    with serving as served, grpc.insecure_channel(f"127.0.0.1:{served.ports()['rolecall']}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.Configure(rpc.ConfigureRequest(args=struct({"databricksHost": address})))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        fine = {"databricksHost": "https://accounts.example", "databricksAccountId": "a"}
        stub.Configure(rpc.ConfigureRequest(args=struct(fine)))
        assert AccountAddress("https://accounts.example", "a") == ACCOUNT.address
    assert got == []
    assert dict(os.environ) == before, "nothing is written to the process's environment"


def test_a_process_signs_in_to_one_account() -> None:
    used = AccountInUse()
    used.use(AccountAddress("https://a.example", "1"), admits=lambda _host: True)
    used.use(AccountAddress("https://A.example:443/", "1"), admits=lambda _host: False)
    for other in (AccountAddress("https://b.example", "1"), AccountAddress("https://a.example", "2")):
        with pytest.raises(UsageError):
            used.use(other, admits=lambda _host: True)
    assert used.address == AccountAddress("https://A.example:443/", "1")


@pytest.mark.parametrize(
    ("host", "admitted"),
    [
        ("https://accounts.cloud.databricks.com", True),
        ("https://accounts.azuredatabricks.net/", True),
        ("http://127.0.0.1:27600", True),
        ("http://accounts.cloud.databricks.com", False),
        ("https://accounts.cloud.databricks.com.evil.example", False),
        ("https://accounts.cloud.databricks.com@evil.example", False),
        ("https://accounts.cloud.databricks.com:444", False),
        ("http://127.0.0.1:27600@evil.example", False),
        ("http://127.0.0.1:27601", False),
    ],
)
def test_credentials_go_to_the_hosts_of_the_environment_and_of_databricks(host: str, *, admitted: bool) -> None:
    environment = {"DATABRICKS_ACCOUNT_HOST": "http://127.0.0.1:27600"}
    assert admitted_by_environment(host, environment) is admitted
