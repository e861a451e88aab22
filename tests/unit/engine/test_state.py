"""What a stack's state tells: whether it holds a declaration whole, and what stands in the way of reading it."""

from __future__ import annotations

import json
import os
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rolecall.engine.locks import lock_stack
from rolecall.engine.stack_state import parse
from rolecall.engine.state import States
from rolecall.errors import StateUnreadable, StateUnwritable

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


@pytest.mark.parametrize(
    ("backup", "says"),
    [
        (None, "There is no"),
        ("", "cannot be read either"),
        ("null", "cannot be read either"),
        ('{"version": 3, "checkpoint": {"latest": null}}', "is empty"),
        (json.dumps({"version": 3, "checkpoint": checkpoint(WHOLE)}), "with 2 resources"),
    ],
)
def test_the_way_out_of_a_corrupt_state_is_what_is_true(tmp_path: Path, backup: str | None, says: str) -> None:
    """Only a backup that holds something is put back: a run on an empty state makes everything twice."""
    written(tmp_path, "null")
    if backup is not None:
        written(tmp_path, backup, "dev.churn.json.bak")
    with pytest.raises(StateUnreadable, match=r"it is .null.") as caught:
        states(tmp_path).read("dev.churn")
    assert says in caught.value.how_to_go_on
    if says != "with 2 resources":
        with pytest.raises(StateUnreadable):
            states(tmp_path).restore("dev.churn")


@pytest.mark.parametrize(
    ("stack", "project", "whose"),
    [
        ("prod.churn", "rolecall", "stack dev.churn of project rolecall"),
        ("dev.churn", "another", "stack dev.churn of project rolecall"),
    ],
)
@pytest.mark.parametrize("pending", [False, True])
def test_a_state_of_another_stack_under_this_name_is_refused(
    tmp_path: Path, stack: str, project: str, whose: str, pending: bool
) -> None:
    """A run would delete the other stack's objects, and make this stack's again."""
    content = checkpoint(WHOLE, resources=1, pending=1) if pending else checkpoint(WHOLE)
    if pending:
        content["latest"]["resources"] = content["latest"]["resources"][:1]
    text = json.dumps({"version": 3, "checkpoint": content})
    folder = tmp_path / ".pulumi" / "stacks" / project
    folder.mkdir(parents=True)
    (folder / f"{stack}.json").write_text(text)
    copied = States(f"file://{tmp_path}", project, Path("pulumi"), tmp_path, {})
    with pytest.raises(StateUnreadable, match=f"it is the state of {whose}"):
        copied.read(stack)
    assert copied.read_if_whole(stack) is None
    (folder / f"{stack}.json").write_text("")
    (folder / f"{stack}.json.bak").write_text(text)
    with pytest.raises(StateUnreadable, match="it is empty") as refused:
        copied.read(stack)
    assert f"is none of this stack: it is the state of {whose}" in refused.value.how_to_go_on
    with pytest.raises(StateUnreadable, match=f"it is the state of {whose}"):
        copied.restore(stack)
    assert (folder / f"{stack}.json").read_text() == ""


def test_a_state_that_is_nested_too_deep_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "[" * 100_000)
    with pytest.raises(StateUnreadable):
        states(tmp_path).read("dev.churn")


def test_a_state_of_an_older_version_is_read(tmp_path: Path) -> None:
    written(tmp_path, json.dumps({"version": 1, "checkpoint": {"stack": "dev.churn", **checkpoint(WHOLE)}}))
    found = states(tmp_path).read("dev.churn")
    assert found is not None
    assert found.holds("abc")


def test_a_state_stops_holding_its_declaration_before_a_run_that_may_end_halfway(tmp_path: Path) -> None:
    """Reverting the contract after a failed run must not make what is half changed count as unchanged."""
    path = written(tmp_path, json.dumps({"version": 3, "checkpoint": checkpoint(WHOLE)}))
    states(tmp_path).outdate("dev.churn")
    found = states(tmp_path).read("dev.churn")
    assert found is not None
    assert not found.holds("abc")
    assert (found.objects, found.declared, found.organization) == ("", 2, "acme")
    before = path.stat().st_mtime_ns
    states(tmp_path).outdate("dev.churn")
    assert path.stat().st_mtime_ns == before, "there is nothing more to take out"


def test_a_state_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"version": 3, "checkpoint": checkpoint(WHOLE)}))
    path.with_name(f".{path.name}.new").mkdir()
    with pytest.raises(StateUnwritable, match=r"dev\.churn"):
        states(tmp_path).outdate("dev.churn")


def test_a_state_is_rewritten_under_the_engines_lock_and_keeps_its_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"version": 3, "checkpoint": checkpoint(WHOLE)})
    path = written(tmp_path, text)
    backup = written(tmp_path, "the one before", "dev.churn.json.bak")
    synced: list[str] = []
    original = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        original(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    locks = tmp_path / ".pulumi" / "locks" / "organization" / "rolecall" / "dev.churn"
    own = partial(states(tmp_path).own, "dev.churn", {"slice": ["dev", "churn"]})
    for change in (partial(states(tmp_path).outdate, "dev.churn"), own):
        path.write_text(text)
        with lock_stack(locks), pytest.raises(StateUnwritable, match="is locked by process"):
            change()
        assert path.read_text() == text
        synced.clear()
        change()
        assert path.read_text() != text
        assert synced == [str(path.with_name(f".{path.name}.new")), str(path.parent)]
        assert backup.read_text() == "the one before"
        assert [*locks.iterdir()] == []


def test_where_another_engine_has_locked_a_stack_that_one_ends_first(tmp_path: Path) -> None:
    """It is no matter of room or of permissions."""
    written(tmp_path, json.dumps({"version": 3, "checkpoint": checkpoint(WHOLE)}))
    locks = tmp_path / ".pulumi" / "locks" / "organization" / "rolecall" / "dev.churn"
    with lock_stack(locks), pytest.raises(StateUnwritable) as refused:
        states(tmp_path).outdate("dev.churn")
    how = "Wait until it ends; if it is dead, run `pulumi cancel dev.churn`."
    assert refused.value.how_to_go_on == f"The stack was not run. {how}"


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (['{"organization": "acme"}', '{"urn": "a", "ty', '{"urn": "b", "type": "x", "custom": true}', ""], 2),
        (["[]", '{"urn": "b", "type": "x", "custom": true}', ""], 1),
        (['{"organization": "acme"}', "null", ""], 2),
    ],
)
def test_a_broken_line_of_a_journal_is_named_and_nothing_is_run(tmp_path: Path, lines: list[str], number: int) -> None:
    written(tmp_path, json.dumps({"version": 3, "checkpoint": checkpoint(WHOLE)}))
    journal = states(tmp_path).journal_file("dev.churn")
    assert journal is not None
    journal.parent.mkdir(parents=True)
    journal.write_text("\n".join(lines))
    with pytest.raises(StateUnreadable, match=re.escape(f"line {number} of the journal {journal}")):
        states(tmp_path).read("dev.churn")


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
