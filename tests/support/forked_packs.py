"""Run templates of policy packs as forks too: each would spend 0.8 s of CPU on imports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import cast

from rolecall.deploy.serving import pack_template, shared_packs
from rolecall.toolchain.language_host.credentials import without_credentials
from tests.support.forks import Fork, fork_of

PROGRAM = "tests.support.forked_packs"


class TemplateProcess:
    """The subset of `Popen` that `PackTemplate` uses.

    Args:
        address: the socket of the process that forks.
        socket: where the template listens for its packs.
        packs: their folders.
        root: its working folder.
        environment: its environment.
    """

    def __init__(
        self, address: str, socket: Path, packs: Sequence[Path], root: Path, environment: Mapping[str, str]
    ) -> None:
        self._open = ExitStack()
        reading, stdin = os.pipe()
        stdout, writing = os.pipe()
        arguments = [str(socket), *map(str, packs)]
        forked = fork_of(address, PROGRAM, arguments, root, environment, (writing, 2, reading))
        self._fork: Fork = self._open.enter_context(forked)
        os.close(reading)
        os.close(writing)
        self.stdin = self._open.enter_context(os.fdopen(stdin, "w"))
        self.stdout = self._open.enter_context(os.fdopen(stdout))

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has exited."""
        try:
            code = self._fork.wait(timeout)
        except TimeoutError as error:
            raise subprocess.TimeoutExpired(PROGRAM, timeout or 0) from error
        self._open.close()
        return code

    def kill(self) -> None:
        """Kill it."""
        os.kill(self._fork.number, signal.SIGKILL)


def fork_templates(template: str) -> None:
    """Make this process, and its forks, start templates as forks.

    Args:
        template: the socket of the process that forks.
    """

    def start(
        address: Path, packs: Sequence[Path], root: Path, environment: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        process = TemplateProcess(template, address, packs, root, without_credentials(environment))
        return cast("subprocess.Popen[str]", process)

    shared_packs._start = start


def main() -> None:
    """Be a template, as `python -m rolecall.deploy.serving.pack_template` is."""
    os.setpgid(0, 0)
    pack_template.main(sys.argv[1], [Path(one) for one in sys.argv[2:]])
