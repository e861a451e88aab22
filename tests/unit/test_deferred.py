"""A deferred module is imported when it is used, and not before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# A package as many are: it imports its parts, which import it.
PACKAGE = """\
print("runs")
value = 7
from deferrable import part
"""
PART = """\
from deferrable import value
print("part")
"""


def run(folder: Path, *lines: str) -> list[str]:
    """Run lines in an interpreter that finds the modules of a folder; return what it prints."""
    text = "\n".join(("from rolecall.deferred import deferred", *lines))
    answer = subprocess.run(
        [sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return answer.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = tmp_path / "deferrable"
    package.mkdir()
    (package / "__init__.py").write_text(PACKAGE)
    (package / "part.py").write_text(PART)
    for name in ("first", "second"):
        (tmp_path / f"{name}.py").write_text("import deferrable\ndef use(): return deferrable.value\n")
    return tmp_path


USERS = "with deferred('deferrable'): import first, second"


def test_imports_alone_do_not_run_it(folder: Path) -> None:
    assert run(folder, USERS, "print('end')") == ["end"]


def test_the_first_use_runs_it_once(folder: Path) -> None:
    assert run(folder, USERS, "print(first.use(), second.use())") == ["runs", "part", "7 7"]


def test_a_use_while_it_is_deferred_runs_it(folder: Path) -> None:
    lines = ("with deferred('deferrable'):", "    import first", "    first.use()", "import deferrable")
    assert run(folder, *lines, "print(deferrable.value)") == ["runs", "part", "7"]


@pytest.mark.parametrize("name", ["deferrable", "deferrable.part"])
def test_whoever_imports_it_later_gets_the_module(folder: Path, name: str) -> None:
    lines = (f"import {name}", "print(first.use(), deferrable.__file__ is not None)")
    assert run(folder, USERS, *lines) == ["runs", "part", "7 True"]


def test_one_that_is_imported_already_is_left_alone(folder: Path) -> None:
    lines = ("import deferrable", USERS, "print(first.deferrable is deferrable)")
    assert run(folder, *lines) == ["runs", "part", "True"]


def test_a_contract_is_read_without_an_http_library(tmp_path: Path) -> None:
    lines = ("from rolecall.contract.secrets import form_of_secret", "form_of_secret('some text')")
    assert run(tmp_path, *lines, "import sys; print('urllib3' in sys.modules)") == ["False"]


def test_the_command_line_starts_without_a_parser_of_markdown(tmp_path: Path) -> None:
    lines = ("import sys, rolecall.cli.run", "print('rich.markdown' in sys.modules)")
    assert run(tmp_path, *lines) == ["False"]
