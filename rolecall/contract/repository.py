"""The repository that a contract lies in: no path of a contract leaves it, by `..`, from the root, or by a link."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path as FilePath

from rolecall.errors import Place, Problem

OUTSIDE, MISSING = "outside-repository", "file-not-found"
# What marks the folder of a repository, the stronger mark first.
_MARKS = (".git", "Pulumi.yaml")
# Bytes of a file: ten times a contract of 10,000 resources.
MAX_BYTES = 32 * 2**20
# How often `**` may stand in a pattern: each multiplies the folders that are searched.
MAX_RECURSIVE = 1
# A main file of this name is standard input, which can be read once.
STANDARD_INPUT, STANDARD_INPUT_NAME = FilePath("-"), "<stdin>"
_read: dict[str, str] = {}


def repository_of(main: FilePath) -> FilePath:
    """Return the repository of a contract's main file: the nearest folder above it with `.git`, or a Pulumi project.

    Without either it is the main file's own folder.
    """
    folder = FilePath(main).resolve().parent
    for mark in _MARKS:
        for one in (folder, *folder.parents):
            if (one / mark).exists():
                return one
    return folder


def project_folder_of(main: FilePath) -> FilePath:
    """Return the folder that paths of policy packs are relative to: that of the nearest Pulumi project."""
    folder = FilePath(main).resolve().parent
    return next((one for one in (folder, *folder.parents) if (one / "Pulumi.yaml").exists()), folder)


def inside(repository: FilePath, path: FilePath) -> FilePath | None:
    """Return where a path leads once its links are followed; None where that is outside, or hidden.

    Hidden folders (`.git`, `.rolecall`) hold what no contract is made of, credentials among it.
    """
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    if not real.is_relative_to(repository):
        return None
    hidden = any(part.startswith(".") for part in real.relative_to(repository).parts)
    return None if hidden else real


def outside(shown: str, place: Place | None) -> Problem:
    """Return the problem of a path that leaves the repository."""
    what = f"the path {shown!r} leads out of the repository, or into a hidden folder of it"
    how = "Paths of a contract stay in its repository, with all links followed: move the file into it."
    return Problem(OUTSIDE, place, what, how)


def matching(
    repository: FilePath, folder: FilePath, pattern: str, place: Place | None, problems: list[Problem]
) -> list[FilePath]:
    """Return the files that a pattern names, in order, links not followed.

    Args:
        repository: the folder that they have to be in.
        folder: the folder that the pattern is relative to, unless it begins at the root.
        pattern: a path in which `*`, `?`, `[…]` and one `**` match.
        place: where the pattern stands.
        problems: a pattern, and each file, that leads out of the repository is appended to it.
    """
    parts = FilePath(pattern).parts
    fixed = next((number for number, part in enumerate(parts) if any(letter in part for letter in "*?[")), len(parts))
    odd = any("**" in part and part != "**" for part in parts)
    if not parts or "\0" in pattern or parts.count("**") > MAX_RECURSIVE or odd:
        how = "Write a path relative to this file, such as projects/*.yaml; a folder `**` may stand in it once."
        problems.append(Problem("wrong-value", place, f"{pattern!r} names no files", how))
        return []
    start = folder.joinpath(*parts[:fixed])
    if ".." in parts[fixed:] or inside(repository, start) is None:
        problems.append(outside(pattern, place))
        return []
    if fixed == len(parts):
        return [start] if start.exists() or start.is_symlink() else []
    found = sorted(start.glob(str(FilePath(*parts[fixed:]))))
    left = [path for path in found if inside(repository, path) is None]
    problems += [outside(str(path), place) for path in left if not _is_hidden(path.relative_to(start))]
    return [path for path in found if path not in left]


def _is_hidden(path: FilePath) -> bool:
    """Return whether a pattern such as `*` has found it by accident."""
    return any(part.startswith(".") for part in path.parts)


def read_text(path: FilePath) -> str:
    """Return the content of a file.

    Raises:
        OSError: it cannot be read, is no plain file, or is too large.
        UnicodeDecodeError: it is not UTF-8.
    """
    if path == STANDARD_INPUT:
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise OSError(0, f"it has more than {MAX_BYTES // 2**20} MiB")
        _read[STANDARD_INPUT_NAME] = text = data.decode("utf-8")
        return text
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "it is no plain file")
    if found.st_size > MAX_BYTES:
        raise OSError(0, f"it has more than {MAX_BYTES // 2**20} MiB")
    return path.read_text(encoding="utf-8")


def standard_input_text() -> dict[str, str]:
    """Return what was read from standard input, by the name that problems have for it; nothing where it was not."""
    return dict(_read)


def name_of_file(path: FilePath) -> str:
    """Return the name of a file in problems."""
    return STANDARD_INPUT_NAME if path == STANDARD_INPUT else str(path)


def links_that_leave(repository: FilePath, folder: FilePath) -> Iterator[FilePath]:
    """Yield the links below a folder, itself included, that lead out of the repository."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink() and inside(repository, path) is None:
            yield path
