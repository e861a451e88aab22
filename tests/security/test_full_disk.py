"""A full disk, and what one leaves behind: a true message, no half-written file, and nothing made twice."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rolecall.engine.journal import Journal, read
from rolecall.engine.state import States
from rolecall.errors import StateUnreadable, StateUnwritable
from tests.conftest import ROOT

WHOLE = {
    "latest": {
        "resources": [
            {
                "urn": "urn:pulumi:dev.churn::p::pulumi:pulumi:Stack::p-dev.churn",
                "type": "pulumi:pulumi:Stack",
                "custom": False,
                "outputs": {"declaration": "abc", "resources": 1, "organization": "acme"},
            },
            {
                "urn": "urn:pulumi:dev.churn::p::databricks:index/job:Job::train",
                "type": "databricks:index/job:Job",
                "custom": True,
                "id": "7",
                "inputs": {},
                "outputs": {},
            },
        ]
    }
}
TEXT = json.dumps({"version": 3, "checkpoint": WHOLE})


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what fills the disk: the next file gets half of its text, and an error."""

    def bytes_of(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    def text_of(self: Path, data: str, **options: Any) -> int:
        return bytes_of(self, data.encode())

    def fsync(descriptor: int) -> None:
        os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill() -> None:
        # Delayed allocation reports a full disk when the file is flushed.
        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(Path, "write_bytes", bytes_of)
        monkeypatch.setattr(Path, "write_text", text_of)

    return fill


def states(folder: Path) -> States:
    return States(f"file://{folder}", "p", Path("pulumi"), folder, {})


def written(folder: Path, text: str, name: str = "dev.churn.json") -> Path:
    path = folder / ".pulumi" / "stacks" / "p" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_state_stays_whole_where_it_cannot_be_written(tmp_path: Path, full: Callable[[], None]) -> None:
    path = written(tmp_path, TEXT)
    full()
    with pytest.raises(StateUnwritable, match="No space left on device"):
        states(tmp_path).outdate("dev.churn")
    assert path.read_text() == TEXT
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_restored_state_takes_no_place_before_it_is_whole(tmp_path: Path, full: Callable[[], None]) -> None:
    path = written(tmp_path, '{"version": 3, "check')
    backup = written(tmp_path, TEXT, "dev.churn.json.bak")
    full()
    with pytest.raises(StateUnwritable, match="cannot be restored"):
        states(tmp_path).restore("dev.churn")
    assert path.read_text() == '{"version": 3, "check'
    assert backup.read_text() == TEXT


def test_the_next_run_restores_it(tmp_path: Path) -> None:
    path = written(tmp_path, "null")
    written(tmp_path, TEXT, "dev.churn.json.bak")
    written(tmp_path, "nul", "dev.churn.json.corrupt")
    restored = states(tmp_path).restore("dev.churn")
    assert restored is not None
    assert [one.id for one in restored.resources] == ["7"]
    assert path.with_name("dev.churn.json.corrupt").read_text() == "null"


def test_a_journal_that_cannot_be_begun_says_nothing_of_a_killed_run(tmp_path: Path, full: Callable[[], None]) -> None:
    path = tmp_path / "journal" / "dev.churn.jsonl"
    full()
    journal = Journal(path, frozenset())
    with pytest.raises(StateUnwritable) as caught:
        journal.begin("acme")
    assert "Nothing more is made" in caught.value.how_to_go_on
    assert read(path) is None


@pytest.mark.parametrize("line", ['{"urn": "a", "ty', "null", "[]", "\0\0\0", '{"urn": "a"}', "\udcff"])
def test_a_broken_line_of_a_journal_stops_the_stack_and_is_named(tmp_path: Path, line: str) -> None:
    written(tmp_path, TEXT)
    found = states(tmp_path).journal_file("dev.churn")
    assert found is not None
    found.parent.mkdir(parents=True)
    entry = '{"urn": "b", "type": "x", "custom": true}'
    found.write_bytes(f'{{"organization": "acme"}}\n{line}\n{entry}\n'.encode(errors="surrogateescape"))
    with pytest.raises(StateUnreadable, match="line 2 of the journal") as caught:
        states(tmp_path).read("dev.churn")
    assert "remove the line" in caught.value.how_to_go_on
    found.write_text(f'{{"organization": "acme"}}\n{entry}\n')
    assert states(tmp_path).read("dev.churn") is not None


@pytest.mark.parametrize("line", ["", '{"urn": "a", "ty', '{"urn": "a", "type": "x", "custom": true'])
def test_a_last_line_that_is_not_whole_was_never_registered(tmp_path: Path, line: str) -> None:
    written(tmp_path, TEXT)
    found = states(tmp_path).journal_file("dev.churn")
    assert found is not None
    found.parent.mkdir(parents=True)
    found.write_text(f'{{"organization": "acme"}}\n{line}')
    state = states(tmp_path).read("dev.churn")
    assert state is not None
    assert state.pending == ()


@pytest.mark.parametrize("backup", ["", "null", '{"version": 3, "checkpoint": {"latest": null}}', None])
@pytest.mark.parametrize("text", ["", "null", "{}x", '{"checkpoint": null}'])
def test_nothing_is_made_twice_from_an_empty_state_or_backup(tmp_path: Path, text: str, backup: str | None) -> None:
    path = written(tmp_path, text)
    if backup is not None:
        written(tmp_path, backup, "dev.churn.json.bak")
    with pytest.raises(StateUnreadable):
        states(tmp_path).read("dev.churn")
    with pytest.raises(StateUnreadable):
        states(tmp_path).restore("dev.churn")
    assert path.read_text() == text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("command", [["policy", "list"], ["policy", "list", "--format", "json"], ["schema"]])
def test_a_report_that_cannot_be_written_is_no_success_and_no_traceback(command: list[str]) -> None:
    code = "from rolecall.cli.start import main; main()"
    with Path("/dev/full").open("w") as nowhere:
        answer = subprocess.run(
            [sys.executable, "-c", code, *command],
            cwd=ROOT,
            stdout=nowhere,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert answer.returncode == 3
    assert "cannot be written: No space left on device" in " ".join(answer.stderr.split())
    assert "Traceback" not in answer.stderr
    assert "Exception ignored" not in answer.stderr


def test_a_broken_note_of_what_was_moved_is_named(tmp_path: Path) -> None:
    from rolecall.engine import state_moves

    found = states(tmp_path).journal_file("")
    assert found is not None
    note = found.with_name(".moves.json")
    note.parent.mkdir(parents=True)
    moves = object.__new__(state_moves.StateMoves)
    moves._states = states(tmp_path)
    for text in ("", "[{", "null", '[{"stack": "a"}]'):
        note.write_text(text)
        with pytest.raises(StateUnreadable, match=r"\.moves\.json"):
            moves._begun()
