"""Files that only this user may read: state, journals, locks, and what lies in a checkout's local folder."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

# What a process that writes such files takes from the modes that it asks for.
UMASK = 0o077


def make_private(folder: Path) -> None:
    """Take a folder, and all that lies in it and is this user's, from everybody else.

    What an older release or an engine of its own has left there is made private too. Links are not followed.

    Args:
        folder: the folder; nothing is done where it is not there.
    """
    if folder.is_symlink() or not folder.is_dir():
        return
    for parent, _, files in os.walk(folder):
        for path in (Path(parent), *(Path(parent) / name for name in files)):
            # Another user's file, or one that was just deleted.
            with suppress(OSError):
                found = path.lstat()
                if found.st_uid == os.geteuid() and found.st_mode & UMASK and not path.is_symlink():
                    path.chmod(found.st_mode & 0o700)
