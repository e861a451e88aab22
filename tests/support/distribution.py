"""Which tests one worker runs: those of a file, and all that need the Kubernetes API server.

Each worker with one of these would start a server of its own, 10 s of CPU.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has none

TOGETHER = "tests/kubernetes/"


class Together(LoadScopeScheduling):  # type: ignore[misc]  # its package has no types
    """Distributes tests by file, and those of a folder as if they were in one file."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER if nodeid.startswith(TOGETHER) else str(super()._split_scope(nodeid))
