"""Each exit code has one meaning in all commands, and a run that did not come to its end never has that of a result."""

from __future__ import annotations

import errno
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
import typer
from typer.main import get_command

import rolecall.errors
from rolecall.cli import run, start
from rolecall.cli.examples import EXAMPLES
from rolecall.cli.main import app
from rolecall.cli.results import EVERY, RESULTS, results_of
from rolecall.errors import EXIT_CODES, ExitCode, ObjectMissing, RolecallError, SystemUnreachable
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, VARIABLES, write

# Codes that mean that a command came to its end.
OF_RESULTS = {ExitCode.FINE, ExitCode.FINDINGS, ExitCode.CHANGES}


def ended(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run the program in this process and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["rolecall", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        start.main()
    return int(caught.value.code or 0)


@pytest.fixture(autouse=True)
def _process(monkeypatch: pytest.MonkeyPatch) -> None:
    # What the program changes in its own process.
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def failing(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException) -> int:
    """Return the exit code of a command in which an error is raised."""

    def fails(**_arguments: object) -> NoReturn:
        raise error

    def patched(_app: typer.Typer) -> Any:
        found: Any = get_command(app)
        command = found
        for part in name.split():
            command = command.commands[part]
        command.callback = fails
        return found

    monkeypatch.setattr(run, "get_command", patched)
    return ended(monkeypatch, *shlex.split(EXAMPLES[name][0])[1:])


@pytest.mark.parametrize("name", RESULTS)
def test_a_crash_of_any_command_has_no_code_of_a_result(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert failing(monkeypatch, name, RuntimeError("unexpected")) == ExitCode.DEFECT


@pytest.mark.parametrize("name", RESULTS)
def test_wrong_usage_of_any_command_is_invalid(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert ended(monkeypatch, *name.split(), "--no-such-option") == ExitCode.INVALID


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), ExitCode.DEFECT),
        (RecursionError(), ExitCode.DEFECT),
        (ImportError("no module named grpc"), ExitCode.DEFECT),
        (PermissionError(errno.EACCES, "denied"), ExitCode.DEFECT),
        (GeneratorExit(), ExitCode.DEFECT),
        (SystemExit(1), ExitCode.DEFECT),
        (SystemExit("a plug-in ends the process"), ExitCode.DEFECT),
        (SystemExit(0), ExitCode.FINE),
        (OSError(errno.ENOSPC, "no space left"), ExitCode.UNREACHABLE),
        (BrokenPipeError(errno.EPIPE, "closed"), ExitCode.OUTPUT_CLOSED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (typer.Abort(), ExitCode.INTERRUPTED),
        (typer.BadParameter("no"), ExitCode.INVALID),
        (typer.Exit(4), ExitCode.CHANGES),
        (SystemUnreachable("no answer"), ExitCode.UNREACHABLE),
        (ObjectMissing("no such job"), ExitCode.FAILED),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_error_has_its_code(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: ExitCode, tmp_path: Path
) -> None:
    # The program sends what is left of its output nowhere; this process keeps its own.
    monkeypatch.setattr(start, "_discard_output", lambda: None)
    assert failing(monkeypatch, "diff", error) == code


def test_a_broken_installation_has_the_code_of_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    for missing in ("rolecall.cli.run", "rolecall.errors"):
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, missing, None)
            assert ended(monkeypatch, "check") == ExitCode.DEFECT
    assert start.DEFECT == ExitCode.DEFECT


def test_a_reader_that_closes_the_output_gets_no_code_of_a_result() -> None:
    command = [sys.executable, "-m", "rolecall", "policy", "list"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    shown = process.stderr.read()
    process.stderr.close()
    assert process.wait() == ExitCode.OUTPUT_CLOSED
    assert shown == b""


def contract_and(change: Callable[[str], str], folder: Path) -> tuple[Path, Path]:
    return write(folder, CONTRACT), write(folder / "other", change(CONTRACT))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text, ExitCode.FINE),
        (lambda text: text.replace("role: engineer, to", "role: viewer, to"), ExitCode.FINDINGS),
        (lambda text: text.replace("policy: small", "policy: x"), ExitCode.INVALID),
    ],
)
def test_a_difference_is_told_from_an_invalid_contract(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: Callable[[str], str], code: ExitCode
) -> None:
    (tmp_path / "other").mkdir()
    assert ended(monkeypatch, "diff", *contract_and(change, tmp_path)) == code


def test_every_command_documents_its_codes() -> None:
    for name in RESULTS:
        documented = results_of(name)
        assert {ExitCode.FINE, *EVERY} <= set(documented) <= set(EXIT_CODES), name
        assert OF_RESULTS.isdisjoint(EVERY)


def test_the_tree_of_errors_has_their_codes() -> None:
    drawn = {line.split()[0]: line.split()[1] for line in tree_lines() if line.split()[1].isdigit()}
    classes = {one.__name__: one for one in subclasses(RolecallError)}
    assert drawn
    for name, code in drawn.items():
        assert classes[name].exit_code == int(code), name


def tree_lines() -> list[str]:
    lines = (rolecall.errors.__doc__ or "").splitlines()
    return [line.lstrip("│├└─ ") for line in lines if "─" in line]


def subclasses(kind: type[RolecallError]) -> list[type[RolecallError]]:
    return [kind, *(found for one in kind.__subclasses__() for found in subclasses(one))]
