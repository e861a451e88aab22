"""What makes engines cheaper: room for garbage, and no debug log."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from rolecall import settings
from rolecall.engine.debug_log import switch_debug_log
from rolecall.engine.environment import engine_environment
from rolecall.engine.garbage import available_memory, garbage_settings
from rolecall.engine.local_backend import without_attributes
from rolecall.toolchain.install import Toolchain


def toolchain(home: Path | None) -> Toolchain:
    return Toolchain("build", "/nowhere/bin", str(home) if home else None, "3.0.0", "build")


@pytest.mark.parametrize(
    ("available", "engines", "percent", "limit"),
    [
        (16_000_000_000, 2, "100", "3733000000B"),
        (16_000_000_000, 4, "100", "2240000000B"),
        (1_000_000_000, 2, "50", "233000000B"),
        (500_000_000, 2, "25", "116000000B"),
        (0, 4, "25", "64000000B"),
    ],
)
def test_a_small_machine_collects_more_often(available: int, engines: int, percent: str, limit: str) -> None:
    assert garbage_settings(available, engines) == {"GOGC": percent, "GOMEMLIMIT": limit}


def test_a_container_has_no_more_than_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Machine:
        available = 8_000_000_000

    monkeypatch.setattr(psutil, "virtual_memory", Machine)
    assert available_memory(tmp_path / "none") == 8_000_000_000
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("100\n")
    assert available_memory(tmp_path) == 8_000_000_000
    (tmp_path / "memory.max").write_text("2000000000\n")
    (tmp_path / "memory.current").write_text("500000000\n")
    assert available_memory(tmp_path) == 1_500_000_000
    (tmp_path / "memory.current").write_text("3000000000\n")
    assert available_memory(tmp_path) == 0


@pytest.mark.parametrize("on_path", [False, True])
def test_the_debug_log_is_off_in_a_home_of_ours_unless_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_path: bool
) -> None:
    monkeypatch.setenv("ROLECALL_CACHE_DIR", str(tmp_path / "cache"))
    home = tmp_path / "cache" / "built" / "home"
    found, present = (toolchain(None), {"PULUMI_HOME": str(home)}) if on_path else (toolchain(home), {})
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "one.log").write_text("of a former run")
    engine_environment(tmp_path, found, present)
    assert (home / "logs").is_file()
    assert (home / "logs-kept" / "one.log").read_text() == "of a former run"
    engine_environment(tmp_path, found, {**present, settings.ENGINE_LOG.name: "1"})
    assert not (home / "logs").exists(), "the engine makes the folder"
    engine_environment(tmp_path, found, {**present, settings.ENGINE_LOG.name: ""})
    assert (home / "logs").is_file()


def test_a_users_own_home_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "logs").mkdir(parents=True)
    engine_environment(tmp_path, toolchain(None), {"PULUMI_HOME": str(home)})
    assert (home / "logs").is_dir()


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    switch_debug_log(tmp_path / "none", on=False)
    assert not (tmp_path / "none").exists()


def test_what_the_environment_says_about_garbage_stays(tmp_path: Path) -> None:
    added = engine_environment(tmp_path, toolchain(None), {"GOGC": "400", "GOMEMLIMIT": "1GiB"})
    assert not {"GOGC", "GOMEMLIMIT"} & added.keys()


@pytest.mark.parametrize(
    ("chosen", "used"),
    [
        ("file:///srv/states", "file:///srv/states?metadata=skip"),
        ("file://~", "file://~?metadata=skip"),
        ("file:///srv/states?no_tmp_dir=true", "file:///srv/states?no_tmp_dir=true&metadata=skip"),
        ("file:///srv/states?metadata=", "file:///srv/states?metadata="),
        ("s3://states?region=us-east-1", "s3://states?region=us-east-1"),
        ("https://api.pulumi.com", "https://api.pulumi.com"),
        ("", ""),
    ],
)
def test_local_states_have_no_attributes_that_are_written_in_place(chosen: str, used: str) -> None:
    assert without_attributes(chosen) == used
