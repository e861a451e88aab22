"""Whole states are read and written in files only where the engine would do the same."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from rolecall.engine.integrity import integrity_problems
from rolecall.engine.locks import locks_in
from rolecall.engine.new_stack import OTHER_LAYOUTS
from rolecall.engine.run import Engine
from rolecall.engine.state import States
from rolecall.engine.state_files import StateFiles
from rolecall.engine.state_store import MORE_FILES, EngineStore, StateStore, state_store
from rolecall.errors import EngineFailed
from tests.unit.engine.test_moving import JOB, deployment, job, urn

STACK = "dev.a"


def store_of(folder: Path, *stacks: str, query: str = "", variables: dict[str, str] | None = None) -> StateStore:
    states = States(f"file://{folder}{query}", "rolecall", Path("pulumi"), folder, {})
    return state_store(Engine(folder, Path("pulumi"), variables or {}), states, stacks)


def file_of(folder: Path, stack: str = STACK) -> Path:
    return folder / ".pulumi" / "stacks" / "rolecall" / f"{stack}.json"


def put(folder: Path, stack: str = STACK, salt: str = "one", **more: Any) -> None:
    file = file_of(folder, stack)
    file.parent.mkdir(parents=True, exist_ok=True)
    latest = {**deployment(stack, job(stack, "a-train", "7")), "secrets_providers": {"state": {"salt": salt}}, **more}
    checkpoint = {"stack": f"organization/rolecall/{stack}", "latest": latest}
    file.write_text(json.dumps({"version": 3, "features": ["deletedWith"], "checkpoint": checkpoint}))


def test_a_state_is_written_as_it_was_read_and_the_one_before_is_kept(tmp_path: Path) -> None:
    put(tmp_path, pending_operations=[{"type": "creating"}])
    before = file_of(tmp_path).read_text()
    store = store_of(tmp_path)
    exported = store.read(STACK)
    store.write(STACK, exported)
    after = json.loads(file_of(tmp_path).read_text())
    expected = json.loads(before)
    # `pulumi stack import` drops them, too.
    del expected["checkpoint"]["latest"]["pending_operations"]
    assert after == expected
    assert file_of(tmp_path).with_name("dev.a.json.bak").read_text() == before
    assert stat.S_IMODE(file_of(tmp_path).stat().st_mode) == 0o600
    assert not [*tmp_path.rglob("*.new")]


def test_a_new_stack_gets_a_manifest(tmp_path: Path) -> None:
    store_of(tmp_path).write("dev.b", {"version": 3, "deployment": {}})
    checkpoint = json.loads(file_of(tmp_path, "dev.b").read_text())["checkpoint"]
    assert checkpoint["stack"] == "organization/rolecall/dev.b"
    assert checkpoint["latest"]["manifest"]["magic"]


def test_a_removed_stack_leaves_its_state_as_a_backup(tmp_path: Path) -> None:
    put(tmp_path)
    history = tmp_path / ".pulumi" / "history" / "rolecall" / STACK
    history.mkdir(parents=True)
    store_of(tmp_path).remove(STACK)
    assert not file_of(tmp_path).exists()
    assert not history.exists()
    assert file_of(tmp_path).with_name("dev.a.json.bak").exists()


def test_a_locked_stack_is_neither_written_nor_removed(tmp_path: Path) -> None:
    put(tmp_path)
    before = file_of(tmp_path).read_text()
    other = StateFiles(file_of(tmp_path).parent)
    store = store_of(tmp_path)
    exported = store.read(STACK)
    with other.locked([STACK]):
        (lock,) = locks_in(tmp_path / ".pulumi" / "locks" / "organization" / "rolecall", STACK)
        assert lock.pid == os.getpid()
        with pytest.raises(EngineFailed, match=r"stack dev\.a is locked by process \d+ on "):
            store.write(STACK, exported)
        with pytest.raises(EngineFailed, match="is locked"):
            store.remove(STACK)
    assert file_of(tmp_path).read_text() == before
    assert not [*(tmp_path / ".pulumi" / "locks").rglob("*.json")]
    store.write(STACK, exported)


def test_a_lock_that_cannot_be_read_counts(tmp_path: Path) -> None:
    put(tmp_path)
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "rolecall" / STACK
    folder.mkdir(parents=True)
    (folder / "half.json").write_text("{")
    store = store_of(tmp_path)
    with pytest.raises(EngineFailed, match=r"half\.json"):
        store.write(STACK, store.read(STACK))
    assert [path.name for path in folder.iterdir()] == ["half.json"]


def test_what_has_locked_stacks_writes_them(tmp_path: Path) -> None:
    put(tmp_path)
    store = store_of(tmp_path)
    with store.locked([STACK]), store.locked([STACK, "dev.b"]):
        store.write(STACK, store.read(STACK))
    assert not [*(tmp_path / ".pulumi" / "locks").rglob("*.json")]


def test_an_invalid_state_is_not_written(tmp_path: Path) -> None:
    put(tmp_path)
    before = file_of(tmp_path).read_text()
    store = store_of(tmp_path)
    exported = store.read(STACK)
    exported["deployment"]["resources"].reverse()
    with pytest.raises(EngineFailed, match="names what is not before it"):
        store.write(STACK, exported)
    assert file_of(tmp_path).read_text() == before


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"urn": ""}, "is not of stack"),
        ({"urn": urn("dev.b", JOB, "a-train")}, "is not of stack"),
        ({"type": ""}, "has no type"),
        ({"custom": False}, "is a component and has an id"),
        ({"provider": f"{urn(STACK, 'pulumi:providers:databricks', 'nonprod')}::other"}, "names a connection"),
        ({"parent": urn(STACK, JOB, "gone")}, "names what is not before it"),
        ({"deletedWith": urn(STACK, JOB, "gone")}, "names what is not before it"),
        ({"dependencies": [urn(STACK, JOB, "gone")]}, "names what is not before it"),
        ({"propertyDependencies": {"runAs": [urn(STACK, JOB, "gone")]}}, "names what is not before it"),
        ({"urn": urn(STACK, "pulumi:providers:databricks", "nonprod")}, "is there twice"),
    ],
)
def test_the_engines_own_checks(change: dict[str, Any], problem: str) -> None:
    valid = deployment(STACK, job(STACK, "a-train", "7")[:2])
    assert list(integrity_problems(STACK, valid)) == []
    valid["resources"][-1].update(change)
    assert any(problem in one for one in integrity_problems(STACK, valid))


def test_what_is_to_be_deleted_may_have_the_name_of_what_replaces_it() -> None:
    valid = deployment(STACK, job(STACK, "a-train", "7")[:2])
    valid["resources"].append({**valid["resources"][-1], "delete": True, "id": "6"})
    assert list(integrity_problems(STACK, valid)) == []


@pytest.mark.parametrize("name", [*OTHER_LAYOUTS, *MORE_FILES])
def test_other_layouts_are_left_to_the_engine(tmp_path: Path, name: str) -> None:
    assert isinstance(store_of(tmp_path, variables={name: "true"}), EngineStore)


def test_other_options_of_the_backend_are_left_to_the_engine(tmp_path: Path) -> None:
    assert isinstance(store_of(tmp_path, query="?no_tmp_dir=true"), EngineStore)
    assert isinstance(store_of(tmp_path, query="?metadata=skip&no_tmp_dir=true"), EngineStore)


def test_the_option_that_engines_get_from_us_is_known(tmp_path: Path) -> None:
    put(tmp_path)
    assert isinstance(store_of(tmp_path, STACK, query="?metadata=skip"), StateFiles)


def test_states_with_different_keys_are_left_to_the_engine(tmp_path: Path) -> None:
    """A secret that moves is encrypted with the key of the state that it leaves."""
    put(tmp_path, "dev.a")
    put(tmp_path, "dev.b")
    put(tmp_path, "dev.c", salt="another")
    assert isinstance(store_of(tmp_path, "dev.a", "dev.b", "dev.new"), StateFiles)
    assert isinstance(store_of(tmp_path, "dev.a", "dev.c"), EngineStore)
    assert isinstance(store_of(tmp_path), StateFiles)
