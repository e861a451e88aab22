"""Packs are started once and forked: each fork has its own environment and output, and ends with what stands for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from rolecall.deploy.serving.shared_packs import PACK_FILE, PackTemplate
from rolecall.toolchain.install import FORKED_PACKS, Toolchain
from rolecall.toolchain.language_host_install import PACK_COMMAND
from tests.conftest import ROOT

LAUNCHER = ROOT / "toolchain" / "language_host" / "forked_pack.py"
# Says what it was given as a pack says its port, and stays.
MAIN = """\
import os, signal, sys
if os.environ.get("CRASH"):
    raise RuntimeError("the pack is broken")
print(os.getpid(), os.environ["STACK"], os.getcwd(), *sys.argv[1:])
signal.pause()
"""


def pack(folder: Path, virtualenv: str = sys.prefix) -> Path:
    folder.mkdir()
    (folder / "__main__.py").write_text(MAIN)
    (folder / PACK_FILE).write_text(f"runtime: {{name: python, options: {{virtualenv: {virtualenv}}}}}\n")
    return folder


@pytest.fixture
def toolchain(tmp_path: Path) -> Toolchain:
    command = tmp_path / "home" / "plugins" / FORKED_PACKS / PACK_COMMAND
    command.parent.mkdir(parents=True)
    command.touch()
    return Toolchain("build", "", str(tmp_path / "home"), "3.259.0", "build")


@pytest.fixture
def template(tmp_path: Path, toolchain: Toolchain) -> Iterator[PackTemplate]:
    packs = [pack(tmp_path / "first"), pack(tmp_path / "second"), pack(tmp_path / "foreign", "elsewhere")]
    with PackTemplate(packs, toolchain, tmp_path, os.environ) as running:
        running.wait()
        yield running


def launch(folder: Path, told: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", LAUNCHER, "127.0.0.1:1", "."],
        cwd=folder,
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_each_fork_is_its_own_pack_and_ends_with_its_engine(template: PackTemplate, tmp_path: Path) -> None:
    first, second, foreign = template.folders()
    assert foreign == tmp_path / "foreign", "a pack with another interpreter is left as it is"
    launched = [launch(first, {"STACK": "dev"}), launch(first, {"STACK": "prod"}), launch(second, {"STACK": "dev"})]
    told = [process.stdout.readline().split() for process in launched if process.stdout]
    assert [line[1:] for line in told] == [
        ["dev", str(tmp_path / "first"), "127.0.0.1:1", str(tmp_path / "first")],
        ["prod", str(tmp_path / "first"), "127.0.0.1:1", str(tmp_path / "first")],
        ["dev", str(tmp_path / "second"), "127.0.0.1:1", str(tmp_path / "second")],
    ]
    forks = [psutil.Process(int(line[0])) for line in told]
    launched[0].send_signal(2)
    launched[0].communicate(timeout=20)
    gone, alive = psutil.wait_procs(forks[:1], timeout=20)
    assert gone
    assert not alive
    assert all(fork.is_running() for fork in forks[1:])
    for process in launched[1:]:
        process.terminate()
        process.communicate(timeout=20)
    assert not psutil.wait_procs(forks, timeout=20)[1]


def test_what_a_broken_pack_says_and_its_status_come_through(template: PackTemplate) -> None:
    broken = launch(template.folders()[0], {"CRASH": "yes"})
    output, errors = broken.communicate(timeout=20)
    assert broken.returncode == 1
    assert output == ""
    assert "the pack is broken" in errors


def test_forks_end_with_the_run(tmp_path: Path, toolchain: Toolchain) -> None:
    with PackTemplate([pack(tmp_path / "first")], toolchain, tmp_path, os.environ) as running:
        running.wait()
        launched = launch(running.folders()[0], {"STACK": "dev"})
        assert launched.stdout is not None
        fork = psutil.Process(int(launched.stdout.readline().split()[0]))
    launched.kill()
    launched.communicate(timeout=20)
    assert not psutil.wait_procs([fork], timeout=20)[1]


def test_without_the_command_the_engine_starts_packs_itself(tmp_path: Path) -> None:
    plain = Toolchain("path", "", str(tmp_path / "home"), "3.259.0", "path")
    folder = pack(tmp_path / "first")
    with PackTemplate([folder], plain, tmp_path, os.environ) as running:
        running.wait()
        assert running.folders() == [folder]


def test_without_a_template_that_comes_up_the_engine_starts_packs_itself(tmp_path: Path, toolchain: Toolchain) -> None:
    folder = pack(tmp_path / "first")
    with PackTemplate([folder], toolchain, tmp_path, {**os.environ, "PYTHONHOME": "/nowhere"}) as running:
        running.wait()
        assert running.folders() == [folder]
