"""Write a repository to start from: platform files, a file for each project, and who reviews what."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from rolecall import __version__
from rolecall.errors import UsageError
from rolecall.starting import chosen
from rolecall.starting.choices import Choices
from rolecall.starting.texts import FILES

# What the program and the provider's plugin are in the package, and where they stand in a repository.
PROGRAM, PLUGIN = "stacks/__main__.py", "plugin/__main__.py"


def write_repository(folder: Path, choices: Choices) -> list[Path]:
    """Write a starting repository; nothing that is there is overwritten.

    Args:
        folder: the folder, made when it is not there.
        choices: the repository's choices.

    Returns:
        the files.

    Raises:
        UsageError: a file of the same name is there already.
    """
    files = {
        name: _filled(text, choices.organization)
        for name, text in sorted({**FILES, **chosen.files(choices), **_programs()}.items())
    }
    there = [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        how = "Choose an empty folder, or move them away first."
        raise UsageError(f"{folder} has {', '.join(there)} already; nothing was written", how)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def link_environment(folder: Path, python: Path) -> bool:
    """Let a repository use the Python environment that Rolecall runs in; return whether it has one.

    Args:
        folder: the repository.
        python: the environment's folder.
    """
    target = folder / ".venv"
    if target.exists() or not (python / "pyvenv.cfg").is_file() or shutil.which("python", path=python / "bin") is None:
        return target.exists()
    target.symlink_to(python)
    return True


def _programs() -> Mapping[str, str]:
    program = resources.files("rolecall.starting").joinpath("files", "program.txt").read_text(encoding="utf-8")
    plugin = resources.files("rolecall.provider").joinpath("__main__.py").read_text(encoding="utf-8")
    return {PROGRAM: program, PLUGIN: plugin}


def _filled(text: str, organization: str) -> str:
    return text.replace("@ORGANIZATION@", organization).replace("@VERSION@", __version__)
