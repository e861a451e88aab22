"""Only this user may write what is executed: checks of owner and mode."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from rolecall.errors import ToolchainError

WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def require_private(path: Path) -> None:
    """Require that a file or folder belongs to this user and that no other user may write it.

    Raises:
        ToolchainError: it has another owner, is writable by its group or by everybody, or is a symbolic link.
    """
    try:
        found = path.lstat()
    except OSError as error:
        raise ToolchainError(f"{path} cannot be read: {error.strerror}", _go_on(path)) from error
    if stat.S_ISLNK(found.st_mode):
        raise ToolchainError(f"{path} is a symbolic link; it is not used", _go_on(path))
    if found.st_uid != os.geteuid():
        raise ToolchainError(
            f"{path} belongs to the user {found.st_uid}, this process to {os.geteuid()}; it is not used", _go_on(path)
        )
    if found.st_mode & WRITABLE_BY_OTHERS:
        raise ToolchainError(
            f"{path} has the mode {stat.S_IMODE(found.st_mode):04o}: other users may write it; it is not used",
            _go_on(path),
        )


def require_private_tree(folder: Path) -> None:
    """Require the same of a folder and of all that is in it; symbolic links inside it may lead anywhere.

    Raises:
        ToolchainError: see `require_private`.
    """
    require_private(folder)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            if not path.is_symlink():
                require_private(path)


def require_private_below(root: Path, path: Path) -> None:
    """Require the same of a path and of each folder between it and a root, the root included.

    Raises:
        ToolchainError: see `require_private`; or the path is not below the root.
    """
    if not path.is_relative_to(root) or ".." in path.parts:
        raise ToolchainError(f"{path} is not in the cache {root}; it is not used", _go_on(path))
    for one in (path, *path.parents):
        require_private(one)
        if one == root:
            return


def make_private(folder: Path) -> None:
    """Take the right to write from group and others, for a folder and all that is in it."""
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent), *(Path(parent, name) for name in (*folders, *files))):
            mode = path.lstat().st_mode
            if mode & WRITABLE_BY_OTHERS and not stat.S_ISLNK(mode):
                path.chmod(stat.S_IMODE(mode) & ~WRITABLE_BY_OTHERS)


def _go_on(path: Path) -> str:
    return (
        f"Remove {path} and run `rolecall doctor --install`, or set ROLECALL_CACHE_DIR to a folder that only you "
        "may write."
    )
