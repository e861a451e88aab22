"""Credentials go to Databricks, to this machine, or to a host that a platform file allows, and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from databricks.sdk.environments import ALL_ENVS

from rolecall.errors import SystemRefused
from rolecall.ids.addresses import DATABRICKS_DOMAINS, is_trusted, parse_address
from rolecall.provider.hosts import hosts_that_the_project_allows
from rolecall.systems.conductor.transport import ConductorTransport
from rolecall.systems.databricks import trusted_hosts
from rolecall.systems.databricks.account_transport import AccountTransport, WorkspaceTransport
from rolecall.systems.databricks.addresses import host_of
from rolecall.systems.databricks.sign_in import sign_in
from rolecall.systems.entra.transport import _resource
from rolecall.systems.http import HttpConnections
from rolecall.systems.okta.transport import OktaTransport
from rolecall.systems.requests import Request
from tests.support.contracts import HEAD, VARIABLES
from tests.support.repository import INCLUDE, ids, load, problems, repository
from tests.support.threads import LOOK_EVERY

FINE = [
    "https://accounts.cloud.databricks.com",
    "https://dbc-1.cloud.databricks.com/",
    "https://adb-1.2.azuredatabricks.net",
    "https://adb-1.2.azuredatabricks.net:443",
    "https://adb-1.2.databricks.azure.us",
    "https://adb-1.2.databricks.azure.cn",
    "https://1.2.gcp.databricks.com",
    "https://x.cloud.databricks.us",
    "https://X.Cloud.Databricks.com",
    "http://127.0.0.1:8080",
    "https://127.0.0.1:8080",
    "http://127.9.9.9:1",
    "http://[::1]:8080",
]
TRICKS = [
    "http://127.0.0.1:80@evil.example",
    "https://accounts.cloud.databricks.com@evil.example",
    "https://accounts.cloud.databricks.com:443@evil.example",
    "https://user@accounts.cloud.databricks.com",
    "https://evil.example\\@accounts.cloud.databricks.com",
    "https://evil.example\\.cloud.databricks.com",
    "https://evil.example/.cloud.databricks.com",
    "https://evil.example#.cloud.databricks.com",
    "https://evil.example?.cloud.databricks.com",
    "https://evil.example%2f.cloud.databricks.com",
    "https://evil.example;.cloud.databricks.com",
    "https://evilcloud.databricks.com",
    "https://cloud.databricks.com.evil.example",
    "https://accounts.cloud.databricks.com.",
    "https://cloud.databricks.com",
    "https://.cloud.databricks.com",
    "https://a..cloud.databricks.com",
    "https://accounts.cloud.databricks.com/path",
    "https://accounts.cloud.databricks.com?x=1",
    "https://accounts.cloud.databricks.com#x",
    "https://accounts.cloud.databricks.com:444",
    "https://accounts.cloud.databricks.com:0443",
    "https://accounts.cloud.databricks.com:",
    "https://accounts.cloud.databricks.com:99999",
    "https://accounts.cloud.databricks.com:+443",
    "https://accounts.cloud.databricks.com:٤٤٣",
    "https://\u0430ccounts.cloud.databricks.com",
    "https://accounts。cloud.databricks.com",
    "https://accounts.cloud.databricks.com\n.evil.example",
    "https://accounts.cloud.databricks.com ",
    "http://accounts.cloud.databricks.com",
    "http://localhost",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://127.1",
    "http://2130706433",
    "http://0x7f000001",
    "http://0177.0.0.1",
    "http://0.0.0.0",
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:10.0.0.1]",
    "http://[::1%25eth0]",
    "http://[127.0.0.1]",
    "https://10.0.0.1",
    "https://169.254.169.254",
    "https://evil.example",
    "ftp://accounts.cloud.databricks.com",
    "file:///etc/passwd",
    "//accounts.cloud.databricks.com",
    "accounts.cloud.databricks.com",
    "https:accounts.cloud.databricks.com",
    "https:///accounts.cloud.databricks.com",
    "",
]


def trusted(address: str) -> bool:
    try:
        return is_trusted(parse_address(address.rstrip("/")), ())
    except ValueError:
        return False


@pytest.mark.parametrize("address", FINE)
def test_databricks_hosts_and_this_machine_are_trusted(address: str) -> None:
    assert trusted(address)


@pytest.mark.parametrize("address", TRICKS)
def test_nothing_else_is(address: str) -> None:
    assert not trusted(address)


def test_the_domains_are_those_of_databricks_own_sdk() -> None:
    known = [f".{domain}" for domains in DATABRICKS_DOMAINS.values() for domain in domains]
    for one in ALL_ENVS:
        assert one.dns_zone.endswith((*known, ".dev.databricks.com")), one.dns_zone


@pytest.mark.parametrize("address", [*TRICKS, "https://databricks.acme.example"])
@pytest.mark.parametrize("variable", ["DATABRICKS_ACCOUNT_HOST", "ML_NONPROD_HOST"])
def test_a_contract_names_no_other_host(tmp_path: Path, address: str, variable: str) -> None:
    found = problems(repository(tmp_path), {**VARIABLES, variable: address})
    assert ids(found) <= {"wrong-value", "host-not-allowed", "missing-environment-variable", "secret-in-contract"}
    assert all("evil.example" not in str(problem) for problem in found), "the value came from the environment"


def test_a_platform_file_allows_a_host_and_only_that(tmp_path: Path) -> None:
    head = "allowed_hosts: [databricks.acme.example, 'vpn.acme.example:8443']\n" + INCLUDE + HEAD
    for address, fine in {
        "https://databricks.acme.example": True,
        "https://databricks.acme.example:443": True,
        "https://vpn.acme.example:8443": True,
        "https://databricks.acme.example:8443": False,
        "https://x.databricks.acme.example": False,
        "http://databricks.acme.example": False,
        "https://vpn.acme.example": False,
    }.items():
        main = repository(tmp_path, head=head)
        variables = {**VARIABLES, "ML_NONPROD_HOST": address}
        if fine:
            load(main, variables)
        else:
            assert problems(main, variables), address


@pytest.mark.parametrize("host", ["https://a.example", "a.example/x", "*.example", "u@a.example", "a.example.", "''"])
def test_an_allowed_host_is_one_host(tmp_path: Path, host: str) -> None:
    assert ids(problems(repository(tmp_path, head=f"allowed_hosts: [{host!r}]\n" + INCLUDE + HEAD))) >= {"wrong-value"}


def test_a_key_vault_is_azures(tmp_path: Path) -> None:
    for dns, fine in {"https://acme.vault.azure.net/": True, "https://vault.azure.net.evil.example": False}.items():
        from tests.support.repository import project

        vault = f"    secret_scopes: {{s: {{key_vault: {{resource_id: x, dns_name: '{dns}'}}}}}}\n"
        allowed = "key_vaults: [{resource_id: x, projects: [churn]}]\n"
        main = repository(tmp_path, {"contract/projects/churn.yaml": project("churn", vault)}, allowed + INCLUDE + HEAD)
        if fine:
            load(main)
        else:
            assert ids(problems(main)) == {"host-not-allowed"}


class Listener:
    """A host of the attacker's, which keeps whatever is sent to it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(f"{self.headers} {self.rfile.read(int(self.headers.get('Content-Length') or 0))!r}")
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            do_POST = do_GET  # noqa: N815 - as the library names it

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(LOOK_EVERY,), daemon=True).start()


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """Sign in with a secret, while an attacker listens."""
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "id")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "canary-secret")
    found = Listener()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_no_way_of_signing_in_sends_anything_to_another_host(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name, so that it is none of this machine's literal addresses: account, workspace, and each way of the SDK."""
    evil = f"http://localhost:{listener.port}"
    for kind in ("oauth-m2m", "pat", "basic", "azure-client-secret"):
        monkeypatch.setenv("DATABRICKS_AUTH_TYPE", kind)
        monkeypatch.setenv("DATABRICKS_TOKEN", "canary-secret")
        for connect in (
            lambda: sign_in("x", evil, None),
            lambda: WorkspaceTransport(evil),
            lambda: AccountTransport(evil, "account"),
            lambda: WorkspaceTransport(f"http://127.0.0.1:80@localhost:{listener.port}"),
        ):
            with pytest.raises(SystemRefused, match="nothing signs in"):
                connect()
    monkeypatch.setenv("DATABRICKS_ACCOUNT_HOST", evil)
    monkeypatch.setenv("DATABRICKS_ACCOUNT_ID", "account")
    with pytest.raises(SystemRefused):
        AccountTransport()
    assert listener.heard == []


def test_the_account_names_no_workspace_elsewhere() -> None:
    for answer in ({"workspace_url": "https://evil.example"}, {"deployment_name": "evil.example/#"}):
        with pytest.raises(SystemRefused):
            host_of({**answer, "workspace_name": "w"})
    assert host_of({"deployment_name": "dbc-1"}) == "https://dbc-1.cloud.databricks.com"


@pytest.mark.parametrize(
    "address",
    ["http://10.0.0.1/api", "https://u:p@conductor.example/api", "http://127.0.0.1:80@evil.example/api", "conductor"],
)
def test_other_systems_are_reached_by_https_only(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_SERVER_URL", address)
    with pytest.raises(SystemRefused, match="nothing is sent"):
        ConductorTransport()
    monkeypatch.setenv("OKTA_CLIENT_ORGURL", address)
    monkeypatch.setenv("OKTA_CLIENT_TOKEN", "canary")
    with pytest.raises(SystemRefused):
        OktaTransport()


def test_a_link_to_a_next_page_is_not_followed_to_another_host(listener: Listener) -> None:
    """Microsoft Graph, Okta and SCIM answer with whole addresses; the credentials belong to one host."""
    connections = HttpConnections("https://graph.microsoft.com", seconds=1)
    for path in (
        f"http://127.0.0.1:{listener.port}/v1.0/users",
        f"//127.0.0.1:{listener.port}/x",
        "https://evil.example/",
    ):
        with pytest.raises(SystemRefused, match="another host"):
            connections.send(Request("GET", path), {"Authorization": "Bearer canary"})
    assert listener.heard == []


def test_what_only_begins_like_this_machine_gets_no_token_for_graph() -> None:
    assert _resource("https://127.0.0.1:1") == "https://graph.microsoft.com"
    assert _resource("https://127.0.0.1.evil.example") == "https://127.0.0.1.evil.example"


def test_plain_pulumi_honours_the_hosts_that_the_contract_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The native provider is a process of its own there, in the project's folder, and has loaded no contract."""
    head = "allowed_hosts: [databricks.acme.example]\n" + INCLUDE + HEAD
    repository(tmp_path, head=head)
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    for name, value in {**VARIABLES, "ROLECALL_CONTRACT": "contract/contract.yaml"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trusted_hosts, "_allowed", set())
    monkeypatch.setattr(trusted_hosts, "_learn", [])
    with pytest.raises(SystemRefused):
        trusted_hosts.require_trusted("workspace", "https://databricks.acme.example")
    trusted_hosts.ask_for_hosts(hosts_that_the_project_allows)
    for host in ("https://evil.example", "https://databricks.acme.example.evil.example"):
        with pytest.raises(SystemRefused):
            trusted_hosts.require_trusted("workspace", host)
    trusted_hosts.require_trusted("workspace", "https://databricks.acme.example")
