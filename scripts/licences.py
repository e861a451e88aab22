"""Collects the licences of every Go module in a program."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from rolecall.toolchain import build

FILE_NAMES = re.compile(r"(?:un)?licen[cs]e|copying|notice", re.IGNORECASE)
# The licence of a module without such a file; review each before publishing the wheel.
MISSING = "NO-LICENCE-FILE"


def licences(go: Path, programs: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the licence files of Go and of every Go module in the programs, each under the module's name and version.

    Args:
        go: the `go` command.
        programs: programs built by Go.
    """
    root, cache = _go_output(go, "env", "GOROOT", "GOMODCACHE").splitlines()
    yield "go/LICENSE", (Path(root) / "LICENSE").read_bytes()
    modules = {found for program in programs for found in _modules(go, program)}
    for module, version in sorted(modules):
        folder = Path(cache) / f"{_escaped(module)}@{version}"
        if not folder.is_dir():
            folder = Path(json.loads(_go_output(go, "mod", "download", "-json", f"{module}@{version}"))["Dir"])
        files = [file for file in folder.iterdir() if file.is_file() and FILE_NAMES.match(file.name)]
        if not files:
            yield f"{module}@{version}/{MISSING}", b"This module has no licence file of its own.\n"
        for file in files:
            yield f"{module}@{version}/{file.name}", file.read_bytes()


def _modules(go: Path, program: Path) -> Iterator[tuple[str, str]]:
    """Yield (module, version) of every module in a program; a replaced module is named by what replaces it."""
    # The provider is built with local copies of these modules.
    forks = dict(re.findall(r"^replace (\S+) => (\S+ v\S+)$", (build.PROVIDER_SOURCES / "go.mod").read_text(), re.M))
    found: list[tuple[str, str]] = []
    for line in _go_output(go, "version", "-m", str(program)).splitlines():
        kind, *words = line.split() or [""]
        # The main module is one of ours where it is a local folder, without a version.
        if kind == "dep" or (kind == "mod" and words[1:2] != ["(devel)"]):
            module, version = forks.get(words[0], " ".join(words[:2])).split()
            found.append((module, version))
        elif kind == "=>" and not words[0].startswith("."):
            found[-1] = (words[0], words[1])
    yield from found


def _escaped(module: str) -> str:
    """Return a module's path as the module cache writes it: https://go.dev/ref/mod#module-cache."""
    return re.sub("[A-Z]", lambda found: f"!{found[0].lower()}", module)


def _go_output(go: Path, *arguments: str) -> str:
    return subprocess.run([go, *arguments], capture_output=True, text=True, check=True).stdout
