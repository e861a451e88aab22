"""Local files that a program uploads, as a pack can read them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rolecall.policies.context import project_folder

# Larger files are not read; they are no notebooks.
LARGEST_BYTES = 20_000_000


def content_of(source: str) -> str | None:
    """Return the text of a file that a property `source` names, or None where it cannot be read.

    Args:
        source: its path, from the project's folder or from the folder of its program.
    """
    root, main = project_folder()
    for folder in (main, root):
        path = Path(folder, source) if folder is not None else Path(source)
        if path.is_file() and path.stat().st_size <= LARGEST_BYTES:
            return _read(path)
    return None


@cache
def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", errors="ignore")
    except OSError:
        return None
