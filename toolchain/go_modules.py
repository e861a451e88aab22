"""The checksum of a Go module's files, as go.sum has it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from rolecall.errors import ToolchainError

NOT_THE_SOURCES = (
    "Run `go clean -modcache` to download it again. If the checksum stays, the module proxy serves other sources than "
    "those that Rolecall was made for: set GOPROXY to another one."
)


def module_checksum(folder: Path, name: str) -> str:
    """Return the checksum `h1:…` of a module's files: https://go.dev/ref/mod#go-sum-files.

    It is the SHA-256 of a list with the SHA-256 and the name of each file, sorted by name.

    Args:
        folder: the module's folder.
        name: `MODULE@VERSION`, which stands before each file's name.
    """
    files = sorted((f"{name}/{path.relative_to(folder).as_posix()}", path) for path in _files(folder))
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {file}\n" for file, path in files)
    digest = hashlib.sha256("".join(lines).encode()).digest()
    return f"h1:{base64.b64encode(digest).decode()}"


def require_checksum(folder: Path, name: str, expected: str) -> None:
    """Compare the files of a module with its expected checksum.

    Raises:
        ToolchainError: they are others.
    """
    found = module_checksum(folder, name)
    if found != expected:
        raise ToolchainError(
            f"the Go module {name} has the checksum {found}; expected is {expected}. It is not used.", NOT_THE_SOURCES
        )


def checksum_in(go_sum: Path, name: str) -> str:
    """Return the checksum of a module's files that a go.sum file states; nothing where it has none.

    Args:
        go_sum: the file.
        name: `MODULE@VERSION`.
    """
    start = f"{name.replace('@', ' ')} "
    lines = go_sum.read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(start) for line in lines if line.startswith(start)), "")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
