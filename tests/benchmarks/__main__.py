"""Measure: `make benchmark` writes docs/performance.md; `python -m tests.benchmarks 10` measures one size only."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import yaml

from tests.benchmarks.contracts import generate
from tests.conftest import ROOT
from tests.support.emulator import DESCRIPTION
from tests.support.project import GUARDRAILS, Project, contract_project_with

SIZES = (10, 100, 1000)
# From this size on, state is written only at the end of a deployment: see the document's last words.
WITHOUT_CHECKPOINTS = 1000
PAGE = ROOT / "docs" / "performance.md"
STEPS = {
    "check": ["check"],
    "preview, all new": ["preview", "dev"],
    "the same with the guardrails": ["preview", "dev", "--policy-pack", str(GUARDRAILS)],
    "up, all new": ["up", "dev", "--yes"],
    "up, nothing to do": ["up", "dev", "--yes"],
    "preview with refresh": ["preview", "dev", "--refresh"],
    "parity": ["parity"],
}


@dataclass(frozen=True)
class Measured:
    """What one step cost: seconds of wall and CPU (all processes but the server's), and requests to the server."""

    size: int
    step: str
    wall: float
    cpu: float
    calls: int
    writes: int


VALUES: dict[str, Callable[[Measured], str]] = {
    "Wall time, seconds": lambda one: f"{one.wall:.1f}",
    "CPU time of all processes, seconds": lambda one: f"{one.cpu:.1f}",
    "Requests to Databricks (writes among them)": lambda one: f"{one.calls:,} ({one.writes:,})",
}


class Server:
    """The emulator in a process of its own, so that its CPU is not counted."""

    def __init__(self, folder: Path) -> None:
        description = folder / "emulators.yaml"
        description.write_text(yaml.safe_dump({"databricks": DESCRIPTION}))
        command = [sys.executable, "-m", "rolecall.emulators", str(description), "--folder", str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline())
        self._addresses: dict[str, str] = told["addresses"]
        self.variables: dict[str, str] = {
            **told["variables"],
            "ML_NONPROD_HOST": self._addresses["databricks/nonprod"],
            "DATABRICKS_RATE_LIMIT": "1000",
        }

    def counts(self) -> tuple[int, int]:
        told = [httpx.get(f"{address}/__stats").json() for address in self._addresses.values()]
        return sum(one["total"] for one in told), sum(one["writes"] for one in told)

    def clear(self) -> None:
        for address in self._addresses.values():
            httpx.delete(f"{address}/__stats")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def measure(size: int) -> Iterator[Measured]:
    """Yield what each step costs at a size."""
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name))
        project = contract_project_with(Path(name) / "project", server.variables, generate(size))
        try:
            _run(project, ["up", "account", "--yes"])
            for step, command in STEPS.items():
                if step == "up, all new" and size >= WITHOUT_CHECKPOINTS:
                    project.variables |= {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
                server.clear()
                before, started = _cpu(), time.monotonic()
                _run(project, command)
                wall, cpu = time.monotonic() - started, _cpu() - before
                yield Measured(size, step, wall, cpu, *server.counts())
        finally:
            server.stop()


def _run(project: Project, command: list[str]) -> None:
    answer = project.rolecall(*command, timeout=None)
    if answer.returncode:
        raise SystemExit(f"rolecall {' '.join(command)} failed:\n{answer.stdout}{answer.stderr}")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def page(measured: list[Measured]) -> str:
    """Return the document."""
    sizes = sorted({one.size for one in measured})
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    lines = [
        "# Performance",
        "",
        "<!-- Written by `make benchmark`; measure again instead of editing. -->",
        "",
        f"Measured on {datetime.now(UTC).date()} on {machine}, with the built Pulumi engine and the",
        "real Databricks provider against the local emulator, which runs in a process of its own that is not counted.",
        "Each number is one run of `rolecall` as a user calls it, process start included; the provider's client is",
        "held to 1,000 requests a second here, where its default for real workspaces is 15. One environment; a",
        "project for each 25 jobs, each with two service principals and one cluster policy. Every job and cluster",
        "policy has its permission object, so 100 jobs are about 330 resources.",
        "",
    ]
    for title, value in VALUES.items():
        lines += [f"## {title}", "", f"| step | {' | '.join(f'{size:,} jobs' for size in sizes)} |"]
        lines.append(f"| --- |{' ---: |' * len(sizes)}")
        for step in STEPS:
            of_step = {one.size: value(one) for one in measured if one.step == step}
            lines.append(f"| {step} | {' | '.join(of_step.get(size, 'not measured') for size in sizes)} |")
        lines.append("")
    lines += [
        "`up` asks the policies in a preview before it deploys, so a first `up` is a preview and a deployment; with",
        "nothing to do it ends with the preview and writes nothing.",
        "",
        "Creating grows with the square of a stack's size, because the engine rewrites the whole state at every step:",
        "of a first deployment of 100 jobs, seven tenths of the time go there (49 s with checkpoints, 14 s without,",
        "measured on the same machine). One stack of 1,000 jobs would so take over an hour (extrapolated); its first",
        "`up` was measured with `PULUMI_SKIP_CHECKPOINTS`, which Rolecall does not set for you: a run that is killed",
        "would forget what it made. Many small stacks beat one large one; give environments that large contracts of",
        "their own for now.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure the sizes that are named, or all of them; only the latter writes the document."""
    named = [int(argument) for argument in sys.argv[1:]]
    measured: list[Measured] = []
    for size in named or SIZES:
        for one in measure(size):
            measured.append(one)
            requests = f"{one.calls:7,} calls {one.writes:6,} writes"
            sys.stdout.write(f"{one.size:6,} {one.step:30} {one.wall:7.1f} s {one.cpu:7.1f} s CPU {requests}\n")
            sys.stdout.flush()
    if not named:
        PAGE.write_text(page(measured))


if __name__ == "__main__":
    main()
