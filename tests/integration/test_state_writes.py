"""The engine writes a state before and after each step; steps that wait for a write are in one together."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bucket import Bucket, bucket
from tests.support.project import program
from tests.support.waiting import PATIENCE, seen

pytestmark = pytest.mark.engine
STEPS, AT_ONCE = 40, 16
COMPONENTS = f"""
import pulumi

for number in range({STEPS}):
    pulumi.ComponentResource("test:index:Part", f"part-{{number}}")
"""


@pytest.fixture
def storage() -> Iterator[Bucket]:
    with bucket() as running:
        yield running


def test_steps_that_wait_are_in_one_write(tmp_path: Path, storage: Bucket) -> None:
    project = program(tmp_path / "project", COMPONENTS, {**storage.variables(), "PULUMI_BACKEND_URL": storage.backend})
    events = tmp_path / "events"
    project.variables["PULUMI_DEBUG_COMMANDS"] = "true"
    writes: list[set[str]] = []
    running: list[subprocess.Popen[str]] = []
    first, started = threading.Lock(), threading.Event()

    def begun() -> int:
        return events.read_text().count('"resourcePreEvent"') if events.exists() else 0

    def before_write(key: str, content: bytes) -> None:
        if "/stacks/" not in key:
            return
        latest = json.loads(content)["checkpoint"]["latest"] or {}
        pending = {one["resource"]["urn"].rpartition("::")[2] for one in latest.get("pending_operations") or []}
        # The first write is the stack's own, which the others wait for.
        if any(name.startswith("part-") for name in pending) and first.acquire(blocking=False):
            # All that may run at once have begun, and wait for their writes.
            assert started.wait(PATIENCE)
            assert seen(lambda: begun() >= AT_ONCE, running[0])
        writes.append(pending)

    storage.before_write = before_write
    flags = (f"--event-log={events}", f"--parallel={AT_ONCE}", "--yes", "--skip-preview")
    running.append(project.start("up", "--stack", "test", *flags))
    started.set()
    output = running[0].communicate()[0]
    assert running[0].returncode == 0, output

    parts = {f"part-{number}" for number in range(STEPS)}
    assert set().union(*writes) >= parts, "each step is in a state before it is done"
    assert not writes[-1]
    assert max(len(pending) for pending in writes) > 1
    assert len(writes) < 2 * STEPS - AT_ONCE / 2, "a write for each step, before and after it"
    (state,) = (json.loads(text) for key, text in storage.objects.items() if key.endswith("/test.json"))
    made = {one["urn"].rpartition("::")[2] for one in state["checkpoint"]["latest"]["resources"]}
    assert made >= parts
