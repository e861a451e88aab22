"""Lays our Python language host into the cache, with an interpreter of its own that outlives any checkout."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from rolecall.toolchain import cache, commands, versions
from rolecall.toolchain.progress import Progress

SOURCES = cache.SOURCES / "language_host"
# The engine ends its plugins with an interrupt. A Python that is still starting would print a traceback for it, so the
# signal is ignored until the script has set its own handler.
LAUNCHER = """\
#!/bin/sh
# Started by the Pulumi engine. Written by Rolecall's toolchain.
trap "" INT
ROLECALL_PULUMI_VERSION={version} exec "{python}" -X frozen_modules=on -u "{host}" "$@"
"""
# Asks a running template for a policy pack; it needs nothing but what Python brings along.
PACK_LAUNCHER = """\
#!/bin/sh
# Started by the Pulumi engine for a policy pack of which a template runs. Written by Rolecall's toolchain.
trap "" INT
exec "{python}" -I -S -X frozen_modules=on "{script}" "$@"
"""
# Folder of the copy, whose modules keep their names. Not beside the entry script: Python puts the script's folder on
# the module search path of programs, which import the `rolecall` of their own interpreter.
PACKAGE = Path("sources", "rolecall", "toolchain")
HOST, PACK_COMMAND = "pulumi-language-python", "pulumi-analyzer-policy-forked"
NO_SDK = "pip must reach a package index that carries the Pulumi SDK: check PIP_INDEX_URL or pip.conf."
VIRTUAL_ENVIRONMENT_BYTES = 300_000_000


def install_locked(python: Path, lock: Path) -> list[str | Path]:
    """Return the command that installs exactly a lock file's packages.

    Dependencies are not resolved: the lock is complete, and pip resolves an extra of a locked package
    (`pydantic[email]`) to the newest release, which has no hash in the lock.
    """
    quiet = ("--quiet", "--disable-pip-version-check")
    return [python, "-m", "pip", "install", *quiet, "--no-deps", "--require-hashes", "-r", lock]


def sources_name(sources: Path = SOURCES) -> str:
    """Return the name of the language host's sources; it changes with them and with the SDK's version."""
    return f"language-host-{cache.key_of(versions.PULUMI, files=sources.glob('*.py'))}"


def install_language_host(
    entry_script: Path, progress: Progress, *, sources: Path = SOURCES, python: Path | None = None
) -> Path:
    """Return a folder with the commands that lie beside the engine.

    Args:
        entry_script: the SDK's script that runs a program, which is copied in.
        progress: where to show it.
        sources: folder of the language host's Python files.
        python: an interpreter that has the SDK; without it, a virtual environment of its own is made.

    Raises:
        ToolchainError: the SDK cannot be installed.
    """
    files = [*sources.glob("*.py"), Path(__file__), entry_script, SOURCES / "requirements.lock"]
    parts = (versions.PULUMI, sys.version, LAUNCHER, PACK_LAUNCHER, str(python or ""))
    name = f"language-host-{cache.key_of(*parts, files=files)}"
    final = cache.cache_folder() / name

    def make(folder: Path) -> None:
        interpreter = python or _environment(name, folder, progress)
        package = folder / PACKAGE
        shutil.copytree(sources, package / "language_host", ignore=shutil.ignore_patterns("__pycache__"))
        for parent in (package, package.parent):
            (parent / "__init__.py").touch()
        shutil.copyfile(entry_script, folder / "pulumi-language-python-exec")
        host = final / PACKAGE / "language_host"
        script = host / "forked_pack.py"
        texts = {
            HOST: LAUNCHER.format(version=f"v{versions.PULUMI}", python=interpreter, host=host),
            PACK_COMMAND: PACK_LAUNCHER.format(python=interpreter, script=script),
        }
        for command, text in texts.items():
            (folder / command).write_text(text)
            (folder / command).chmod(0o755)

    needs_bytes = 1_000_000 if python else VIRTUAL_ENVIRONMENT_BYTES
    return cache.ensure_folder(name, make, needs_bytes=needs_bytes, progress=progress)


def _environment(name: str, folder: Path, progress: Progress) -> Path:
    """Make a virtual environment with the SDK, and return its interpreter."""
    with progress.step("installing the Python language host") as step:
        # Made where it will stay: a virtual environment cannot be moved, and its name is in the launcher.
        environment = cache.cache_folder() / f"{name}.venv"
        shutil.rmtree(environment, ignore_errors=True)
        commands.run([sys.executable, "-P", "-m", "venv", environment], folder=folder, step=step, how_to_go_on=NO_SDK)
        python = environment / "bin" / "python"
        install = install_locked(python, SOURCES / "requirements.lock")
        commands.run(install, folder=folder, step=step, how_to_go_on=NO_SDK)
    return python
