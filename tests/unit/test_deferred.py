"""A deferred module runs when it is used, and not before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """\
print("runs")
value = 7
"""


def run(folder: Path, *lines: str) -> list[str]:
    """Run lines in an interpreter that finds the modules of a folder; return what it prints."""
    text = "\n".join(("from rolecall.deferred import import_when_used", *lines))
    answer = subprocess.run(
        [sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return answer.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    package = tmp_path / "deferrable"
    package.mkdir()
    (package / "__init__.py").write_text(MODULE)
    (package / "part.py").write_text("from deferrable import value\nprint('part', value)\n")
    return tmp_path


def test_imports_alone_do_not_run_it(folder: Path) -> None:
    lines = ("import_when_used('deferrable')", "import deferrable", "import deferrable", "print('end')")
    assert run(folder, *lines) == ["end"]


@pytest.mark.parametrize("use", ["print(deferrable.value)", "from deferrable import value; print(value)"])
def test_the_first_use_runs_it_once(folder: Path, use: str) -> None:
    lines = ("import_when_used('deferrable')", "import deferrable", use, use)
    assert run(folder, *lines) == ["runs", "7", "7"]


def test_a_submodule_has_its_package(folder: Path) -> None:
    assert run(folder, "import_when_used('deferrable')", "import deferrable.part") == ["runs", "part 7"]


def test_what_is_missing_or_there_is_left_alone(folder: Path) -> None:
    lines = ("import deferrable", "import_when_used('deferrable')", "import_when_used('nowhere_at_all')")
    assert run(folder, *lines, "import sys; print('nowhere_at_all' in sys.modules)") == ["runs", "False"]


def test_a_contract_is_read_without_an_http_library(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        "from rolecall.contract.secrets import form_of_secret",
        "form_of_secret('some text')",
        "import sys; print('urllib3' in sys.modules)",
    )
    assert found == ["False"]
