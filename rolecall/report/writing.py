"""Writes a report into a file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from rolecall.errors import OutputUnwritable, UsageError


@dataclass(frozen=True)
class Written:
    """A written file: its path, size in bytes and SHA-256."""

    path: Path
    size: int
    digest: str


def require_writable(path: Path) -> None:
    """Require that a path can be a file.

    Raises:
        UsageError: the path is a folder, or its folder does not exist.
    """
    if path.is_dir():
        raise UsageError(f"--out is {str(path)!r}, a folder", "Name a file, such as report.html.")
    if not path.parent.is_dir():
        raise UsageError(f"--out is {str(path)!r}: there is no folder {str(path.parent)!r}", "Make it first.")


def write(text: str, path: Path) -> Written:
    """Write a report; a file that is there is replaced whole, or stays as it is.

    Raises:
        UsageError: the path is a folder, or its folder does not exist.
        OutputUnwritable: it cannot be written.
    """
    require_writable(path)
    content = text.encode()
    made: Path | None = None
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            made = Path(file.name)
            file.write(content)
        os.replace(made, path)
    except OSError as error:
        if made is not None:
            made.unlink(missing_ok=True)
        raise OutputUnwritable(f"{path} cannot be written: {error.strerror or error}", "Name another file.") from error
    return Written(path, len(content), hashlib.sha256(content).hexdigest())
