"""Resolve names of policy packs to folders that an engine can run."""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import sys
from pathlib import Path

import yaml

from rolecall import plain_yaml
from rolecall.contract.packs import PACK_FILE, PREFIX, own_pack, own_packs
from rolecall.contract.problems import one_of
from rolecall.errors import UsageError
from rolecall.local_folder import local_folder

MAIN = "__main__.py"


def pack_folder(root: Path, base: Path, name: str) -> Path:
    """Return the folder of a policy pack.

    Args:
        root: the Pulumi project's folder.
        base: the folder that paths are relative to.
        name: `rolecall:NAME`, or a path.

    Raises:
        UsageError: Rolecall has no pack of that name.
    """
    if not name.startswith(PREFIX):
        return base / name
    own = own_pack(name)
    if own is None:
        raise UsageError(f"Rolecall has no policy pack `{name}`", one_of(name, own_packs()))
    return own if _runs_here(own) else _copy(root, own)


def is_pack(root: Path, base: Path, name: str, folder: Path) -> bool:
    """Return whether a folder is the pack of that name and has its code."""
    own = own_pack(name)
    if own is None:
        return (base / name).resolve() == folder.resolve()
    if folder.resolve() == own:
        return True
    copy = folder.resolve() == _copy_of(root, own).resolve()
    return copy and filecmp.cmp(own / MAIN, folder / MAIN, shallow=False)


def _runs_here(pack: Path) -> bool:
    """Return whether a pack's file names this interpreter's environment, as in a checkout of Rolecall."""
    description = plain_yaml.load((pack / PACK_FILE).read_text(encoding="utf-8"))
    return bool((pack / description["runtime"]["options"]["virtualenv"]).resolve() == Path(sys.prefix).resolve())


def _copy_of(root: Path, own: Path) -> Path:
    return local_folder(root) / "packs" / own.name


def _copy(root: Path, own: Path) -> Path:
    """Copy a pack to the project's local folder, set to run in this interpreter's environment; return the folder.

    The engine runs a pack in the environment that its file names, and the installed package's file names none.
    """
    folder = _copy_of(root, own)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    description = plain_yaml.load((own / PACK_FILE).read_text(encoding="utf-8"))
    description["runtime"] = {"name": "python", "options": {"virtualenv": sys.prefix}}
    for name, text in ((PACK_FILE, yaml.safe_dump(description)), (MAIN, (own / MAIN).read_text(encoding="utf-8"))):
        file = folder / name
        if file.is_symlink() or not file.is_file() or file.read_text(encoding="utf-8") != text:
            new = folder / f"{name}.{os.getpid()}"
            new.write_text(text, encoding="utf-8")
            os.replace(new, file)
    for left in folder.iterdir():
        # Modules beside the pack's own would be imported before the installed ones. Another process may be writing its.
        if left.name not in (PACK_FILE, MAIN) and not re.fullmatch(rf"({PACK_FILE}|{MAIN})\.\d+", left.name):
            _remove(left)
    return folder


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
