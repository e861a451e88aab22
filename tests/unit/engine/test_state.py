"""What a stack's state tells: whether it holds a declaration whole, and what stands in the way of reading it."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from rolecall.engine.locks import clear_dead
from rolecall.engine.state import States, parse
from rolecall.errors import StateUnreadable

URN = "urn:pulumi:dev.churn::rolecall::"


def checkpoint(outputs: dict[str, Any], *, resources: int = 2, pending: int = 0) -> dict[str, Any]:
    stack = {"urn": f"{URN}pulumi:pulumi:Stack::rolecall-dev.churn", "type": "pulumi:pulumi:Stack", "outputs": outputs}
    provider = f"{URN}pulumi:providers:databricks::nonprod"
    own = [
        {"urn": f"{URN}databricks:index/job:Job::job-{number}", "type": "databricks:index/job:Job", "custom": True}
        | {"id": str(number), "provider": f"{provider}::04da"}
        for number in range(resources)
    ]
    operations = [{"type": "creating", "resource": one} for one in own[:pending]]
    connection = {"urn": provider, "type": "pulumi:providers:databricks", "custom": True, "id": "04da"}
    return {"latest": {"resources": [stack, connection, *own], "pending_operations": operations}}


WHOLE = {"declaration": "abc", "objects": "def", "resources": 2, "organization": "acme"}


def test_a_state_holds_a_declaration_only_whole() -> None:
    assert parse(checkpoint(WHOLE)).holds("abc")
    assert not parse(checkpoint(WHOLE)).holds("other")
    assert not parse(checkpoint({})).holds("")
    assert not parse(checkpoint(WHOLE, resources=3)).holds("abc"), "something is left that should be gone"
    assert not parse(checkpoint(WHOLE, pending=1)).holds("abc"), "a run was killed"


def test_resources_know_through_which_connection_they_were_made() -> None:
    (first, _) = parse(checkpoint(WHOLE)).resources
    assert (first.name, first.id, first.connection, first.custom) == ("job-0", "0", "nonprod", True)


def states(folder: Path) -> States:
    return States(f"file://{folder}", "rolecall", Path("pulumi"), folder, {})


def written(folder: Path, text: str, name: str = "dev.churn.json") -> Path:
    path = folder / ".pulumi" / "stacks" / "rolecall" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_stack_that_is_not_there_has_no_state(tmp_path: Path) -> None:
    assert states(tmp_path).read("dev.churn") is None
    assert states(tmp_path).stacks() == []
    written(tmp_path, json.dumps({"version": 3, "checkpoint": {"latest": None}}))
    found = states(tmp_path).read("dev.churn")
    assert found is not None
    assert not found.anything
    assert states(tmp_path).stacks() == ["dev.churn"]


@pytest.mark.parametrize("text", ["", '{"version": 3, "checkpoint": {"lat', "[]", '{"checkpoint": 1}'])
def test_a_corrupt_state_is_refused_and_its_backup_restores(tmp_path: Path, text: str) -> None:
    """Fault 9."""
    path = written(tmp_path, text)
    with pytest.raises(StateUnreadable) as caught:
        states(tmp_path).read("dev.churn")
    assert f"{path}.bak" in caught.value.how_to_go_on
    assert path.read_text() == text
    with pytest.raises(StateUnreadable):
        states(tmp_path).restore("dev.churn")
    assert path.read_text() == text, "without a backup nothing is touched"
    written(tmp_path, json.dumps({"version": 3, "checkpoint": checkpoint(WHOLE)}), "dev.churn.json.bak")
    restored = states(tmp_path).restore("dev.churn")
    assert restored is not None
    assert restored.holds("abc")
    assert states(tmp_path).read("dev.churn") == restored
    assert path.with_name("dev.churn.json.corrupt").read_text() == text


def lock(folder: Path, **told: object) -> Path:
    path = folder / "one.json"
    now = datetime.now(UTC)
    content = {"pid": 1, "username": "x", "hostname": socket.gethostname(), "timestamp": now.isoformat(), **told}
    path.write_text(json.dumps(content))
    return path


def test_a_lock_goes_only_when_its_owner_is_provably_gone(tmp_path: Path) -> None:
    """Fault 8."""
    gone = max(psutil.pids()) + 100_000
    assert clear_dead(tmp_path / "nowhere") == []
    for kept in (
        lock(tmp_path, pid=os.getpid()),
        lock(tmp_path, pid=gone, hostname="another-machine"),
        lock(tmp_path, pid="?"),
    ):
        content = kept.read_text()
        lock(tmp_path, **json.loads(content))
        assert clear_dead(tmp_path) == []
        assert kept.exists()
    dead = lock(tmp_path, pid=gone, timestamp="2026-11-20T10:00:00.123456789Z")
    assert clear_dead(tmp_path) == [gone]
    assert not dead.exists()
    reused = lock(tmp_path, pid=os.getpid(), timestamp=(datetime.now(UTC) - timedelta(days=400)).isoformat())
    assert clear_dead(tmp_path) == [os.getpid()], "the number belongs to another process now"
    assert not reused.exists()


@pytest.mark.parametrize("attributes", ["", '{"user.content_type": "appl'])
def test_attributes_that_a_killed_run_has_half_written_do_not_stop_the_engine(tmp_path: Path, attributes: str) -> None:
    path = written(tmp_path, json.dumps({"version": 3, "checkpoint": checkpoint(WHOLE)}))
    beside = path.with_name(f"{path.name}.attrs")
    beside.write_text(attributes)
    assert states(tmp_path).read("dev.churn") is not None
    assert not beside.exists()
    beside.write_text('{"user.content_type": "application/json"}')
    assert states(tmp_path).read("dev.churn") is not None
    assert beside.exists(), "whole ones stay"
