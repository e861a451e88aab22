"""Writes files that are on the disk when the call returns, for this user only."""

from __future__ import annotations

import os
from pathlib import Path

from rolecall.private import UMASK


def write_synced(file: Path, text: str | bytes) -> None:
    """Write a file, a text in UTF-8; a new one is private.

    Raises:
        OSError: it cannot be written.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666 & ~UMASK)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(text.encode() if isinstance(text, str) else text)
        opened.flush()
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """Write to the disk which files a folder contains.

    Raises:
        OSError: it cannot be written.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
