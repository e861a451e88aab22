"""Distribution of tests to workers: by file, and all tests with the same server together.

Each worker with one of these would start a server of its own: 10 s of CPU for an API server of Kubernetes, 8 s for
Prefect.
"""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has none

TOGETHER = {
    "kubernetes": re.compile("tests/kubernetes/"),
    "prefect": re.compile(
        "tests/(integration/test_harness_and_prefect|emulators/test_prefect|(provider|security/test_first_own).*prefect)"
    ),
}


def server_of(nodeid: str) -> str:
    """Return the server that a test needs, if any."""
    return next((name for name, pattern in TOGETHER.items() if pattern.match(nodeid)), "")


class Together(LoadScopeScheduling):  # type: ignore[misc]  # its package has no types
    """Distributes tests by file, and tests with the same server as if they were in one file."""

    def _split_scope(self, nodeid: str) -> str:
        return server_of(nodeid) or str(super()._split_scope(nodeid))
