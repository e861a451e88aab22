"""The engine's automatic log of everything that it does, which is off unless a setting asks for it.

The engine writes every debug message as JSON, compressed and encrypted, into `logs` in PULUMI_HOME: a quarter of its
CPU (pkg/v3/logging in github.com/pulumi/pulumi). It has no setting of its own for that. Where `logs` is a file, it goes
on without the log.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from rolecall import settings

NAME, KEPT = "logs", "logs-kept"
TEXT = f"A file instead of a folder turns the engine's debug log off. Set {settings.ENGINE_LOG.name}=1 to turn it on.\n"


def switch_debug_log(home: Path, *, on: bool) -> None:
    """Turn the log of the engines that use a Pulumi home on or off.

    Logs that are there are kept in `logs-kept`. A home that cannot be written stays as it is.

    Args:
        home: a PULUMI_HOME that only Rolecall uses.
        on: whether engines are to write it.
    """
    logs = home / NAME
    with suppress(OSError):
        if on and logs.is_file():
            logs.unlink()
        elif not on and not logs.is_file():
            if logs.is_dir():
                _keep(logs, home / KEPT)
            with suppress(FileExistsError), logs.open("x", encoding="utf-8") as file:
                file.write(TEXT)


def _keep(logs: Path, kept: Path) -> None:
    """Move what is in a folder into another one, and remove it."""
    kept.mkdir(exist_ok=True)
    for path in logs.iterdir():
        os.replace(path, kept / path.name)
    logs.rmdir()
