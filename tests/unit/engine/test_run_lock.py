"""One run at a time, over all stacks; a lock goes only when its owner is provably gone (faults 7 and 8)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from rolecall.engine.process_identity import is_provably_dead, own_identity
from rolecall.engine.run_lock import Holder, RunLock
from rolecall.errors import RunLocked, StateUnwritable


def lock(folder: Path, **more: Any) -> RunLock:
    return RunLock(f"file://{folder}", "rolecall", folder / "cache", "rolecall up dev", **more)


def gone() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def held(folder: Path, **process: object) -> Path:
    """Let a dead run hold the lock, which began an hour ago in this boot and PID namespace unless said otherwise."""
    identity = {**own_identity().to_json(), "pid": gone(), "started": "1", **process}
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    told = {"user": "ada", "since": since, "command": "rolecall up prod", "process": identity, "interrupted": []}
    path = lock(folder).path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told))
    return path


def engine_lock(folder: Path, stack: str = "dev.churn", *, by_run: bool = True, **told: object) -> Path:
    path = folder / ".pulumi" / "locks" / "organization" / "rolecall" / stack / "one.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content: dict[str, object] = {"pid": gone(), "username": "x", "hostname": socket.gethostname()}
    content |= {"timestamp": datetime.now(UTC).isoformat(), **told}
    path.write_text(json.dumps(content))
    noted = lock(folder).path.with_name("run.lock.engines")
    noted.parent.mkdir(parents=True, exist_ok=True)
    if by_run:
        with noted.open("a") as file:
            file.write(f"{content['pid']} {stack}\n")
    return path


def test_a_second_run_is_refused_and_told_who_runs(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(RunLocked) as refused, lock(tmp_path):
        pass
    for word in ("`rolecall up dev`", f"process {os.getpid()}", socket.gethostname(), "since 20"):
        assert word in refused.value.what
    assert refused.value.exit_code == 3
    with lock(tmp_path):
        assert lock(tmp_path).path.exists()
    assert not lock(tmp_path).path.exists()


def test_other_backends_are_locked_on_this_machine(tmp_path: Path) -> None:
    first = RunLock("s3://bucket", "rolecall", tmp_path, "rolecall up")
    with first:
        with pytest.raises(RunLocked), RunLock("s3://bucket", "rolecall", tmp_path, "rolecall up"):
            pass
        with RunLock("s3://bucket", "other", tmp_path, "rolecall up"):
            pass


def test_the_lock_of_a_dead_run_is_taken_over(tmp_path: Path) -> None:
    held(tmp_path)
    with lock(tmp_path) as taken:
        assert Holder.from_json(json.loads(taken.path.read_text())).process == own_identity()


def test_a_number_that_another_process_has_now_is_dead(tmp_path: Path) -> None:
    held(tmp_path, pid=os.getpid(), started="1")
    with lock(tmp_path):
        pass


@pytest.mark.parametrize(
    "process",
    [
        {"host": "another-machine"},
        {"boot": "another boot"},
        {"namespace": "pid:[1]"},
        {"boot": ""},
        {"started": ""},
        {"pid": os.getpid(), "started": own_identity().started},
    ],
    ids=["host", "boot", "container", "no boot", "no start", "alive"],
)
def test_nothing_else_is_taken_over(tmp_path: Path, process: dict[str, object]) -> None:
    path = held(tmp_path, **process)
    left = engine_lock(tmp_path)
    before = path.read_text()
    with pytest.raises(RunLocked, match="`rolecall up prod`") as refused, lock(tmp_path):
        pass
    assert path.read_text() == before
    assert f"rm {path}" in refused.value.how_to_go_on
    assert left.exists()


def test_a_lock_names_the_key_that_it_lacks(tmp_path: Path) -> None:
    held(tmp_path).write_text('{"process": {"pid": 1}}')
    with pytest.raises(RunLocked, match=r"is not known: it has no 'host'$"), lock(tmp_path):
        pass


@pytest.mark.parametrize("text", ["", "null", "{}", '{"process": 1}', "[", "[" * 100_000])
def test_a_lock_that_cannot_be_read_is_nobodys_to_take(tmp_path: Path, text: str) -> None:
    path = held(tmp_path)
    path.write_text(text)
    with pytest.raises(RunLocked, match="cannot be read"), lock(tmp_path):
        pass
    assert path.read_text() == text


def test_locks_of_a_dead_runs_engines_go_with_it_and_no_others(tmp_path: Path) -> None:
    held(tmp_path)
    dead = engine_lock(tmp_path, "dev.churn", timestamp=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.123456789Z")
    dead.with_name("one.json.attrs").write_text("{}")
    others = [
        engine_lock(tmp_path, "dev.host", hostname="another-machine"),
        engine_lock(tmp_path, "dev.older", timestamp="2026-11-20T10:00:00Z"),
        engine_lock(tmp_path, "dev.unknown", pid="?"),
    ]
    with lock(tmp_path) as taken:
        assert taken.interrupted == {"dev.churn"}
        assert not [*dead.parent.iterdir()]
        assert all(one.exists() for one in others)
        path = taken.path
        text = json.loads(path.read_text())
    # Killed now, before it has looked at the state: the next run still knows.
    path.write_text(json.dumps({**text, "process": {**text["process"], "pid": gone(), "started": "1"}}))
    with lock(tmp_path) as again:
        assert again.interrupted == {"dev.churn"}


def test_a_lock_of_another_container_with_the_same_host_name_stays(tmp_path: Path) -> None:
    """It shares the folder and runs plain `pulumi` there; its process ids are from another namespace."""
    held(tmp_path)
    foreign = engine_lock(tmp_path, by_run=False)
    own = engine_lock(tmp_path, "dev.fraud")
    with lock(tmp_path) as taken:
        assert foreign.exists()
        assert not own.exists()
        assert taken.interrupted == {"dev.fraud"}


def test_engines_of_a_run_are_noted_and_forgotten_with_it(tmp_path: Path) -> None:
    with lock(tmp_path) as taken:
        noted = taken.path.with_name("run.lock.engines")
        taken.note_engine("dev.churn", 7)
        assert noted.read_text() == "7 dev.churn\n"
        assert noted.stat().st_mode & 0o077 == 0
    assert not noted.exists()
    held(tmp_path)
    noted.write_text("7 dev.churn\n")
    with lock(tmp_path):
        assert noted.read_text() == "", "numbers are used again"


def test_an_engine_that_still_works_is_waited_for(tmp_path: Path) -> None:
    held(tmp_path)
    engine = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        left = engine_lock(tmp_path, pid=engine.pid, timestamp=datetime.now(UTC).isoformat())
        with pytest.raises(RunLocked, match=f"process {engine.pid}"), lock(tmp_path, wait=0):
            pass
        assert left.exists()
    finally:
        engine.communicate(b"\n")
    with lock(tmp_path, wait=0) as taken:
        assert taken.interrupted == {"dev.churn"}


def test_without_a_dead_run_nothing_is_known_of_an_engines_lock(tmp_path: Path) -> None:
    """Plain `pulumi` was killed, or runs in another container: the engine refuses, and people `pulumi cancel`."""
    left = engine_lock(tmp_path)
    with lock(tmp_path):
        assert left.exists()


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / ".pulumi").write_text("a file where a folder has to be")
    with pytest.raises(StateUnwritable, match="lock of this run"), lock(tmp_path):
        pass


def test_a_process_is_dead_only_where_that_is_certain() -> None:
    own = own_identity()
    assert not is_provably_dead(own)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = psutil.Process(child.pid).create_time()
    assert started
    told = {**own.to_json(), "pid": child.pid}
    from rolecall.engine.process_identity import ProcessIdentity, start_of

    alive = ProcessIdentity.from_json({**told, "started": start_of(child.pid)})
    assert not is_provably_dead(alive)
    child.communicate(b"\n")
    assert is_provably_dead(alive)


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> int:
    """Simulate another user's process under `hidepid`: not in /proc, and not to be signalled."""
    taken = gone()
    kill = os.kill

    def refused(pid: int, signal: int) -> None:
        if pid == taken:
            raise PermissionError(1, "Operation not permitted")
        kill(pid, signal)

    monkeypatch.setattr(os, "kill", refused)
    return taken


def test_a_run_of_another_user_whose_processes_are_hidden_is_not_dead(tmp_path: Path, hidden: int) -> None:
    path = held(tmp_path, pid=hidden)
    before = path.read_text()
    with pytest.raises(RunLocked, match="`rolecall up prod`"), lock(tmp_path):
        pass
    assert path.read_text() == before


def test_an_engine_of_another_user_whose_processes_are_hidden_is_not_dead(tmp_path: Path, hidden: int) -> None:
    held(tmp_path)
    left = engine_lock(tmp_path, pid=hidden)
    with pytest.raises(RunLocked, match=f"process {hidden}"), lock(tmp_path, wait=0):
        pass
    assert left.exists()


@pytest.mark.parametrize("pid", [-1, 10**30])
def test_a_forged_number_proves_nothing(tmp_path: Path, pid: int) -> None:
    path = held(tmp_path, pid=pid)
    with pytest.raises(RunLocked), lock(tmp_path):
        pass
    assert path.exists()
    held(tmp_path)
    left = engine_lock(tmp_path, pid=pid)
    with pytest.raises(RunLocked, match="still works"), lock(tmp_path, wait=0):
        pass
    assert left.exists()


def test_an_engines_lock_that_another_user_owns_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the owner of a folder removes files in it, and a run of another user has made this one."""
    path = held(tmp_path)
    left, before = engine_lock(tmp_path), path.read_text()
    unlink = Path.unlink

    def refused(one: Path, missing_ok: bool = False) -> None:
        if one == left:
            raise PermissionError(13, "Permission denied", str(one))
        unlink(one, missing_ok)

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(StateUnwritable, match="Permission denied"), lock(tmp_path):
        pass
    assert path.read_text() == before


@pytest.mark.parametrize("name", ["pulumi", "python"])
def test_a_clock_that_is_set_forward_ends_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The start of a process is known as ticks since boot, and the time of boot follows the clock (proc_stat(5))."""
    held(tmp_path)
    left = engine_lock(tmp_path, pid=os.getpid())
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: datetime.now(UTC).timestamp() + 3600)
    monkeypatch.setattr(psutil.Process, "name", lambda process: name)
    if name == "python":
        with lock(tmp_path, wait=0) as taken:
            assert taken.interrupted == {"dev.churn"}
        return
    with pytest.raises(RunLocked, match="still works"), lock(tmp_path, wait=0):
        pass
    assert left.exists()
