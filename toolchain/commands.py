"""Run a command of the build and follow its output."""

from __future__ import annotations

import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rolecall.errors import ToolchainError
from rolecall.toolchain.progress import Step

# Lines of output that an error shows.
SHOWN_LINES = 12


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    step: Step,
    environment: Mapping[str, str] | None = None,
    detail: Callable[[int, str], str] | None = None,
    how_to_go_on: str,
) -> None:
    """Run a command to its end and show progress meanwhile.

    Args:
        command: program and arguments.
        folder: working folder.
        step: the step that it belongs to.
        environment: variables to add.
        detail: makes the text of the progress from how many lines were printed and the last of them.
        how_to_go_on: for the error.

    Raises:
        ToolchainError: the command cannot be started or failed; its last lines are shown.
    """
    try:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise ToolchainError(f"{command[0]} cannot be started: {error.strerror}", how_to_go_on) from error
    ended = threading.Event()
    last: deque[str] = deque(maxlen=SHOWN_LINES)
    counted = 0

    def tick() -> None:
        while not ended.wait(0.2):
            step.update(detail(counted, last[-1] if last else "") if detail else "")

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                counted += 1
                last.append(line.rstrip())
            status = process.wait()
    except BaseException:
        process.kill()
        raise
    finally:
        ended.set()
        ticker.join()
    if status:
        shown = "\n".join(f"    {line}" for line in last)
        raise ToolchainError(f"`{' '.join(map(str, command))}` exited with {status}:\n{shown}", how_to_go_on)
