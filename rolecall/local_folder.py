"""The folder of a checkout in which everything local lies; `make clean` removes it."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from rolecall.errors import UsageError
from rolecall.private import UMASK

NAME = ".rolecall"


def local_folder(root: Path) -> Path:
    """Return a project's local folder, created when missing and readable by its owner only.

    Raises:
        UsageError: it is no folder of this user's.
    """
    folder = root / NAME
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            how = "Remove it: Rolecall makes it again."
            raise UsageError(f"{folder} is a link, a file, or another user's, and would be trusted", how) from None
        if found.st_mode & UMASK:
            folder.chmod(0o700)
    return folder


def passphrase_file(root: Path) -> Path:
    """Return the file that holds the passphrase of the local stacks, made with a random one when it is not there."""
    path = local_folder(root) / "passphrase"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path


def state_backend(root: Path) -> str:
    """Return the address of the local stacks' state."""
    folder = local_folder(root) / "state"
    folder.mkdir(mode=0o700, exist_ok=True)
    return f"file://{folder}"
