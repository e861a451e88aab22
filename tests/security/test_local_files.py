"""A checkout or another user cannot say by a file where commands sign in, and nobody else reads what runs leave."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rolecall.engine.process_identity import ProcessIdentity, identity_of, own_identity
from rolecall.errors import UsageError
from rolecall.local import emulators, record
from rolecall.local.record import Running, faults
from rolecall.local_folder import local_folder, passphrase_file, state_backend
from rolecall.private import make_private
from tests.support.contracts import CONTRACT
from tests.support.emulator import DESCRIPTION, ServedEmulator
from tests.support.other_user import NOBODY, needs_root
from tests.support.ports import free_ports
from tests.support.project import contract_project

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A checkout with emulators that run."""
    described = {**DESCRIPTION, "workspaces": [{"name": "nonprod", "environment_variable": "ML_NONPROD_HOST"}]}
    path = tmp_path / "emulators.yaml"
    path.write_text(yaml.safe_dump({"databricks": described}))
    emulators.up(tmp_path, path, free_ports())
    kept = (tmp_path / ".rolecall" / record.NAME).read_bytes()
    yield tmp_path
    (tmp_path / ".rolecall" / record.NAME).write_bytes(kept)
    emulators.down(tmp_path)


def _set(*path: str, value: Any) -> Change:
    def change(told: dict[str, Any]) -> None:
        for key in path[:-1]:
            told = told[key]
        told[path[-1]] = value

    return change


ATTACKS: dict[str, Change] = {
    "another host": _set("addresses", "databricks", value="https://evil.example"),
    "a host behind a user": _set("addresses", "databricks", value="http://127.0.0.1:80@evil.example"),
    "loopback of another name": _set("addresses", "databricks", value="http://localhost:80"),
    "a port on which nobody of ours listens": _set("addresses", "databricks", value="http://127.0.0.1:1"),
    "a variable's address elsewhere": _set("variables", "DATABRICKS_ACCOUNT_HOST", value="https://evil.example"),
    "another variable": _set("variables", "PULUMI_BACKEND_URL", value="file:///elsewhere"),
    "code": _set("variables", "LD_PRELOAD", value="/elsewhere/evil.so"),
    "a proxy": _set("variables", "HTTPS_PROXY", value="http://127.0.0.1:8080"),
    "an authority": _set("variables", "ROLECALL_CA_FILE", value="/elsewhere/evil.pem"),
    "a line more": _set("variables", "DATABRICKS_CLIENT_SECRET", value="a\nLD_PRELOAD=/tmp/evil.so"),
    "no text": _set("variables", "DATABRICKS_CLIENT_SECRET", value=["a"]),
    "a dead process": _set("process", "pid", value=2**22 - 1),
    "an unrelated process": _set("process", value=own_identity().to_json()),
    "another start": _set("process", "started", value="1"),
    "another boot": _set("process", "boot", value="another"),
    "another namespace": _set("process", "namespace", value="pid:[1]"),
    "nothing": dict.clear,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_record_that_says_more_than_ours_is_not_believed(checkout: Path, attack: str) -> None:
    path = checkout / ".rolecall" / record.NAME
    told = json.loads(path.read_text())
    assert emulators.status(checkout) is not None
    ATTACKS[attack](told)
    path.write_text(json.dumps(told))
    assert emulators.status(checkout) is None


def test_a_record_of_somebody_else_is_not_believed(checkout: Path) -> None:
    path = checkout / ".rolecall" / record.NAME
    path.chmod(0o666)
    assert emulators.status(checkout) is None, "others may write it"
    path.chmod(0o600)
    assert emulators.status(checkout) is not None
    kept = path.rename(path.with_name("elsewhere"))
    path.symlink_to(kept)
    assert emulators.status(checkout) is None, "a link"
    path.unlink()
    kept.rename(path)


@needs_root
def test_a_process_of_another_user_is_not_ours(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", f"import os; os.setuid({NOBODY}); print(flush=True); input()", record.MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    folder = local_folder(tmp_path)
    record.write(folder, Running(identity_of(process.pid), {}, {}, {}))
    assert record.read(folder) is None
    process.communicate(b"\n")


def test_emulators_may_name_only_variables_of_workspaces() -> None:
    process = ProcessIdentity("a", "b", "c", 1, "2")
    addresses = {"databricks": "http://127.0.0.1:1000", "databricks/nonprod": "http://127.0.0.1:1001"}
    folder = Path("/checkout/.rolecall")
    for name, value, fine in (
        ("ML_NONPROD_HOST", "http://127.0.0.1:1001", True),
        ("ML_NONPROD_HOST", "http://127.0.0.1:1000", False),
        ("PATH", "http://127.0.0.1:1001", False),
        ("HTTP_PROXY", "http://127.0.0.1:1001", False),
        ("PREFECT_API_URL", "http://127.0.0.1:1000/api", True),
        ("PREFECT_API_URL", "http://127.0.0.1:10001", False),
    ):
        found = [*faults(Running(process, addresses, {name: value}, {}), folder)]
        assert bool(found) is not fine, name


def test_a_local_folder_is_this_users_own(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".rolecall").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="is a link"):
        local_folder(tmp_path)
    (tmp_path / ".rolecall").unlink()
    (tmp_path / ".rolecall").mkdir(mode=0o755)
    state_backend(tmp_path)
    passphrase_file(tmp_path)
    assert open_to_others(tmp_path / ".rolecall") == []


def open_to_others(folder: Path) -> list[Path]:
    """Return the paths that other users may read or write."""
    everything = [folder, *folder.rglob("*")]
    return [path for path in everything if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_what_was_left_open_is_made_private(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o644)
    folder = tmp_path / "state"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "dev.json").touch(mode=0o644)
    (folder / "link").symlink_to(outside)
    make_private(folder)
    assert open_to_others(folder) == []
    assert stat.S_IMODE(outside.stat().st_mode) & 0o044, "what a link names is somebody else's"


def test_a_run_leaves_nothing_that_others_can_read(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    before = os.umask(0o022)
    try:
        project.deployed("up")
    finally:
        os.umask(before)
    assert open_to_others(tmp_path / ".state" / ".pulumi") == []
