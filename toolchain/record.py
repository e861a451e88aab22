"""The record of a finished installation: which programs it has, with the SHA-256 of each.

A record and its programs are used only while nobody but this user may write them. A program whose size, times or inode
are not the recorded ones is compared by its digest again.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rolecall.errors import ToolchainError
from rolecall.toolchain import cache
from rolecall.toolchain.digests import digest_of
from rolecall.toolchain.installation import Toolchain
from rolecall.toolchain.private import require_private, require_private_below

# Beginning of the names of record files.
PREFIX = "toolchain-"


@dataclass(frozen=True)
class Program:
    """A program as it was when it was installed.

    Attributes:
        digest: SHA-256.
        stamp: size, time of the last change of content and of attributes (nanoseconds), inode.
    """

    digest: str
    stamp: tuple[int, ...]


@dataclass(frozen=True)
class Record:
    """A finished installation."""

    toolchain: Toolchain
    programs: Mapping[Path, Program]


def write_record(path: Path, toolchain: Toolchain) -> None:
    """Record a toolchain with the digests of its programs.

    Raises:
        ToolchainError: others may write one of the programs.
    """
    if toolchain.way != "path":
        for program in toolchain.programs():
            require_private_below(cache.cache_folder(), program)
    programs = {str(program): asdict(_examined(program)) for program in toolchain.programs()}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Its mode is 0600.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump({"toolchain": asdict(toolchain), "programs": programs}, file, indent=2)
    os.replace(file.name, path)


def read_record(path: Path) -> Record | None:
    """Return a record; None where there is none that can be read.

    Raises:
        ToolchainError: others may write the record or the cache.
    """
    if not path.exists():
        return None
    require_private_below(cache.cache_folder(), path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        toolchain = Toolchain(**{**content["toolchain"], "passed_over": tuple(content["toolchain"]["passed_over"])})
        programs = {
            Path(name): Program(each["digest"], tuple(each["stamp"])) for name, each in content["programs"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    texts = (toolchain.way, toolchain.bin, toolchain.version, toolchain.provider, *toolchain.passed_over)
    if not all(isinstance(one, str) for one in texts) or not isinstance(toolchain.home, str | None):
        return None
    return Record(toolchain, programs)


def usable(path: Path) -> Toolchain | None:
    """Return the toolchain of a record, after comparing its programs with it; None where it has to be installed again.

    Raises:
        ToolchainError: a program in the cache was changed, or others may write it.
    """
    record = read_record(path)
    if record is None or not record.toolchain.pulumi.exists():
        return None
    toolchain = record.toolchain
    stale = False
    for program in toolchain.programs():
        if toolchain.way != "path":
            require_private_below(cache.cache_folder(), program)
        recorded = record.programs.get(program)
        if recorded is not None and recorded.stamp == _stamp(program):
            continue
        found = digest_of(program)
        if recorded is None or found != recorded.digest:
            if toolchain.way == "path":
                return None  # the user's own Pulumi was upgraded
            raise ToolchainError(
                f"{program} was changed after it was installed: its SHA-256 is {found}, "
                f"recorded is {recorded.digest if recorded else 'none'}. It is not used.",
                f"Remove {cache.cache_folder()} and run `rolecall doctor --install`.",
            )
        stale = True
    if stale:
        write_record(path, toolchain)
    return toolchain


def recorded_digests() -> Iterator[str]:
    """Yield the SHA-256 of every program that was installed from a verified source, whichever versions they are of."""
    root = cache.cache_folder()
    for path in root.glob(f"{PREFIX}*.json") if root.is_dir() else ():
        require_private(path)
        record = read_record(path)
        if record is not None and record.toolchain.way != "path":
            yield from (program.digest for program in record.programs.values())


def _examined(program: Path) -> Program:
    return Program(digest_of(program) or "", _stamp(program))


def _stamp(program: Path) -> tuple[int, ...]:
    found = program.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
