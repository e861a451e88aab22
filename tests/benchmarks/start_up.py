"""How long each command takes to begin: its `--help`, the fastest of some runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.deployment import COMMAND
from tests.benchmarks.processes import run

RUNS = 8


def commands() -> list[list[str]]:
    """Return every command with its sub-commands."""
    import typer.main

    from rolecall.cli.main import app

    found: list[list[str]] = []
    for name, command in sorted(getattr(typer.main.get_command(app), "commands", {}).items()):
        inner = sorted(getattr(command, "commands", {}))
        found += [[name, one] for one in inner] or [[name]]
    return found


def start_up() -> Iterator[tuple[str, float]]:
    """Yield each command with the seconds that it takes to begin."""
    for command in commands():
        costs = [run([*COMMAND, *command, "--help"], Path.cwd(), os.environ) for _ in range(RUNS)]
        yield " ".join(command), min(one.wall for one in costs)


if __name__ == "__main__":
    for name, seconds in start_up():
        sys.stdout.write(f"{name:20} {seconds:.2f} s\n")
