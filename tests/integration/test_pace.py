"""A deployment keeps a real workspace's pace: hardly a request is refused for coming too fast."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.benchmarks.contracts import generate
from tests.support.emulator import served
from tests.support.project import contract_project

pytestmark = pytest.mark.engine
# What the provider holds itself to by default, and what the workspace lets pass: requests a second.
LIMIT = 15
JOBS = 25


def test_a_deployment_is_hardly_ever_told_that_it_is_too_fast(tmp_path: Path) -> None:
    """Fewer than 5 % of requests are answered with 429, where the server gives no Retry-After.

    On a quiet machine it is none. On a busy one requests take unequally long to arrive, so that a few come too soon.
    """
    with served(small_pages=False) as emulator:
        project = contract_project(tmp_path / "project", emulator, generate(JOBS))
        if project.toolchain.shared_provider() is None:
            pytest.skip("the official provider keeps a pace of its own in each of its clients")
        project.variables["DATABRICKS_RATE_LIMIT"] = str(LIMIT)
        address = emulator.host("nonprod")
        emulator.fault(address, {"kind": "pace", "path": "/api/*", "per_second": LIMIT})
        emulator.clear_statistics()
        answer = project.rolecall("up", "--yes")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        statuses = httpx.get(f"{address}/__stats").json()["statuses"]
    assert statuses["200"] > 4 * JOBS
    assert statuses.get("429", 0) < 0.05 * sum(statuses.values())
