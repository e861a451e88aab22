"""The local emulators: started once, found again, stopped with their state, and not on a port that is taken."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import yaml
from databricks.sdk import AccountClient

from rolecall.emulators.server import listen
from rolecall.engine.environment import engine_environment
from rolecall.errors import UsageError
from rolecall.local import emulators
from rolecall.local.variables import RATE_LIMITS, use_local_emulators
from rolecall.toolchain.install import Toolchain
from tests.support.emulator import DESCRIPTION
from tests.support.ports import free_ports
from tests.support.waiting import becomes


@pytest.fixture
def description(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "emulators.yaml"
    path.write_text(yaml.safe_dump({"databricks": DESCRIPTION}))
    yield path
    emulators.down(tmp_path)


def test_up_down_and_up_again_keep_the_state(tmp_path: Path, description: Path) -> None:
    port = free_ports()
    running = emulators.up(tmp_path, description, port)
    assert emulators.up(tmp_path, description, port) == running, "a second start finds the first"
    assert emulators.status(tmp_path) == running
    assert emulators.down(tmp_path)
    assert emulators.status(tmp_path) is None
    assert not emulators.down(tmp_path)
    again = emulators.up(tmp_path, description, port)
    assert again.variables == running.variables, "addresses and credentials stay, so that stacks still fit"
    assert again.pid != running.pid


def test_killed_ones_keep_what_they_answered(tmp_path: Path, description: Path) -> None:
    port = free_ports()
    running = emulators.up(tmp_path, description, port)

    def account() -> AccountClient:
        found = running.variables
        return AccountClient(
            host=found["DATABRICKS_ACCOUNT_HOST"],
            account_id=found["DATABRICKS_ACCOUNT_ID"],
            client_id=found["DATABRICKS_CLIENT_ID"],
            client_secret=found["DATABRICKS_CLIENT_SECRET"],
        )

    made = account().groups.create(display_name="by hand")
    # A state that takes long to save is saved a moment after the answer.
    kept = tmp_path / ".rolecall" / "systems.json"
    becomes(lambda: kept.exists() and "by hand" in kept.read_text())
    os.kill(running.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(running.pid)] if psutil.pid_exists(running.pid) else [])
    again = emulators.up(tmp_path, description, port)
    assert again.variables == running.variables
    assert account().groups.get(str(made.id)).display_name == "by hand"


def test_commands_use_them_where_the_environment_names_no_system_itself(
    tmp_path: Path, description: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = emulators.up(tmp_path, description, free_ports())
    (tmp_path / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    # What is set by a command must not outlast the test.
    for name in (*running.variables, *RATE_LIMITS):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "mine")
    use_local_emulators()
    assert "DATABRICKS_CLIENT_SECRET" not in os.environ
    toolchain = Toolchain("path", "/usr/bin", None, "3", "path")
    added = engine_environment(tmp_path, toolchain, os.environ)
    assert not added.keys() & running.variables.keys(), "the engine signs in where the command itself does"
    monkeypatch.delenv("DATABRICKS_CLIENT_ID")
    monkeypatch.setenv("DATABRICKS_RATE_LIMIT", "7")
    use_local_emulators()
    assert os.environ["DATABRICKS_CLIENT_SECRET"] == running.variables["DATABRICKS_CLIENT_SECRET"]
    assert (os.environ["DATABRICKS_RATE_LIMIT"], os.environ["ROLECALL_RATE_LIMIT"]) == ("7", "200")


def test_the_records_with_credentials_are_for_this_user_only(tmp_path: Path, description: Path) -> None:
    emulators.up(tmp_path, description, free_ports())
    emulators.down(tmp_path)
    state = tmp_path / ".rolecall" / "systems.json"
    assert state.stat().st_mode & 0o077 == 0


def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path, description: Path) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is in use") as caught:
            emulators.up(tmp_path, description, port)
    assert "--port" in caught.value.how_to_go_on
    assert emulators.status(tmp_path) is None


def test_reset_brings_the_beginning_back(tmp_path: Path, description: Path) -> None:
    running = emulators.up(tmp_path, description, free_ports())
    address = running.addresses["databricks/nonprod"]
    httpx.post(f"{address}/oidc/v1/token")
    assert emulators.calls(running) > 0
    assert emulators.reset(tmp_path)
    assert emulators.calls(running) == 0


def test_no_description_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        emulators.up(tmp_path, tmp_path / "none.yaml", free_ports())
