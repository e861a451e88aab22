"""Draw docs/demo.svg from what the demo really prints: `python -m tests.generators.picture` (runs the demo)."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "demo.svg"
WIDTH = 118


def record() -> str:
    """Return what `rolecall demo` writes to a terminal."""
    master, slave = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    command = [sys.executable, "-c", "from rolecall.cli.start import main; main()", "demo"]
    with subprocess.Popen(command, stdout=slave, stderr=slave, stdin=subprocess.DEVNULL, env=environment) as process:
        os.close(slave)
        parts: list[bytes] = []
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                break
            if not chunk:
                break
            parts.append(chunk)
    os.close(master)
    if process.returncode:
        raise SystemExit(b"".join(parts).decode())
    return b"".join(parts).decode()


def draw(output: str) -> str:
    """Return the picture of a terminal's output, without fonts from elsewhere."""
    # A line that was overwritten shows only what stood there last.
    lines = [line.rsplit("\r\x1b[K", 1)[-1] for line in output.replace("\r\n", "\n").split("\n")]
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join(lines)))
    picture = console.export_svg(title="make demo")
    return re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(draw(record()))
