"""The cache outside the working tree: one folder for each thing that is built, keyed by what it is built from."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from rolecall import settings
from rolecall.errors import ToolchainError
from rolecall.toolchain.private import make_private, require_private, require_private_tree
from rolecall.toolchain.progress import Progress

SOURCES = Path(__file__).resolve().parent


def cache_folder() -> Path:
    """Return the cache's folder: ROLECALL_CACHE_DIR, else this user's cache folder of the operating system."""
    named = settings.CACHE_DIR.read()
    return (Path(named).expanduser() if named else platformdirs.user_cache_path("rolecall")).resolve()


def key_of(*parts: str, files: Iterable[Path] = ()) -> str:
    """Return a short key that changes when a part or the content of a file does."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def ensure_folder(name: str, make: Callable[[Path], None], *, needs_bytes: int, progress: Progress) -> Path:
    """Return the cache's folder `name`, made by `make` when it is not there yet.

    `make` fills a temporary folder that is renamed when all is in it, so an interrupt never leaves half a folder; a
    lock lets a second process wait for the first instead of doing the work twice.

    Args:
        name: folder's name, which holds the key of what it is made from.
        make: fills the folder that it is given.
        needs_bytes: free disk space without which `make` is not started.
        progress: where to say that another process is waited for.

    Raises:
        ToolchainError: the cache cannot be written, other users may write it, or the disk is too full.
    """
    root = cache_folder()
    final = root / name
    if final.is_dir():
        return _checked(root, final)
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        require_private(root)
        lock = FileLock(root / f".{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress.note(f"another process is making {name}; waiting for it")
            lock.acquire()
    except OSError as error:
        raise _cannot_write(root, error) from error
    try:
        if final.is_dir():
            return _checked(root, final)
        _require_space(root, needs_bytes)
        return _make(root, final, make)
    finally:
        lock.release()


def _checked(root: Path, final: Path) -> Path:
    """Return a folder of the cache that only this user may write."""
    require_private(root)
    require_private_tree(final)
    return final


def _make(root: Path, final: Path, make: Callable[[Path], None]) -> Path:
    for leftover in root.glob(f".{final.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh = root / f".{final.name}.new-{uuid.uuid4().hex[:8]}"
    try:
        fresh.mkdir(mode=0o700)
        make(fresh)
        make_private(fresh)
        fresh.rename(final)
    except OSError as error:
        raise _cannot_write(root, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return final


def _require_space(root: Path, needs_bytes: int) -> None:
    free = shutil.disk_usage(root).free
    if free < needs_bytes:
        raise ToolchainError(
            f"{root} has {free / 1e9:.1f} GB free; {needs_bytes / 1e9:.1f} GB are needed",
            "Free some space, or set ROLECALL_CACHE_DIR to a folder on a larger disk.",
        )


def _cannot_write(root: Path, error: OSError) -> ToolchainError:
    return ToolchainError(
        f"the cache {root} cannot be written: {error.strerror or error}",
        "Set ROLECALL_CACHE_DIR to a folder that this user may write, on a disk with room.",
    )
