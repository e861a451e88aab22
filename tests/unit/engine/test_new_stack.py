"""The state of a new stack, written without an engine."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rolecall.engine.new_stack import OTHER_LAYOUTS, create_stack
from rolecall.engine.stack_state import parse
from rolecall.engine.state import States
from rolecall.errors import StateUnwritable


def states(folder: Path, query: str = "") -> States:
    return States(f"file://{folder}{query}", "rolecall", folder / "no-pulumi", folder, {})


def test_a_new_stack_has_nothing_in_it_and_is_listed(tmp_path: Path) -> None:
    assert states(tmp_path).create("dev.churn")
    state = states(tmp_path).read("dev.churn")
    assert state is not None
    assert not state.anything
    assert states(tmp_path).stacks() == ["dev.churn"]
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert written == [".pulumi/meta.yaml", ".pulumi/stacks/rolecall/dev.churn.json"], "nothing else is left"


def test_a_stack_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / ".pulumi" / "stacks" / "rolecall" / "dev.churn.json"
    assert states(tmp_path).create("dev.churn")
    file.write_text("another run's state")
    assert states(tmp_path).create("dev.churn")
    assert file.read_text() == "another run's state"


@pytest.mark.parametrize("variable", OTHER_LAYOUTS)
def test_another_layout_is_left_to_the_engine(tmp_path: Path, variable: str) -> None:
    assert not create_stack(tmp_path / ".pulumi", "rolecall", "dev.churn", {variable: "true"})
    assert not [*tmp_path.rglob("*.json")]


def test_states_without_projects_are_left_to_the_engine(tmp_path: Path) -> None:
    stacks = tmp_path / ".pulumi" / "stacks"
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_text("{}")
    assert not states(tmp_path).create("dev.churn")
    assert not (tmp_path / ".pulumi" / "meta.yaml").exists()


def test_an_unknown_layout_is_left_to_the_engine(tmp_path: Path) -> None:
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "meta.yaml").write_text("version: 2\n")
    assert not states(tmp_path).create("dev.churn")


def test_other_options_and_other_backends_are_left_to_the_engine(tmp_path: Path) -> None:
    assert not states(tmp_path, "?metadata=skip&create_dir=true").create("dev.churn")
    assert not States("s3://bucket", "rolecall", tmp_path, tmp_path, {}).create("dev.churn")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / ".pulumi").write_text("a file where a folder should be")
    with pytest.raises(StateUnwritable, match="cannot be created"):
        states(tmp_path).create("dev.churn")


def test_file_and_folder_are_synced_before_the_stack_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    final = tmp_path / ".pulumi" / "stacks" / "rolecall" / "dev.churn.json"
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(final.exists()))
    states(tmp_path).create("dev.churn")
    assert synced == [False, False, False, True]


def test_a_state_that_a_killed_engine_has_only_begun_is_a_stack_with_nothing_in_it() -> None:
    """The engine writes this first, and the rest after it has derived the key."""
    told = json.loads('{"version":0,"checkpoint":{"stack":"organization/rolecall/dev.churn"}}')
    assert not parse(told["checkpoint"]).anything
