"""Libraries that a bundle refers to by local path, and the files that match a pattern.

Source: bundle/libraries/local_path.go, expand_glob_references.go and libs/patchwheel of the bundles' command.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

# The name of a package with its version; anything else is a file.
_PACKAGE = re.compile(r"[a-zA-Z0-9_-]+\s?(\[.*\])?\s?((==|!=|<=|>=|~=|>|<)\s?[0-9][0-9A-Za-z.!+_*-]*,?\s?)*( @ .+)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")
# `-r requirements.txt` and `-e ./package` among an environment's dependencies, the path in quotes or without.
_PIP_FLAG = re.compile(r"(?P<before>-[re] ++(?P<quote>[\"']?))(?P<path>.+)(?P<after>(?P=quote))")
# Parts of a package behind its file: `dist/shop.whl[train]`.
_EXTRAS = re.compile(r"(?P<file>.+\.whl)(?P<extras>\[[^\]]*\])")
_WILDCARDS = re.compile(r"[*?\[]")


def is_local(library: str) -> bool:
    """Return whether a library or a dependency is a file of the bundle."""
    if not library or library.startswith(("/", "-", "${")):
        return False
    return library.startswith(".") or not (_PACKAGE.fullmatch(library) or _SCHEME.match(library))


def pip_flag(dependency: str) -> tuple[str, str, str] | None:
    """Split a dependency such as `-r requirements.txt` into prefix, path and suffix."""
    text = dependency.rstrip(" ")
    match = _PIP_FLAG.fullmatch(text)
    return (match["before"], match["path"], match["after"] + dependency[len(text) :]) if match else None


def without_extras(library: str) -> tuple[str, str]:
    """Return the file of a library, and the extras behind it."""
    match = _EXTRAS.fullmatch(library)
    return (match["file"], match["extras"]) if match else (library, "")


def is_pattern(path: str) -> bool:
    """Return whether a path is a glob pattern."""
    return _WILDCARDS.search(path) is not None


def matching_files(folder: FilePath, pattern: str) -> list[str]:
    """Return the files below a folder that a pattern matches, of each wheel only the latest version."""
    found = folder.glob(pattern.replace("**", "*"))
    return _latest(sorted(one.relative_to(folder).as_posix() for one in found))


def _latest(paths: Iterable[str]) -> list[str]:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    versions: dict[str, tuple[Version, str]] = {}
    kept: list[str] = []
    for path in paths:
        try:
            name, version, *_ = parse_wheel_filename(posixpath.basename(path))
        except InvalidWheelFilename:
            kept.append(path)
            continue
        known = versions.get(name)
        if known is None:
            kept.append(path)
        elif version > known[0]:
            kept[kept.index(known[1])] = path
        else:
            continue
        versions[name] = (version, path)
    return kept
