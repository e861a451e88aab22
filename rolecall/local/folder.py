"""The folder of a checkout in which everything local lies; `make clean` removes it."""

from __future__ import annotations

import secrets
from pathlib import Path

NAME = ".rolecall"


def local_folder(root: Path) -> Path:
    """Return a project's local folder, made when it is not there."""
    folder = root / NAME
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def passphrase_file(root: Path) -> Path:
    """Return the file that holds the passphrase of the local stacks, made with a random one when it is not there."""
    path = local_folder(root) / "passphrase"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path


def state_backend(root: Path) -> str:
    """Return the address of the local stacks' state."""
    folder = local_folder(root) / "state"
    folder.mkdir(exist_ok=True)
    return f"file://{folder}"
