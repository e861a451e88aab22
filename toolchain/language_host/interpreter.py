"""Which Python interpreter runs a program, and what is installed in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path


class InterpreterMissing(Exception):
    """The interpreter that the project asks for is not there; the text says how to go on."""


@dataclass(frozen=True)
class Plugin:
    """A provider plugin that an installed package needs: what its `pulumi-plugin.json` says."""

    name: str
    version: str
    server: str


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter, its virtual environment when it has one, and the folders its packages lie in."""

    executable: Path
    virtual_environment: Path | None

    def environment(self) -> dict[str, str]:
        """Return the variables that make child processes use this interpreter, as an activated shell would."""
        if self.virtual_environment is None:
            return {}
        return {
            "VIRTUAL_ENV": str(self.virtual_environment),
            "PATH": os.pathsep.join((str(self.executable.parent), os.environ.get("PATH", ""))),
        }

    def package_folders(self) -> list[str]:
        """Return the folders that hold installed packages."""
        if self.virtual_environment is not None:
            folders = [*self.virtual_environment.glob("lib/python3*/site-packages")]
            return [str(folder) for folder in (folders or [self.virtual_environment / "Lib" / "site-packages"])]
        script = "import json, sys; print(json.dumps([p for p in sys.path if p]))"
        # Not in the folder of a project: its files would shadow these modules.
        place = self.executable.parent
        answer = subprocess.run([self.executable, "-c", script], cwd=place, capture_output=True, text=True, check=True)
        return [str(folder) for folder in json.loads(answer.stdout)]

    def plugins(self) -> list[Plugin]:
        """Return the provider plugins that installed packages name, by name."""
        found: dict[str, Plugin] = {}
        for folder in self.package_folders():
            for path in Path(folder).glob("*/pulumi-plugin.json"):
                told = json.loads(path.read_text(encoding="utf-8"))
                if told.get("resource") and told.get("name"):
                    version = str(told.get("version", "")).removeprefix("v")
                    found[told["name"]] = Plugin(told["name"], f"v{version}" if version else "", told.get("server", ""))
        return [found[name] for name in sorted(found)]

    def dependencies(self, *, transitive: bool) -> list[tuple[str, str]]:
        """Return (name, version) of installed distributions; without `transitive` only those nothing else needs."""
        installed = {_normal(dist.name): dist for dist in distributions(path=self.package_folders()) if dist.name}
        needed = set() if transitive else {name for dist in installed.values() for name in _requirements(dist)}
        return sorted((dist.name, dist.version) for name, dist in installed.items() if name not in needed)


def find_interpreter(root: Path, options: Mapping[str, object]) -> Interpreter:
    """Return the interpreter that a project's runtime options ask for.

    Args:
        root: folder of the project file, which relative paths are taken from.
        options: `runtime.options` of the project file; `virtualenv` names the environment's folder, and `toolchain`
            of `uv` means `.venv` where none is named, as in
            https://www.pulumi.com/docs/iac/languages-sdks/python/#virtual-environments

    Raises:
        InterpreterMissing: there is no such environment, or no Python at all.
    """
    named = options.get("virtualenv")
    if not named and options.get("toolchain") == "uv":
        named = ".venv"
    if named:
        return _in_virtual_environment(root, str(named))
    for name in ("python3", "python"):
        if path := shutil.which(name):
            return Interpreter(Path(path), None)
    raise InterpreterMissing("no Python interpreter found: neither python3 nor python is on PATH")


def _in_virtual_environment(root: Path, named: str) -> Interpreter:
    folder = Path(named) if Path(named).is_absolute() else root / named
    folder = Path(os.path.abspath(folder))
    for candidate in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
        if candidate.exists():
            return Interpreter(candidate, folder)
    found = "it has no Python interpreter in it" if folder.is_dir() else "that folder does not exist"
    raise InterpreterMissing(
        f"the runtime option virtualenv is {named!r} ({folder}), but {found}. Run `pulumi install`, or make it with "
        f"`{Path(sys.executable).name} -m venv {folder}` and install the project's requirements into it"
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(dist: Distribution) -> set[str]:
    lines = [line for line in dist.requires or [] if "extra ==" not in line]
    return {_normal(match.group()) for line in lines if (match := re.match(r"[A-Za-z0-9._-]+", line))}
