"""The address of a backend of local files, and its options.

https://pkg.go.dev/gocloud.dev/blob/fileblob#URLOpener
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

FILE = "file://"
# Whether the engine writes attributes beside each file.
METADATA, SKIP = "metadata", "skip"


def is_local(backend: str) -> bool:
    """Return whether a backend, given by its address, is a folder."""
    return backend.startswith(FILE)


def folder_of(backend: str) -> Path:
    """Return the folder in which a backend of local files keeps everything.

    Args:
        backend: its address, which begins with `file://`; its options follow a `?`.
    """
    path = backend.removeprefix(FILE).partition("?")[0]
    return Path(path).expanduser().absolute() / ".pulumi"


def has_only_our_options(backend: str) -> bool:
    """Return whether states of this backend can be read and written as plain files.

    True without options and with the one that `without_attributes` adds; other options are left to the engine.
    """
    options = backend.partition("?")[2]
    return set(parse_qsl(options, keep_blank_values=True)) <= {(METADATA, SKIP)}


def without_attributes(backend: str) -> str:
    """Return the address of a backend whose files, where it is local, have no attributes beside them.

    The engine replaces a state as a whole, but writes its attributes (`.attrs`) in place: a preview beside a deployment
    could read half of them, and end with `failed to load checkpoint: EOF`. A value that is set already stays.
    """
    _, mark, options = backend.partition("?")
    if not is_local(backend) or METADATA in dict(parse_qsl(options, keep_blank_values=True)):
        return backend
    return f"{backend}{'&' if mark else '?'}{METADATA}={SKIP}"
