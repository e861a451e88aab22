"""Jobs that a bundle makes by Python programs: https://docs.databricks.com/aws/en/dev-tools/bundles/python

The package `databricks-bundles` runs them, as the bundles' command does
(bundle/config/mutator/python/python_mutator.go), in a process of its own that gets no credential, no address of a
system and no variable of this process.
"""

from __future__ import annotations

import contextlib
import json
import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from rolecall.contract.bundles.nodes import Node
from rolecall.contract.secrets import SECRET
from rolecall.contract.source import Places
from rolecall.contract.texts import text_problems
from rolecall.errors import Place, Problem

Json = dict[str, Any]

FAILED = "bundle-program-failed"
SECONDS = 120
LOAD, CHANGE = "load_resources", "apply_mutators"
_MODULE = "databricks.bundles.build"
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>[0-9]+)', re.MULTILINE)
_INDEX = re.compile(r"\[([0-9]+)\]")
_MOST_SHOWN = 300
# Runs the command in its arguments beside a process that kills the whole group when standard input ends: where Rolecall
# itself is killed, none of its code runs.
_GUARDED = 'exec 3<&0 </dev/null; { read -r _ <&3; kill -KILL 0; } & exec "$@" 3<&-'


@dataclass(frozen=True)
class Program:
    """The functions of a bundle that make or change jobs.

    Attributes:
        interpreter: the Python interpreter that has `databricks-bundles`.
        folder: the bundle's folder.
        shown: the folder, as problems show paths.
        place: where the bundle names the functions.
        resources: the functions that make resources, each as MODULE:FUNCTION.
        mutators: the functions that change them.
    """

    interpreter: str
    folder: FilePath
    shown: str
    place: Place | None
    resources: tuple[str, ...] = ()
    mutators: tuple[str, ...] = ()

    def load(self, target: str, variables: Mapping[str, Any], problems: list[Problem]) -> Node:
        """Return the resources that the functions make, by type and name.

        Args:
            target: the bundle's target.
            variables: the values of the bundle's variables.
            problems: what is wrong is appended to it.
        """
        return self._run(LOAD, target, variables, {}, problems) if self.resources else Node({})

    def change(self, target: str, variables: Mapping[str, Any], jobs: Json, problems: list[Problem]) -> dict[str, Node]:
        """Return the jobs that the mutators change; arguments as `load`.

        Args:
            target: the bundle's target.
            variables: the values of the bundle's variables.
            jobs: the jobs, with paths relative to the bundle's folder.
            problems: what is wrong is appended to it.
        """
        if not self.mutators or not jobs:
            return {}
        changed = self._run(CHANGE, target, variables, {"jobs": jobs}, problems).get("jobs")
        return {name: one for name, one in changed.items() if name in jobs and values_of(one) != jobs[name]}

    def _run(
        self, phase: str, target: str, variables: Mapping[str, Any], resources: Json, problems: list[Problem]
    ) -> Node:
        import tempfile  # most contracts have no such bundle

        given = {
            "bundle": {"target": target},
            "python": {"resources": [*self.resources], "mutators": [*self.mutators]},
            "variables": {name: {"value": value} for name, value in variables.items()},
            "resources": resources,
        }
        with tempfile.TemporaryDirectory(prefix="rolecall-bundle-") as name:
            work = FilePath(name)
            (work / "input.json").write_text(json.dumps(given), encoding="utf-8")
            (work / "home").mkdir()
            failure = self._ended(phase, work)
            found = [*self._diagnostics(_lines(work / "diagnostics.json"), target)]
            problems += found
            try:
                output = json.loads((work / "output.json").read_text(encoding="utf-8"))
                places = _Places([*self._places(_lines(work / "locations.json"))], self.place)
            except (OSError, ValueError, RecursionError):
                output = None
            if not isinstance(output, dict) or failure:
                if not found:
                    how = "Run it by itself: `python -c 'import MODULE'` in the bundle's folder."
                    what = (
                        f"the Python functions of the bundle failed for {target}: {failure or 'they wrote no answer'}"
                    )
                    problems.append(Problem(FAILED, self.place, what, how))
                return Node({})
            made = output.get("resources")
            return places.node(made if isinstance(made, dict) else {}, ("resources",))

    def _ended(self, phase: str, work: FilePath) -> str:
        """Run the package's program; return why it failed, or an empty text."""
        import subprocess

        names = ("input", "output", "diagnostics", "locations")
        command = [self.interpreter, "-m", _MODULE, "--phase", phase]
        command += [part for name in names for part in (f"--{name}", str(work / f"{name}.json"))]
        if not os.access(self.interpreter, os.X_OK):
            reason = "Permission denied" if os.path.exists(self.interpreter) else "No such file or directory"
            return f"{self.interpreter} cannot be run ({reason})"
        try:
            # A file, as a pipe would stay open for as long as anything that the functions started.
            with (work / "written.txt").open("wb") as written:
                process = subprocess.Popen(
                    ["/bin/sh", "-c", _GUARDED, "sh", *command],
                    cwd=self.folder,
                    env=_environment(work),
                    stdin=subprocess.PIPE,
                    stdout=written,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            return f"{self.interpreter} cannot be run ({error.strerror or type(error).__name__})"
        # The pipe stays open until here: its end is that of the functions.
        try:
            process.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return f"no answer within {SECONDS} seconds"
        finally:
            # What the functions started themselves ends with them.
            _end(process.pid)
            process.communicate()
        if process.returncode == 0:
            return ""
        text = (work / "written.txt").read_text(encoding="utf-8", errors="replace").strip()
        if f"No module named '{_MODULE.partition('.')[0]}" in text or _MODULE in text.rpartition("\n")[2]:
            return f"{self.interpreter} has no package databricks-bundles"
        return text.rpartition("\n")[2][:_MOST_SHOWN] or f"exit code {process.returncode}"

    def _diagnostics(self, entries: list[Json], target: str) -> Iterator[Problem]:
        for entry in entries:
            if entry.get("severity") != "error":
                continue
            detail = str(entry.get("detail") or "")
            location = entry.get("location")
            place = self._in_trace(detail) or (self._at(location) if isinstance(location, dict) else None)
            reason = _reason(detail)
            what = f"{entry.get('summary') or 'a Python function of the bundle failed'} (target {target})"
            how = (
                "Correct the function. It runs as in `databricks bundle validate`, but without credentials, "
                "environment variables and the address of the workspace."
            )
            yield Problem(FAILED, place or self.place, f"{what}: {reason}" if reason else what, how)

    def _in_trace(self, detail: str) -> Place | None:
        """Return the last line of the bundle's own files in a traceback."""
        own = [
            Place(self._shown(match["file"]), int(match["line"]))
            for match in _FRAME.finditer(detail)
            if FilePath(match["file"]).is_relative_to(self.folder.resolve())
            and not {".venv", "site-packages"} & {*FilePath(match["file"]).parts}
        ]
        return own[-1] if own else None

    def _places(self, entries: list[Json]) -> Iterator[tuple[tuple[str | int, ...], Place]]:
        for entry in entries:
            if (place := self._at(entry)) is not None:
                yield _path(str(entry.get("path") or "")), place

    def _at(self, location: Json) -> Place | None:
        file, line = location.get("file"), location.get("line")
        return Place(self._shown(file), line if isinstance(line, int) else 1) if isinstance(file, str) else None

    def _shown(self, file: str) -> str:
        path = os.path.relpath(os.path.join(self.folder.resolve(), file), self.folder.resolve())
        return posixpath.normpath(posixpath.join(self.shown, FilePath(path).as_posix()))


@dataclass(frozen=True)
class _Places:
    """Where values of a program's answer are made: each is at the place of the nearest value around it."""

    entries: list[tuple[tuple[str | int, ...], Place]]
    default: Place | None

    def node(self, value: Any, path: tuple[str | int, ...], place: Place | None = None) -> Node:
        here = next((found for at, found in self.entries if at == path), place or self.default)
        if isinstance(value, dict):
            return Node({key: self.node(one, (*path, key), here) for key, one in value.items()}, here)
        if isinstance(value, list):
            return Node([self.node(one, (*path, index), here) for index, one in enumerate(value)], here)
        return Node(value, here)


def values_of(node: Node) -> Any:
    """Return a node as plain values."""
    if isinstance(node.value, dict):
        return {key: values_of(one) for key, one in node.value.items()}
    return [values_of(one) for one in node.value] if isinstance(node.value, list) else node.value


def _environment(work: FilePath) -> dict[str, str]:
    """Return the variables of the process: nothing of this one's but what an interpreter needs to start."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return {
        **kept,
        "HOME": str(work / "home"),
        "USERPROFILE": str(work / "home"),
        "TMPDIR": str(work),
        "PATH": os.defpath,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
    }


def _end(process: int) -> None:
    import signal

    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process, signal.SIGKILL)


def _lines(path: FilePath) -> list[Json]:
    """Return the JSON objects of a file, one a line; none where there is no such file."""
    try:
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, dict)]


def _path(text: str) -> tuple[str | int, ...]:
    return tuple(int(one[1:-1]) if _INDEX.fullmatch(one) else one for one in _INDEX.sub(r".[\1]", text).split("."))


def _reason(detail: str) -> str:
    """Return the sentence of an explanation with the cause: the last line of its traceback, or the first."""
    lines = [line.strip() for line in detail.splitlines() if line.strip()]
    if not lines:
        return ""
    if any(one.id == SECRET for one in text_problems(lines, Places())[0]):
        return "its message looks like it holds a credential, and is not shown here"
    in_trace = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Exit|Interrupt)\b", line)]
    return (in_trace[-1] if in_trace else lines[0])[:_MOST_SHOWN]
