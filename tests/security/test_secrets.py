"""Credentials stay where they are: in no message, file, document, list of processes or traceback."""

from __future__ import annotations

import html
import http.client
import json
import os
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import psutil
import pytest
import requests

from rolecall.engine.events import Outcome, take_events
from rolecall.errors import ExitCode, InvalidContract, Problem, SystemRefused, SystemUnreachable
from rolecall.flows.job_run import JobFailed
from rolecall.secrecy import HIDDEN, credentials_of, unsendable, without_secrets
from rolecall.systems.http import HttpConnections
from rolecall.systems.requests import ConnectionLost, Request
from tests.support.contracts import CONTRACT
from tests.support.emulator import ServedEmulator
from tests.support.project import contract_project

CANARY = "canary-8f14e45fceea167a"
NAMES = (
    "DATABRICKS_CLIENT_SECRET",
    "DATABRICKS_TOKEN",
    "OKTA_CLIENT_TOKEN",
    "OKTA_CLIENT_PRIVATEKEY",
    "AZURE_CLIENT_SECRET",
    "CONDUCTOR_AUTH_SECRET",
    "CONDUCTOR_AUTH_KEY",
    "HARNESS_PLATFORM_API_KEY",
    "PREFECT_API_KEY",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_ACCESS_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "GITHUB_TOKEN",
    "MY_DB_PASSWORD",
    "SLACK_TOKEN_2",
    "SIGNING_KEY",
    "DB_PASS",
    "SNOWFLAKE_PWD",
    "SENTRY_DSN",
    "AZURE_STORAGE_SAS",
    "AZURE_STORAGE_CONNECTION_STRING",
    "SESSION_COOKIE",
)


@pytest.mark.parametrize("name", NAMES)
def test_what_holds_a_credential_is_known_by_its_name(name: str) -> None:
    assert CANARY in credentials_of({name: f"{CANARY}\n"})


def test_what_holds_no_credential_is_shown() -> None:
    environment = {
        "DATABRICKS_CLIENT_ID": "11111111-1111-4111-8111-111111111111",
        "DATABRICKS_OIDC_TOKEN_FILEPATH": "/var/run/token-of-the-pod",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/home/ada/passphrase",
        "KEYBOARD": "long-enough-value",
        "PWD": "/home/ada/of-no-importance",
        "COMPASS": "long-enough-value",
        "HTTPS_PROXY": "http://proxy.acme.example:3128",
        "API_KEY": "short",
    }
    assert credentials_of(environment) == []


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "DATABASE_URL", "PIP_INDEX_URL"])
def test_the_password_in_an_address_is_a_credential(name: str) -> None:
    environment = {name: f"http://ada:{CANARY}%2F@proxy.acme.example:3128"}
    for shown in (f"ada:{CANARY}%2F@proxy", f"password {CANARY}/ refused"):
        assert CANARY not in without_secrets(f"cannot connect to {shown}", environment)


def _errors_of_libraries() -> list[str]:
    """Return what libraries say of a request whose header has a line end."""
    found: list[str] = []
    value = f"Bearer {CANARY}\n"
    with httpx.Client() as client:
        try:
            client.get("http://127.0.0.1:1/", headers={"Authorization": value})
        except httpx.HTTPError as error:
            found.append(str(error))
    try:
        requests.get("http://127.0.0.1:1/", headers={"Authorization": value}, timeout=1)
    except requests.RequestException as error:
        found.append(str(error))
    try:
        http.client.HTTPConnection("127.0.0.1", 1).putheader("Authorization", value)
    except (ValueError, http.client.HTTPException) as error:
        found.append(str(error))
    found += [f"Illegal header value {value.encode()!r}", f'header value: "{value}"', f"sent Authorization: {value}"]
    return found


def test_what_libraries_quote_of_a_header_is_hidden() -> None:
    for message in _errors_of_libraries():
        assert CANARY not in without_secrets(message, {}), message


def test_a_line_end_after_a_key_is_told_without_the_key() -> None:
    connections = HttpConnections("http://127.0.0.1:1", seconds=1)
    for value in (f"Bearer {CANARY}\n", f" {CANARY}", f"{CANARY}\r\nX: y", f"{CANARY}\u00e9"):
        with pytest.raises((SystemRefused, ConnectionLost)) as refused:
            connections.send(Request("GET", "/"), {"Authorization": value})
        assert CANARY not in str(refused.value)
        assert "Authorization" in str(refused.value)
    assert unsendable({"Authorization": f"Bearer {CANARY}"}) is None


def test_no_error_carries_a_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKTA_CLIENT_TOKEN", f"{CANARY}\n")
    errors: list[Exception] = [
        SystemUnreachable(f"Okta: {CANARY}", f"look at {CANARY}"),
        SystemRefused(f"Illegal header value b'SSWS {CANARY}\\n'"),
        JobFailed(f"cannot be started: {CANARY}", for_good=True),
    ]
    for error in errors:
        told = f"{error} {error!r} {getattr(error, 'what', '')} {getattr(error, 'how_to_go_on', '')}"
        assert CANARY not in told
        assert HIDDEN in told


def test_what_the_engine_says_carries_no_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", CANARY)
    outcome = Outcome()
    event = {"severity": "error", "message": f"cannot configure: client_secret={CANARY}", "urn": "u::p::t::n"}
    violation = {
        "policyName": "p",
        "message": f"found {CANARY}",
        "enforcementLevel": "mandatory",
        "resourceUrn": "u::n",
    }
    take_events([json.dumps({"diagnosticEvent": event}), json.dumps({"policyEvent": violation})], outcome)
    assert CANARY not in json.dumps(outcome.to_json())
    assert CANARY not in outcome.violations[0].message


def test_problems_of_a_contract_are_shown_without_credentials(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rolecall.console.failure import show_error
    from rolecall.console.problems import problems_json

    monkeypatch.setenv("MY_DB_PASSWORD", CANARY)
    error = InvalidContract([Problem("a-problem", None, f"the value {CANARY}", f"not {CANARY}")])
    show_error(error)
    assert CANARY not in "".join(capsys.readouterr()) + json.dumps(problems_json(error)) + str(error)


CRASH = """\
import os
from unittest import mock
from rolecall.cli import run, start
def crash():
    raise RuntimeError("an SDK says: client_secret=" + os.environ["DATABRICKS_CLIENT_SECRET"])
with mock.patch.object(run, "run", crash):
    start.main()
"""


def test_a_crash_shows_no_credential() -> None:
    environment = {**os.environ, "DATABRICKS_CLIENT_SECRET": CANARY}
    answer = subprocess.run([sys.executable, "-c", CRASH], env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == ExitCode.DEFECT
    assert "RuntimeError" in answer.stderr
    assert HIDDEN in answer.stderr
    assert CANARY not in answer.stdout + answer.stderr


class _Processes(threading.Thread):
    """Looks at the arguments of all processes, as any user of the machine can, until it is told to end."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__(daemon=True)
        self._secrets = secrets
        self._ended = threading.Event()
        self.leaks: list[str] = []
        self.seen = 0

    def run(self) -> None:
        while not self._ended.is_set():
            for process in psutil.process_iter(["cmdline"]):
                arguments = " ".join(process.info["cmdline"] or [])
                self.seen += "pulumi" in arguments
                self.leaks += [arguments for one in self._secrets if one in arguments]

    def end(self) -> None:
        self._ended.set()
        self.join()


def test_canaries_stay_out_of_all_that_a_run_leaves_and_says(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path / "project", emulator, CONTRACT)
    canaries = {name: f"{CANARY}-{number}" for number, name in enumerate(NAMES)}
    real = {name: value for name, value in project.variables.items() if name in credentials_by_name(project.variables)}
    project.variables = {**canaries, **project.variables, "TMPDIR": str(tmp_path / "temporary")}
    project.variables.pop("DATABRICKS_TOKEN", None)
    (tmp_path / "temporary").mkdir()
    secrets = [*canaries.values(), *(value for value in real.values() if len(value) > 8)]
    watching = _Processes(secrets)
    watching.start()
    said: list[str] = []
    try:
        for arguments in (
            ("up", "--yes", "--profile", "profile.json", "--format", "json"),
            ("preview", "--format", "sarif"),
            ("parity", "--format", "json"),
            ("doctor", "--json"),
        ):
            answer = project.rolecall(*arguments)
            assert answer.returncode == 0, (arguments, answer.stdout, answer.stderr)
            said.append(answer.stdout + answer.stderr)
        # A workspace that is not one of ours, and an account that refuses: errors quote what was sent.
        project.variables["DATABRICKS_CLIENT_SECRET"] = f"{CANARY}-wrong"
        for command in (["up", "--yes", "--refresh"], ["parity"]):
            answer = project.rolecall(*command)
            assert answer.returncode != 0
            said.append(answer.stdout + answer.stderr)
    finally:
        watching.end()
    secrets.append(f"{CANARY}-wrong")
    assert watching.seen
    assert watching.leaks == []
    for text in said:
        assert [one for one in secrets if one in text] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert (tmp_path / "project" / "profile.json") in files
    assert any(path.suffix == ".json" and ".pulumi" in path.parts for path in files)
    for path in files:
        content = path.read_bytes()
        assert [one for one in secrets if one.encode() in content] == [], path


def credentials_by_name(variables: dict[str, Any]) -> set[str]:
    """Return the names of variables that hold a credential."""
    return {name for name, value in variables.items() if credentials_of({name: str(value)})}


@pytest.mark.parametrize(
    "encode",
    [
        lambda one: quote(one, safe=""),
        quote_plus,
        lambda one: json.dumps({"key": one}),
        lambda one: b64encode(one.encode()).decode(),
        html.escape,
        repr,
    ],
)
def test_a_credential_is_hidden_in_every_way_of_writing(encode: Callable[[str], str]) -> None:
    secret = "a&b<c>\"d'e/f g+h\\i=j"
    shown = without_secrets(f"error: {encode(secret)} was refused", {"OKTA_CLIENT_TOKEN": secret})
    assert encode(secret).strip("'\"=") not in shown
    assert HIDDEN in shown
