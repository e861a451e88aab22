"""One process of the Databricks provider for all engines of a run: started once, one pool of connections, one pace.

Only the provider that Rolecall has built itself can serve several engines; with the official one, each engine starts
its own.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from rolecall.engine.attaching import VARIABLE
from rolecall.engine.termination import terminate
from rolecall.errors import EngineFailed
from rolecall.toolchain.install import Toolchain

DATABRICKS = "databricks"
FLAG = "--shared"
# Its output once it has read the hosts.
ADMITTED = "admitted"


class SharedProvider:
    """Runs while a `with` block lasts; ends by itself when this process does, however that ends.

    Args:
        toolchain: what was found or built.
        environment: the environment of the provider; it holds the credentials.
    """

    def __init__(self, toolchain: Toolchain, environment: Mapping[str, str]) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        plugin = toolchain.shared_provider()
        if plugin is not None and VARIABLE not in environment:
            self._process = subprocess.Popen(
                [str(plugin), FLAG],
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                # A terminal's interrupt is for us: what the provider has under way is finished.
                process_group=0,
            )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def ports(self) -> dict[str, int]:
        """Return where engines attach to it; nothing where each starts its own.

        Raises:
            EngineFailed: it has ended.
        """
        if self._process is None:
            return {}
        if not self._port:
            assert self._process.stdout is not None
            line = self._process.stdout.readline().strip()
            if not line.isdigit():
                raise EngineFailed("the Databricks provider does not start")
            self._port = int(line)
        return {DATABRICKS: self._port}

    def admit(self, hosts: Iterable[str]) -> None:
        """Let it send the credentials to some hosts; it sends them to no other, whatever a stack is configured with.

        Raises:
            EngineFailed: it has ended.
        """
        if self._process is None:
            return
        self.ports()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(" ".join(sorted({*hosts})) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline().strip()
        except OSError:
            answer = ""
        if answer != ADMITTED:
            raise EngineFailed("the Databricks provider has ended")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        if self._process is not None:
            terminate(self._process)
