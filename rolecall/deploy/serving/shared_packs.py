"""Packs that start once for all engines of a run, instead of once for each stack.

The engine starts `pulumi-analyzer-policy-RUNTIME` for a pack whose runtime has no language host. So it is given, in
place of a pack, a folder that says `forked`: what it starts then asks a running template of the real pack for a fork.
A pack that runs with another interpreter than ours, or an engine that we did not build, is left as it is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from rolecall import plain_yaml
from rolecall.engine.termination import terminate
from rolecall.toolchain.install import Toolchain
from rolecall.toolchain.language_host.credentials import without_credentials
from rolecall.toolchain.language_host.forked_pack import SOCKET

RUNTIME = "forked"
PACK_FILE = "PulumiPolicy.yaml"
# Its output once it listens.
READY = "ready"


class PackTemplate:
    """A template of packs; it runs while a `with` block lasts, and ends when this process does, however that ends.

    Args:
        packs: the folders of packs.
        toolchain: what was found or built.
        root: the project's folder.
        environment: the environment of the packs.
    """

    def __init__(self, packs: Sequence[Path], toolchain: Toolchain, root: Path, environment: Mapping[str, str]) -> None:
        self._packs = packs
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._forked: dict[Path, Path] = {}
        self._ready: bool | None = None
        described = {pack: as_forked for pack in packs if (as_forked := _as_forked(pack)) is not None}
        # On macOS a process that has loaded the system's libraries must not fork (fork(2) there).
        if not described or not toolchain.forks_packs() or sys.platform == "darwin":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="packs-")
        for number, (pack, as_forked) in enumerate(described.items()):
            folder = Path(self._folder.name) / str(number)
            folder.mkdir()
            (folder / PACK_FILE).write_text(yaml.safe_dump(as_forked), encoding="utf-8")
            self._forked[pack] = folder
        self._process = _start(Path(self._folder.name) / SOCKET, [*described], root, environment)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def wait(self) -> None:
        """Wait until it is ready, or has ended."""
        if self._process is not None and self._ready is None:
            assert self._process.stdout is not None
            self._ready = self._process.stdout.readline().strip() == READY

    def folders(self) -> list[Path]:
        """Return what to name to the engine for each pack.

        A template that did not come up is none: the engine starts the packs itself, and tells what is wrong with them.
        """
        return [self._forked.get(pack, pack) if self._ready else pack for pack in self._packs]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        if self._process is not None:
            terminate(self._process)
        if self._folder is not None:
            self._folder.cleanup()


def _start(address: Path, packs: Sequence[Path], root: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    # `-P`: no file of the working folder shadows a module.
    return subprocess.Popen(
        [sys.executable, "-P", "-u", "-m", "rolecall.deploy.serving.pack_template", str(address), *map(str, packs)],
        # Rolecall's packs find the contract from the folder in which what started them works.
        cwd=root,
        env=without_credentials(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A terminal's interrupt is for us.
        process_group=0,
    )


def _as_forked(pack: Path) -> dict[str, Any] | None:
    """Return a pack's description of itself, with the other runtime; None if the pack is not for our interpreter."""
    described = plain_yaml.load((pack / PACK_FILE).read_text(encoding="utf-8"))
    if not isinstance(described, dict):
        return None
    runtime = described.get("runtime")
    options = (runtime.get("options") or {}) if isinstance(runtime, dict) else {}
    name = runtime.get("name") if isinstance(runtime, dict) else runtime
    environment = options.get("virtualenv")
    if name != "python" or not environment or (pack / environment).resolve() != Path(sys.prefix).resolve():
        return None
    return {**described, "runtime": {"name": RUNTIME}, "main": "."}
