"""SHA-256 digests of files."""

from __future__ import annotations

import hashlib
from pathlib import Path


def digest_of(file: Path) -> str | None:
    """Return a file's SHA-256 in hexadecimal; None where there is no such file."""
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
