"""Measure: `make benchmark` writes docs/performance.md; `python -m tests.benchmarks 120` measures one size only.

What was measured is also kept as JSON, so that a page can be written from several runs: `--from FILE …`.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rolecall.toolchain.progress import Progress
from tests.benchmarks.deployment import Measured, peer, rolecall
from tests.benchmarks.page import KEPT_FROM, page
from tests.benchmarks.peer import build_provider, find_terraform, terraform_version
from tests.benchmarks.processes import Cost
from tests.benchmarks.start_up import start_up
from tests.conftest import ROOT

# The sizes at which both tools are measured, and the one at which only Rolecall is: Terraform takes an hour there.
BOTH, ONLY_ROLECALL = (120, 1020), (10200,)
# Rounds of the smallest size: its steps take seconds, in which the machine's own pace makes as much as the tools'.
SMALLEST, ROUNDS = 120, 3
PAGE = ROOT / "docs" / "performance.md"
METHOD = """\
Each number is one run of a command as a user calls it, process start included; at {smallest} resources it is the
middle one of {rounds} runs, the tools by turns. It runs against the local emulator, in a process of its own that is not
counted. Both tools use the same Databricks provider ({provider}), each on an emulator of its own, with the client's
limit at 1,000 requests a second (its default for real workspaces is 15). One environment; a project for each 25 jobs,
each with two service principals and one cluster policy; every object has its list of holders. Memory is the sum over
all processes, what they share counted once. Terraform refreshes before it applies; Rolecall does so with `--refresh`. A
refresh is read from the systems directly (a request an object, lists where there are lists); the engine refreshes the
stacks in which something differs."""


def _machine() -> str:
    terraform = find_terraform()
    version = f", Terraform {terraform_version(terraform)}" if terraform else ""
    cores = f"{os.cpu_count()} cores ({platform.machine()})"
    return f"Measured on {datetime.now(UTC).date()} on {cores}, Python {platform.python_version()}{version}."


def _measure(sizes: list[int]) -> Iterator[Measured]:
    terraform = find_terraform()
    if terraform is None:
        sys.stderr.write("terraform is not on PATH: Rolecall is measured alone\n")
    provider = build_provider(Progress()) if terraform else None
    # An installed package is compiled; a checkout is not where PYTHONDONTWRITEBYTECODE is set.
    for name in ("components", "policies", "rolecall", "stacks"):
        compileall.compile_dir(ROOT / name, quiet=2)
    for size in sizes:
        measured: list[Measured] = []
        for _ in range(ROUNDS if size == SMALLEST else 1):
            measured += rolecall(size, every_step=size not in ONLY_ROLECALL)
            if terraform is not None and provider is not None and size not in ONLY_ROLECALL:
                measured += peer(size, terraform, provider)
        yield from _middle(measured)


def _middle(measured: list[Measured]) -> Iterator[Measured]:
    """Yield of each tool's runs of a step the one that took neither the longest nor the shortest."""
    for key in dict.fromkeys((one.tool, one.step) for one in measured):
        runs = sorted((one for one in measured if (one.tool, one.step) == key), key=lambda one: one.cost.wall)
        yield runs[len(runs) // 2]


def _read(path: Path) -> list[Measured]:
    return [Measured(**{**one, "cost": Cost(**one["cost"])}) for one in json.loads(path.read_text())]


def main() -> None:
    """Measure the sizes that are named and print them, or all of them and write the document."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, help="numbers of resources")
    parser.add_argument("--json", type=Path, help="keep what was measured in this file")
    parser.add_argument("--from", dest="read", type=Path, nargs="*", help="write the page from these files")
    chosen = parser.parse_args()
    measured = [one for path in chosen.read or [] for one in _read(path)]
    for one in [] if chosen.read else _measure(chosen.sizes or [*BOTH, *ONLY_ROLECALL]):
        measured.append(one)
        cost = f"{one.cost.wall:8.1f} s {one.cost.cpu:8.1f} s CPU {one.cost.memory / 1e6:6.0f} MB"
        requests = f"{one.calls:7,} calls {one.writes:6,} writes"
        sys.stdout.write(f"{one.resources:6,} {one.tool:10} {one.step:34} {cost} {requests}\n")
        sys.stdout.flush()
        if chosen.json:
            chosen.json.write_text(json.dumps([asdict(each) for each in measured], indent=1))
    if chosen.read or not chosen.sizes:
        from rolecall.toolchain.versions import TERRAFORM_PROVIDER_DATABRICKS

        method = METHOD.format(provider=TERRAFORM_PROVIDER_DATABRICKS, smallest=SMALLEST, rounds=ROUNDS)
        kept = PAGE.read_text().partition(KEPT_FROM)[2] if PAGE.exists() else ""
        PAGE.write_text(page(measured, start_up(), _machine(), method).rstrip() + "\n" + (kept or "\n"))


if __name__ == "__main__":
    main()
