"""The folder of a checkout in which everything local lies; `make clean` removes it."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from rolecall.errors import UsageError
from rolecall.private import UMASK

NAME = ".rolecall"
# Contents that are trusted or written: no links, and no other user's. The record of the emulators has its own checks.
TRUSTED = ("emulators.log", "packs", "passphrase", "state", "systems.json")
# Bytes of a repository's index that are searched; larger ones are of no repository of contracts.
MAX_INDEX = 64 * 2**20
# Characters of a passphrase.
SHORTEST = 16


def local_folder(root: Path) -> Path:
    """Return a project's local folder, created when missing and readable by its owner only.

    Raises:
        UsageError: it is no folder of this user's, came with the repository, or holds a link where a file is trusted.
    """
    folder = root / NAME
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            how = "Remove it: Rolecall makes it again."
            raise UsageError(f"{folder} is a link, a file, or another user's, and would be trusted", how) from None
        _require_own_content(root, folder)
        if found.st_mode & UMASK:
            folder.chmod(0o700)
    return folder


def _require_own_content(root: Path, folder: Path) -> None:
    """Require that what is trusted in the folder was made here.

    Raises:
        UsageError: it came with the repository, or is a link or another user's.
    """
    for name in TRUSTED:
        path = folder / name
        with suppress(FileNotFoundError):
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
                what = f"{path} is a link, or another user's, and would be trusted"
                raise UsageError(what, "Remove it: Rolecall makes it again.")
    if _is_tracked(root):
        what = f"{folder} is part of the repository: its author chose the state, the passphrase and the packs"
        raise UsageError(what, f"Take it out: git rm -r --cached {NAME}; rm -r {NAME}. It belongs in .gitignore.")


def _is_tracked(root: Path) -> bool:
    """Return whether the repository that a folder is in tracks files of its local folder.

    Paths stand in git's index as they are (https://git-scm.com/docs/index-format, versions 2 and 3).
    """
    for one in (root, *root.parents):
        index = _index_of(one / ".git")
        if index is not None:
            within = (root.relative_to(one) / NAME).as_posix().encode()
            with suppress(OSError):
                if index.stat().st_size <= MAX_INDEX:
                    return _has_entry(index.read_bytes(), within + b"/")
            return False
    return False


def _has_entry(index: bytes, path: bytes) -> bool:
    """Return whether an index has a path that begins so. Its length is in the two or four bytes of flags before it."""
    start = index.find(path)
    while start >= 0:
        length = min(index.find(b"\0", start) - start, 0xFFF)
        flags = (index[start - 2 : start], index[start - 4 : start - 2])
        if any(int.from_bytes(one, "big") & 0xFFF == length for one in flags):
            return True
        start = index.find(path, start + 1)
    return False


def _index_of(git: Path) -> Path | None:
    """Return the index of a repository, or of a work tree that shares one; None where there is none."""
    if git.is_dir():
        return git / "index"
    with suppress(OSError, ValueError):
        _, _, folder = git.read_text(encoding="utf-8").partition("gitdir:")
        if folder.strip():
            return (git.parent / folder.strip()) / "index"
    return None


def passphrase_file(root: Path) -> Path:
    """Return the file that holds the passphrase of the local stacks, made with a random one when it is not there."""
    path = local_folder(root) / "passphrase"
    try:
        found = path.lstat()
    except FileNotFoundError:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        return path
    if not stat.S_ISREG(found.st_mode) or found.st_mode & UMASK or found.st_size < SHORTEST:
        what = f"{path} is no passphrase that Rolecall has made: others may read it, or it is too short"
        how = f"If it is yours, close it: chmod 600 {path}. Otherwise remove {NAME}, with the state that it opens."
        raise UsageError(what, how)
    return path


def state_backend(root: Path) -> str:
    """Return the address of the local stacks' state."""
    folder = local_folder(root) / "state"
    folder.mkdir(mode=0o700, exist_ok=True)
    return f"file://{folder}"
